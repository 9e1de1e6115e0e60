#pragma once
/// What all detectors of the `shop` stage share about a shop, and the edges it passes on to `party`.
///
/// Input    every event that is keyed by shop.
/// Output   one EdgeEvent a party of a paid order: buyer, device, payer, room (and /24 when switched on).
/// State    ShopCore, 104 bytes; dropped 60 days after the shop's last event.
/// Cost     ~10 ns an event; ~65 ns an edge of a paid order.
/// Fails    nothing is judged here. Public places (lockers, depots, office NAT) make no edge, as they link strangers.

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "engine/detect/detector.h"

namespace brushwatch {

/// ctx.core at the shop stage. Zeroed = nothing seen.
struct ShopCore {
  std::uint64_t shop_hash;
  char shop[kNamedIdMax];  ///< whole: a cut name would hash to another subject
  std::uint8_t shop_size;
  std::uint8_t reserved[5];
  std::uint16_t platform;  ///< of the first event
  std::int64_t first_seen_ms, last_seen_ms;  ///< event time, earliest and latest
  std::uint32_t orders, views;

  [[nodiscard]] NamedId id() const { return {shop_hash, {shop, shop_size}}; }
};
static_assert(std::is_trivially_copyable_v<ShopCore> && sizeof(ShopCore) == 104);

/// The shop core of the row that is being folded.
inline const ShopCore& shop_of(const FoldContext& ctx) { return *static_cast<const ShopCore*>(ctx.core); }
/// The shop that an event at the shop stage is about; absent for other bodies.
NamedId shop_id_of(const Event& event);

const StageCore& shop_core();

}  // namespace brushwatch
