#pragma once
/// Scripts: the attacks and the honest look-alikes of a world, planned for the whole world at its beginning.
///
/// scripts.cc holds what all share and S2–S5, S8, H1, H3; schemes.cc the other attacks; lookalikes.cc the other look-alikes.

#include <vector>

#include "simulate/honest.h"
#include "simulate/scenario.h"

namespace brushwatch::simulate {

/// One organiser with shops, accounts and habits.
struct Ring {
  Scenario scenario;
  std::vector<std::uint32_t> shops;
  std::vector<Buyer> accounts;
  std::uint64_t seed = 0;             ///< habits: templates, keyword
  std::uint32_t outlet = UINT32_MAX;  ///< gift warehouse's (S2) or complicit outlet (S5)
  std::uint16_t dump_county = 0;      ///< S5: where the bags are stamped
  std::uint32_t bag_g = 0;            ///< its usual bag
  std::int64_t dwell_ms = 0;          ///< scripted browsing
  std::int64_t wait_ms = 0;           ///< from favourite to order
  bool pays_on_platform = false;      ///< S2: commission by order.merchant_transfer
  std::vector<std::int64_t> gaps;     ///< S4: the template of its tracks
  std::uint64_t station_room = 0;     ///< H3
  std::vector<std::uint32_t> outlets; ///< senders that take turns; empty: the shop's own, or `outlet`
  EventTime moment{};                 ///< H8: when the bulk of scans is uploaded
  Knobs knobs{};
  TruthRing truth;
  [[nodiscard]] int knob(Knob k) const { return knobs[static_cast<std::size_t>(k)]; }
};

/// One order to be made by a ring.
struct Errand {
  EventTime created;
  std::uint32_t ring = 0, shop = 0, account = 0;
  EventTime pickup_at{}, sign_at{};  ///< S5
  bool stranger = false;             ///< S5, S13: sent to someone who ordered nothing
  std::uint16_t visits = 0;          ///< S10, S11: so many views, and no order
  bool cover = false;                ///< a worker's own shopping elsewhere, to blend in: honest in all but its reason
};

/// How many shops each script takes: guilty shops are shared out 30 : 35 : 20 : 15, 0.3 % are victims, one in 400 has a live
/// spike; every script asked for gets at least one whole ring.
struct ScriptShops {
  std::uint32_t s2 = 0, s3 = 0, s4 = 0, s5 = 0, s8 = 0, h1 = 0;
  std::uint32_t others = 0;  ///< of the rings of all other scripts asked for
  [[nodiscard]] std::uint32_t sum() const { return s2 + s3 + s4 + s5 + s8 + h1 + others; }
};
ScriptShops script_shops(const WorldOptions& options);

class Scripts {
 public:
  /// Needs script_shops(options).sum() shops. Chooses shops, builds the rings, adds campaigns for every second live spike.
  Scripts(const WorldOptions& options, Province& province, const Honest& honest, const Network& network);
  /// Room tokens of H3 stations that the members know of: two of three.
  [[nodiscard]] const std::vector<std::uint64_t>& public_rooms() const { return public_rooms_; }
  /// Writes the errands of a day and enters them into the truth.
  void write_day(std::uint32_t day, Journal& journal, WorldSummary& summary);
  /// The rings with their truth complete; after the last day.
  void tell_truth(WorldSummary& summary) const;

 private:
  std::vector<std::uint32_t> take_shops(std::size_t count, bool heavy_goods, double smallest, double biggest);
  Ring& new_ring(Scenario scenario);
  void add_worker_groups(std::uint32_t shops);
  void add_phone_farms(std::uint32_t shops);
  void add_virtual_waybills(std::uint32_t shops);
  void add_empty_bags(std::uint32_t shops);
  void add_reverse_brushing(std::uint32_t shops);
  void add_live_spikes(std::uint32_t shops);
  void add_stations();
  void add_scheme(Scenario scenario);      ///< one ring of an attack of schemes.cc
  void add_lookalike(Scenario scenario);   ///< one episode of lookalikes.cc
  void cover_orders(EventTime near, std::uint32_t account, std::uint32_t permille);
  void errand(EventTime created, std::uint32_t shop, std::uint32_t account);
  [[nodiscard]] EventTime any_moment();    ///< within the world's days, by the hours' weights
  [[nodiscard]] std::uint32_t orders_per_day();

  void plan(const Errand& errand, const Ring& ring, Journal& journal, Chance& chance);
  void scripted_views(const Ring& ring, bool compare, Chance& chance);
  void paid_review(const Ring& ring, std::uint32_t permille, Chance& chance);
  void bag(const Errand& errand, const Ring& ring, Chance& chance);
  void plan_scheme(const Errand& errand, const Ring& ring, Journal& journal, Chance& chance);
  void plan_lookalike(const Errand& errand, const Ring& ring, Chance& chance);
  void write_visits(const Errand& errand, const Ring& ring, Journal& journal, Chance& chance);
  void begin_fake(const Errand& errand, const Ring& ring, Chance& chance);
  void send(const Ring& ring, std::uint32_t light_g, std::uint32_t padded_permille, Chance& chance);
  void send_strangers_parcel(bool early, Chance& chance);
  void use_old_number(const Ring& ring, Journal& journal, Chance& chance);
  void settle_up(const Ring& ring, std::uint32_t rebate_permille, std::int64_t least_fen, std::int64_t most_fen, Chance& chance);
  void review_later(const Ring& ring, std::uint32_t permille, Chance& chance);

  const WorldOptions& options_;
  Province& province_;
  const Honest& honest_;
  const Network& network_;
  Chance chance_;
  std::vector<std::uint32_t> free_shops_;  ///< shuffled, not yet in any script
  std::vector<Ring> rings_;
  std::vector<std::vector<Errand>> days_;
  std::vector<std::uint64_t> public_rooms_;
  OrderPlan plan_;
};

}  // namespace brushwatch::simulate
