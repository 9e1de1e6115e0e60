#include "detectors/borrowed_addresses/borrowed_addresses.h"

#include <bit>
#include <cmath>

#include "detectors/shop_core/shop_core.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "borrowed_addresses.strangers", "About {2} accounts ordered for {3} different people, {0} beyond what households explain, among {1} orders of the week. Share {v}, honest {b}.",
     "约 {2} 个账户为 {3} 名不同收件人下单，扣除家庭代买后多出 {0} 名，本周共 {1} 笔订单。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"min_orders", 15, "count", "below fifteen a week a share has no meaning"},
    {"min_marked", 10, "count", "ten presents at New Year are a family's"},
    {"min_consignees", 6, "count", "catalogue D28 asks for five; linear counting of five may read six"},
    {"per_buyer", 3, "count", "an account orders for its household: itself, its parents, a child at school; only who comes on top counts"},
    {"honest_permille", 20, "permille", "companies that send presents to their clients, agents who order for their village"},
    {"least_permille", 150, "permille", "one recipient in seven"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kMinOrders, kMinMarked, kMinConsignees, kPerBuyer, kHonest, kLeast, kLogPMax, kCap };

/// Distinct values behind the set bits of `width`, by linear counting; a full set reads as one bit short of it.
std::int64_t distinct_of(std::uint32_t bits, int width) {
  const int free = std::max(1, width - std::popcount(bits));
  return std::lround(-width * std::log(static_cast<double>(free) / width));
}

class BorrowedAddresses final : public DetectorOf<BorrowedShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{28, "borrowed_addresses", "shop", Stage::kShop, Family::kGraph, 1, 1, sizeof(BorrowedShop),
                                   EventMask::of(EventType::kOrderPaid), kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, BorrowedShop& s, FoldContext& ctx) const override {
    const auto& order = event.as<OrderEvent>();
    if (order.buyer != 0 && order.consignee != 0) count(order, event, s, ctx);
    s.weeks.ask(ctx);
  }
  bool timer(BorrowedShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](BorrowedWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  void count(const OrderEvent& order, const Event& event, BorrowedShop& s, FoldContext& ctx) const {
    BorrowedWeek* const week = s.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return;
    const std::uint64_t buyer = mix64(order.buyer ^ 0xD28);
    const std::size_t at = buyer % BorrowedWeek::kCells;
    BorrowedCell& cell = week->cells[at];
    cell.buyers |= static_cast<std::uint16_t>(1U << (buyer >> 60));
    cell.consignees |= 1U << (mix64(order.consignee ^ 0xD28) >> 59);
    cell.orders += cell.orders != UINT16_MAX;
    week->refs.add(event.position, static_cast<std::uint8_t>(at));
    ++week->head.changed;
    // Most cells hold as many accounts as recipients: only where they do not, or where something was said, are the others read.
    if (week->head.told_llr_milli != 0 || strangers_of(cell, ctx) > 0) say(*week, event.event_time, false, ctx);
  }
  /// Recipients beyond the accounts' households.
  static std::int64_t strangers_of(const BorrowedCell& cell, const FoldContext& ctx) {
    const int bits = std::popcount(cell.consignees);
    if (bits * 2 < ctx.param(kMinConsignees)) return 0;  // 32 bits are at most twice as many values, but when nearly full
    const std::int64_t consignees = distinct_of(cell.consignees, 32);
    if (consignees < ctx.param(kMinConsignees)) return 0;
    return std::clamp<std::int64_t>(consignees - ctx.param(kPerBuyer) * distinct_of(cell.buyers, 16), 0, cell.orders);
  }
  void say(BorrowedWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    std::int64_t orders = 0, marked = 0, buyers = 0, consignees = 0;
    std::uint32_t lending = 0;
    for (std::size_t i = 0; i < BorrowedWeek::kCells; ++i) {
      const BorrowedCell& cell = week.cells[i];
      orders += cell.orders;
      const std::int64_t strangers = strangers_of(cell, ctx);
      if (strangers == 0) continue;
      lending |= 1U << i;
      marked += strangers;
      buyers += distinct_of(cell.buyers, 16);
      consignees += distinct_of(cell.consignees, 32);
    }
    if (week.head.told_llr_milli == 0 && marked < ctx.param(kMinMarked)) return;
    Claim claim = rate_claim(kReasons[0].code, marked, orders, rate_rule(ctx, {kMinOrders, kMinMarked, kHonest, kLeast, kLogPMax, kCap}));
    claim.params[2] = buyers;
    claim.params[3] = consignees;
    const auto refs = week.refs.pick([&](std::uint8_t cell) { return (lending >> cell & 1U) != 0; });
    if (refs.size == 0) claim.llr_milli = 0;
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d28_shop() {
  static const BorrowedAddresses detector;
  return detector;
}

}  // namespace brushwatch
