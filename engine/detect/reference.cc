#include "engine/detect/reference.h"

#include <algorithm>

#include "engine/event/wire.h"

namespace brushwatch {
namespace {

/// Public places are asked for by token, everything else by the hash of its id.
std::uint64_t entry_key(EventType type, const ReferenceEvent& r) {
  return hash_combine(static_cast<std::uint64_t>(type), type == EventType::kRefPublicPlace ? r.token : r.id.hash);
}

}  // namespace

void Reference::apply(const Event& event) {
  const auto& r = event.as<ReferenceEvent>();
  const std::uint64_t key = entry_key(event.type, r);
  const auto count = static_cast<std::uint32_t>(index_.size());
  const auto [place, fresh] = index_.try_emplace(key, count);
  if (fresh && count % kBlock == 0) blocks_.push_back(std::make_unique<Block>());
  at(place->second) = ReferenceEntry{event.type, std::string(r.id.text), std::string(r.parent.text), std::string(r.name.text),
                                 r.category, r.outlet_kind, r.region6, r.lat_e6, r.lon_e6, r.weight_g, r.weight_p05_g,
                                 r.list_fen, r.capacity, r.valid_from, r.valid_until, r.factor_milli, r.token,
                                 r.virtual_goods, r.light_goods};
  if (event.type == EventType::kRefPromotion && fresh) promotions_[r.parent.hash].push_back(key);
  dirty_.push_back(key);
}

std::uint32_t Reference::promotion_factor_milli(std::uint64_t shop_hash, EventTime t) const {
  const auto it = promotions_.find(shop_hash);
  if (it == promotions_.end()) return 1000;
  std::uint32_t factor = 1000;
  for (const std::uint64_t key : it->second) {
    const ReferenceEntry& p = at(index_.at(key));
    if (p.valid_from <= t && t < p.valid_until) factor = std::max(factor, p.factor_milli);
  }
  return factor;
}

void Reference::collect(const std::function<void(std::string_view, std::string_view)>& put) {
  std::string value;
  for (const std::uint64_t key : dirty_) {
    const ReferenceEntry& e = at(index_.at(key));
    Event event;
    reset_body(event, e.type);
    event.emplace<ReferenceEvent>() = ReferenceEvent{NamedId::of(e.id), NamedId::of(e.parent), NamedId::of(e.name), e.category,
                                                     e.outlet_kind, e.region6, e.lat_e6, e.lon_e6, e.weight_g, e.weight_p05_g,
                                                     e.list_fen, e.capacity, e.valid_from, e.valid_until, e.factor_milli,
                                                     e.token, e.virtual_goods, e.light_goods};
    value.clear();
    encode(event, value);
    put(std::string_view(reinterpret_cast<const char*>(&key), sizeof key), value);
  }
  dirty_.clear();
}

void Reference::load(std::string_view value) {
  Event event;
  if (!decode(value, event)) return;
  apply(event);
  dirty_.clear();
}

}  // namespace brushwatch
