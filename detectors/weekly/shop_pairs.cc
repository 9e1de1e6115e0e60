#include "detectors/weekly/shop_pairs.h"

#include <cmath>

#include "engine/math/llr.h"
#include "engine/math/milli.h"
#include "engine/math/tails.h"

namespace brushwatch {

HubEdgeEvent& shop_pair(Event& out, const Event& cause, EvidenceRef origin, std::uint32_t minute, Pid buyer, const NamedId& shop, std::uint32_t shop_week,
                        std::uint64_t other_shop) {
  out.type = EventType::kHubEdge;
  out.ingest_time = cause.ingest_time;
  out.event_time = {static_cast<std::int64_t>(minute) * kMinuteMs};
  out.platform = cause.platform;
  out.position = origin;
  auto& pair = out.emplace<HubEdgeEvent>();
  pair.kind = PartyKind::kBuyer;
  pair.party = other_shop;
  pair.buyer = buyer;
  pair.shop = shop;
  pair.origin = origin;
  pair.shop_week = shop_week;
  return pair;
}

void keep_shop_name(KeptName& to, const NamedId& shop, const FoldContext& ctx) {
  if (!shop.text.empty()) return to.set(shop.text);
  const ReferenceEntry* const known = ctx.reference != nullptr ? ctx.reference->shop(ctx.key) : nullptr;
  if (known != nullptr) to.set(known->id);
}

std::int64_t shared_llr_milli(std::uint32_t buyers, double honest, std::int64_t cells, std::size_t all, std::int64_t log_p_max_milli, std::int64_t cap_milli) {
  const double llr = poisson_llr(buyers, buyers, honest);
  const double log_p = static_cast<double>(cells) * (log_poisson_tail(buyers, honest) + std::log(static_cast<double>(all)));
  return llr > 0 && log_p < static_cast<double>(log_p_max_milli) / 1000 ? std::min(to_milli(llr), cap_milli) : 0;
}

}  // namespace brushwatch
