#pragma once
/// What all detectors of the `shop` stage share about a shop, and the edges it passes on to `party`.
///
/// Input    every event that is keyed by shop.
/// Output   one EdgeEvent a party of a paid order: buyer, device, payer, room (and /24 when switched on).
/// State    ShopCore, 176 bytes; dropped 60 days after the shop's last event.
/// Cost     ~10 ns an event; ~65 ns an edge of a paid order.
/// Fails    nothing is judged here. Public places (lockers, depots, office NAT) make no edge, as they link strangers.

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "engine/detect/detector.h"

namespace brushwatch {

/// Since when a shop ships from which outlets: 32 cells by hash, the earliest day of signature of each. Minima only, so the order
/// of arrival does not matter. Two outlets may share a cell: then the newer one is taken for the older, never the reverse.
struct ShopOrigins {
  static constexpr std::size_t kCells = 32;
  static constexpr int kSettlingDays = 4;  ///< outlets of the first four days are the shop's own: four days show every regular one
  static constexpr int kYoungDays = 14;    ///< after two weeks in use an outlet is the shop's own
  std::array<std::uint16_t, kCells> first_day;  ///< Shanghai day since 1970; 0 = never used
  std::uint16_t origin_day;                     ///< of the first parcel

  static std::size_t cell_of(std::uint64_t outlet_hash) { return mix64(outlet_hash ^ 0x0F1A) % kCells; }
  void add(std::uint64_t outlet_hash, std::int64_t day) {
    const auto d = static_cast<std::uint16_t>(day);
    std::uint16_t& first = first_day[cell_of(outlet_hash)];
    if (first == 0 || d < first) first = d;
    if (origin_day == 0 || d < origin_day) origin_day = d;
  }
  /// Taken into use later than the shop's first days, and less than two weeks before `day`.
  [[nodiscard]] bool is_young(std::size_t cell, std::int64_t day, int settling_days = kSettlingDays) const {
    return first_day[cell] != 0 && first_day[cell] >= origin_day + settling_days && first_day[cell] + kYoungDays > day;
  }
};

/// ctx.core at the shop stage. Zeroed = nothing seen.
struct ShopCore {
  std::uint64_t shop_hash;
  char shop[kNamedIdMax];  ///< whole: a cut name would hash to another subject
  std::uint8_t shop_size;
  std::uint8_t reserved[5];
  std::uint16_t platform;  ///< of the first event
  std::int64_t first_seen_ms, last_seen_ms;  ///< event time, earliest and latest
  std::uint32_t orders, views;
  ShopOrigins origins;
  std::array<std::uint8_t, 6> unused;

  [[nodiscard]] NamedId id() const { return {shop_hash, {shop, shop_size}}; }
};
static_assert(std::is_trivially_copyable_v<ShopCore> && sizeof(ShopCore) == 176);

/// The shop core of the row that is being folded.
inline const ShopCore& shop_of(const FoldContext& ctx) { return *static_cast<const ShopCore*>(ctx.core); }
/// The shop that an event at the shop stage is about; absent for other bodies.
NamedId shop_id_of(const Event& event);

const StageCore& shop_core();

}  // namespace brushwatch
