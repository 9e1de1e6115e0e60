#pragma once
/// Honest: what ordinary buyers, sellers and idle visitors of the province do, drawn from published scales (docs/world.md).

#include "simulate/journal.h"
#include "simulate/parcel.h"
#include "simulate/plan.h"

namespace brushwatch::simulate {

class Honest {
 public:
  Honest(const WorldOptions& options, const Province& province, const Network& network)
      : options_(options), province_(province), network_(network) {}

  /// One shop's orders and idle visits of one day, in the order of their making.
  void write_day(std::uint32_t day, std::uint32_t shop, Journal& journal, WorldSummary& summary);

  /// A whole honest life. Look-alikes and attacks begin with this and change what their script changes.
  void plan_order(std::uint32_t shop, EventTime created, const Buyer& buyer, Chance& chance, OrderPlan& plan) const;

  // The parts of a life, for scripts that want some of them.
  void choose_goods(const Shop& shop, Chance& chance, OrderPlan& plan, std::uint32_t only_item = UINT32_MAX) const;
  /// Views of the buyer before the order: about half of views_per_order; none for 12 %.
  void browse(Chance& chance, OrderPlan& plan) const;
  /// Ships `plan` `after_ms` after payment as a real parcel of honest weight; sets signed_off.
  void ship(std::int64_t after_ms, Chance& chance, OrderPlan& plan) const;
  [[nodiscard]] std::uint32_t parcel_weight(const OrderPlan& plan, Chance& chance) const;
  /// Moment of a day by the measured hour weights.
  [[nodiscard]] EventTime moment_of_day(std::uint32_t day, Chance& chance) const;

 private:
  void after_sale(Chance& chance, OrderPlan& plan) const;
  void quarrel(OrderPlan& plan) const;
  void write_visits(std::uint32_t day, std::uint32_t shop, double orders, Chance& chance, Journal& journal) const;
  [[nodiscard]] std::uint64_t keyword(const Shop& shop, Chance& chance) const;

  const WorldOptions& options_;
  const Province& province_;
  const Network& network_;
  OrderPlan plan_;
};

/// Order factor of a civil day: 20 Oct – 10 Nov 1.25 (1 Nov 1.6), 11 Nov 1.87, 18 Jun 1.4, else 1.
double season_factor(std::int64_t civil_day);

}  // namespace brushwatch::simulate
