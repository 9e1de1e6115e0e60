#pragma once
/// D8: many buyers behind one phone, one purse, one room or one network, buying from few shops.
///
/// Parts    `party` watches one device, payer, room or /24 and, once too many buyers share it, passes its orders on to their
///          shops; `ring` counts, shop by shop and week by week, the orders that came through such hubs.
/// Input    party: edges (one a paid order and party). ring: hub edges. Public places never link.
/// Output   party: hub edges to `ring`, the remembered earlier orders too, so that the order of arrival does not decide which
///          of them count. ring: findings, family graph, direction promote.
/// State    sizeof(HubParty), sizeof(HubRing) bytes a key.
/// Cost     party: O(12) compares an edge; 64 additions more once 12 orders are held. ring: O(log 32).
/// Fails    on one phone a worker (nothing is shared); on shops whose buyers share more phones than `honest_share_permille`
///          of all orders. Dormitories and parcel stations must be listed as public places.
/// Source   domain catalogue D8; phone-farm case: 70 phones, 7 shops, 1.1 orders a phone a day.

#include "detectors/weekly/weekly.h"
#include "engine/math/hll64.h"

namespace brushwatch {

/// A remembered order of the hub, 24 bytes.
struct HubOrder {
  std::uint64_t order = 0;
  std::uint64_t origin = 0;
  std::uint32_t buyer = 0;  ///< fingerprint
  std::uint32_t when = 0;   ///< minute since 1970 << 5 | shop slot << 1 | told; 15 = a shop without a slot
  static constexpr std::uint32_t kNoShop = 15;
  [[nodiscard]] std::uint32_t minute() const { return when >> 5; }
  [[nodiscard]] std::uint32_t shop() const { return when >> 1 & 15; }
  [[nodiscard]] bool told() const { return (when & 1) != 0; }
};

struct HubParty {
  static constexpr std::size_t kOrders = 12;   ///< newest ones: twice the buyers that make a device suspicious
  static constexpr std::size_t kShops = 12;    ///< as many as orders, so a slot is never missing, only text room
  static constexpr std::size_t kText = 160;    ///< eight shop names of 20 bytes; a farm serves fewer shops
  std::array<HubOrder, kOrders> orders;        ///< sorted by (minute, order)
  std::array<std::uint32_t, kShops> shops;     ///< fingerprints of their shops; 0 = free
  std::array<std::uint8_t, kShops> text_size;  ///< 0 = name not kept: such an order is not passed on later
  std::array<char, kText> text;                ///< names one after another, in slot order
  Hll64 buyers;                                ///< of the 30 days from `sketch_day`
  std::uint32_t sketch_window;
  std::uint8_t used, unused[3];
};

/// Orders of one shop and week that came through hubs.
struct HubWeek {
  static constexpr std::size_t kSample = 32;
  WeekHead head;
  std::array<std::uint32_t, kSample> orders;  ///< smallest fingerprints: 26 bits, then focused, then one bit per kind of hub
  std::array<std::uint32_t, 8> hubs;          ///< smallest fingerprints
  Hll64 sketch;                               ///< all orders
  std::uint8_t sampled, hubs_seen, kinds, unused;
  std::uint32_t shop_week;                    ///< the shop's size, the largest told
  SmallestRefs<24> refs;
};
struct HubRing {
  Weeks<HubWeek> weeks;
  KeptName shop;
  std::array<std::uint8_t, 7> unused;
};

const Detector& d8_party();
const Detector& d8_ring();

}  // namespace brushwatch
