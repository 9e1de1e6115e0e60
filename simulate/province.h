#pragma once
/// Province: the standing cast of a world: shops with their goods, carriers with outlets and stations, buyers.
///
/// Built once from (seed, shops). Buyers are not stored: buyer(i) is a function of the seed, so 12 million cost nothing.

#include <span>
#include <string>
#include <vector>

#include "simulate/chance.h"
#include "simulate/outbox.h"
#include "simulate/places.h"
#include "simulate/world.h"

namespace brushwatch::simulate {

struct Category {
  std::uint16_t share;     ///< of shops, per mille
  std::uint32_t weight_g;  ///< median of an item
  double price_shift;      ///< of log price, ± 0.7
  bool fashion = false;    ///< 25 % returns instead of 9 %
  bool light = false;
};
std::span<const Category> categories();  ///< category number n is at n - 1

struct Carrier {
  std::string_view code;
  std::string_view name;
  std::uint32_t share;
};
std::span<const Carrier> carriers();
std::span<const std::string_view> platforms();

struct Item {
  std::uint64_t id = 0;
  std::int64_t list_fen = 0;
  std::uint32_t weight_g = 0;
  bool virtual_goods = false;
};
struct Campaign {
  EventTime from, until;
  std::uint32_t factor_milli = 1000;
};
struct Shop {
  std::string id;       ///< "S004711", per platform
  std::string subject;  ///< "USCC:…"; empty for small sellers without one (25 %)
  std::uint8_t platform = 0;
  std::uint8_t carrier = 0;
  std::uint16_t category = 1;
  std::uint16_t county = 0;
  std::uint32_t outlet = 0;
  std::uint64_t sender = 0;
  double orders_per_day = 0;
  std::int64_t ship_median_ms = 0;
  std::vector<Item> items;          ///< by popularity; a virtual 1-yuan service, if any, is the last
  std::vector<Campaign> campaigns;
  [[nodiscard]] std::string canonical_id() const;
  [[nodiscard]] std::string canonical_subject() const;
};
struct Outlet {
  std::string id;
  std::uint8_t carrier = 0;
  OutletKind kind = OutletKind::kOutlet;
  std::uint16_t county = 0;
  std::int32_t lat_e6 = 0, lon_e6 = 0;
  std::uint32_t default_weight_g = 0;  ///< 5 % of outlets post this instead of weighing; 0 = they weigh
};
/// What an order says about who bought and where it goes. Numbers are texts-to-be (PidText).
struct Buyer {
  std::uint64_t id = 0, payer = 0, device = 0, ip24 = 0, consignee = 0, phone = 0, building = 0, room = 0;
  std::uint16_t county = 0;
};

inline constexpr std::uint64_t kBuildingPeople = 40;            ///< six floors of three homes
inline constexpr std::uint64_t kDormEvery = 200, kDormAt = 7;   ///< every 200th building is a dormitory

inline constexpr std::uint64_t kHelpDeskEvery = 25, kHelpDeskAt = 3;  ///< 4 % of buildings order through one phone [B]

class Province {
 public:
  explicit Province(const WorldOptions& options);

  [[nodiscard]] const std::vector<Shop>& shops() const { return shops_; }
  std::vector<Shop>& shops() { return shops_; }
  [[nodiscard]] const Outlet& outlet(std::uint32_t index) const { return outlets_[index]; }
  Outlet& outlet(std::uint32_t index) { return outlets_[index]; }
  /// The carrier's outlet `n` (0 or 1) in a county, its hub in a city, one of the county's two stations.
  [[nodiscard]] std::uint32_t outlet_in(std::uint8_t carrier, std::uint16_t county, std::uint32_t n) const;
  [[nodiscard]] std::uint32_t hub_in(std::uint8_t carrier, std::uint16_t city) const;
  [[nodiscard]] std::uint32_t station_in(std::uint16_t county, std::uint32_t n) const;
  [[nodiscard]] static std::string courier_id(const Outlet& outlet, std::uint32_t n);
  static constexpr std::uint32_t kCouriers = 2;  ///< of an outlet

  /// Any index is a person: the honest pool is [0, buyers()); a new account is an index far beyond.
  [[nodiscard]] Buyer buyer(std::uint64_t index) const;
  [[nodiscard]] std::uint64_t buyers() const { return buyers_; }
  /// A regular of the honest pool; the active ones come up more often.
  [[nodiscard]] std::uint64_t draw_buyer(Chance& chance) const;
  [[nodiscard]] std::uint64_t draw_new_account(Chance& chance) const { return buyers_ + (1ULL << 40) + chance.below(1ULL << 50); }
  /// A shop by its size.
  [[nodiscard]] std::uint32_t draw_shop(Chance& chance) const { return static_cast<std::uint32_t>(chance.pick(shop_cumulative_)); }

  std::string next_order_id();                        ///< 19 digits, scattered, never twice
  std::string next_waybill(std::uint8_t carrier);     ///< in the carrier's pattern, never twice
  std::uint64_t next_number() { return ++numbers_; }

  /// ref.* and commitment.signed of everything, ingested the day before the world begins.
  void write_reference(Outbox& outbox, std::span<const std::uint64_t> public_rooms) const;

 private:
  void build_outlets(Chance& chance);
  void build_shops(Chance& chance);
  [[nodiscard]] std::uint64_t scatter(std::uint64_t kind, std::uint64_t number) const;

  const WorldOptions& options_;
  std::vector<Shop> shops_;
  std::vector<std::uint64_t> shop_cumulative_;
  std::vector<Outlet> outlets_;
  std::uint32_t hubs_at_ = 0, stations_at_ = 0;
  std::uint64_t buyers_ = 0;
  std::vector<std::uint32_t> city_cumulative_;
  std::uint64_t orders_ = 0, waybills_ = 0, numbers_ = 0;
};

}  // namespace brushwatch::simulate
