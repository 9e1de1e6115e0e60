#pragma once
/// Reference data as one partition knows it: items, shops, outlets, places, promotions. Newest record wins.
///
/// Read-only while a stage folds; changed between rounds by ref.* records. Items, promotions and shops are held by the
/// partition of their shop; operators by the partition of their subject; the rest by every partition.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event/event.h"

#include <tsl/robin_map.h>

namespace brushwatch {

/// A reference record without its views.
struct ReferenceEntry {
  EventType type = EventType::kNone;
  std::string id, parent, name;
  std::uint16_t category = 0;
  OutletKind outlet_kind = OutletKind::kUnknown;
  std::uint32_t region6 = 0;
  std::int32_t lat_e6 = 0, lon_e6 = 0;
  std::uint32_t weight_g = 0, weight_p05_g = 0;
  std::int64_t list_fen = 0;
  std::uint32_t capacity = 0;
  EventTime valid_from{}, valid_until{};
  std::uint32_t factor_milli = 0;
  Pid token = 0;
  bool virtual_goods = false, light_goods = false;
};

class Reference {
 public:
  void apply(const Event& event);  ///< a ref.* event
  /// nullptr when unknown.
  [[nodiscard]] const ReferenceEntry* item(Pid sku) const { return find(EventType::kRefItem, sku); }
  [[nodiscard]] const ReferenceEntry* shop(std::uint64_t shop_hash) const { return find(EventType::kRefShop, shop_hash); }
  [[nodiscard]] const ReferenceEntry* outlet(std::uint64_t outlet_hash) const { return find(EventType::kRefOutlet, outlet_hash); }
  [[nodiscard]] const ReferenceEntry* subject_operator(std::uint64_t subject_hash) const { return find(EventType::kRefOperator, subject_hash); }
  [[nodiscard]] const ReferenceEntry* courier(std::uint64_t courier_hash) const { return find(EventType::kRefCourier, courier_hash); }
  [[nodiscard]] const ReferenceEntry* carrier(std::uint64_t carrier_hash) const { return find(EventType::kRefCarrier, carrier_hash); }
  [[nodiscard]] const ReferenceEntry* public_place(Pid token) const { return find(EventType::kRefPublicPlace, token); }
  /// Whether a closed case had confirmed the shop at `t`, and not longer ago than it counts (`valid_until`).
  [[nodiscard]] bool confirmed_shop(std::uint64_t shop_hash, EventTime t) const {
    const ReferenceEntry* const seed = find(EventType::kRefConfirmedShop, shop_hash);
    return seed != nullptr && seed->valid_from <= t && t < seed->valid_until;
  }
  /// The largest factor × 1000 of the shop's promotions that hold at `t`; 1000 when there is none.
  [[nodiscard]] std::uint32_t promotion_factor_milli(std::uint64_t shop_hash, EventTime t) const;
  [[nodiscard]] std::size_t size() const { return index_.size(); }

  /// The changed entries since the last call, as (key, encoded event) for the state store; and back.
  void collect(const std::function<void(std::string_view key, std::string_view value)>& put);
  void load(std::string_view value);

 private:
  [[nodiscard]] const ReferenceEntry* find(EventType type, std::uint64_t hash) const {
    const auto it = index_.find(hash_combine(static_cast<std::uint64_t>(type), hash));
    return it == index_.end() ? nullptr : &at(it->second);
  }
  // Entries are 190 bytes and only grow in number. In the table itself, at most half full and copied whole when it doubles, they
  // would take three times the memory; so the table holds numbers, and entries stay where they are.
  static constexpr std::size_t kBlock = 256;
  using Block = std::array<ReferenceEntry, kBlock>;
  [[nodiscard]] const ReferenceEntry& at(std::uint32_t n) const { return (*blocks_[n / kBlock])[n % kBlock]; }
  [[nodiscard]] ReferenceEntry& at(std::uint32_t n) { return (*blocks_[n / kBlock])[n % kBlock]; }

  tsl::robin_map<std::uint64_t, std::uint32_t> index_;
  std::vector<std::unique_ptr<Block>> blocks_;
  tsl::robin_map<std::uint64_t, std::vector<std::uint64_t>> promotions_;  // shop hash → entry keys, in order of first sight
  std::vector<std::uint64_t> dirty_;
};

}  // namespace brushwatch
