#include "brushwatch/work.h"

#include "apps/host.h"
#include "bare/work.h"

namespace brushwatch::peers {
namespace {

using ::peers::BuyerRow;
using ::peers::Raised;
using ::peers::ShopRow;

constexpr std::int64_t kForever = 10'000 * kDayMs;  // the peers' shop and buyer rows have no end either

/// One message between two of our stages. The contract of the engine has no event "numbers of W1": an edge carries them.
EdgeEvent& message(Event& event, const Event& cause) {
  reset_body(event, EventType::kEdge);
  event.event_time = cause.event_time;
  event.ingest_time = cause.ingest_time;
  event.position = cause.position;
  return event.emplace<EdgeEvent>();
}

/// W1 at `shop`; for W2 also the order, re-keyed by buyer.
class Shop final : public DetectorOf<ShopRow> {
 public:
  explicit Shop(bool w2) : w2_(w2) {}
  const DetectorInfo& info() const override {
    static const DetectorInfo info{901, "w1", "shop", Stage::kShop, Family::kOrder, 1, 1, sizeof(ShopRow),
                                   EventMask::of(EventType::kOrderPaid), kHourMs, {}, {}};
    return info;
  }
  void event(const Event& event, ShopRow& row, FoldContext& ctx) const override {
    const auto& order = event.as<OrderEvent>();
    Event out;
    if (Raised raised; row.fold(event.event_time.ms, order.paid_fen, order.buyer, order.device, raised)) {
      EdgeEvent& line = message(out, event);
      line.kind = PartyKind::kSender;
      line.shop = order.shop;
      line.subject = order.order;
      line.party = static_cast<std::uint64_t>(raised.minute) << 32 | static_cast<std::uint64_t>(raised.count);
      line.buyer = static_cast<std::uint64_t>(raised.distinct) << 32 | static_cast<std::uint64_t>(raised.repeat);
      line.order = static_cast<std::uint64_t>(raised.score);
      line.paid_fen = raised.amount;
      ctx.outbox->send(Stage::kSubject, order.shop.hash, out);
    }
    ctx.wake_at(event.event_time + kForever);
    if (!w2_) return;
    EdgeEvent& visit = message(out, event);
    visit.party = order.buyer;
    visit.shop = order.shop;
    ctx.outbox->send(Stage::kParty, order.buyer, out);
  }
  bool timer(ShopRow&, FoldContext&) const override { return true; }

 private:
  bool w2_;
};

/// W2: the last 16 (shop, hour) of a buyer.
class Buyer final : public DetectorOf<BuyerRow> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{902, "w2", "buyer", Stage::kParty, Family::kGraph, 1, 1, sizeof(BuyerRow),
                                   EventMask::of(EventType::kEdge), kHourMs, {}, {}};
    return info;
  }
  void event(const Event& event, BuyerRow& row, FoldContext& ctx) const override {
    const auto& visit = event.as<EdgeEvent>();
    const auto hour = static_cast<std::int32_t>(event.event_time.ms / kHourMs);
    const std::uint64_t shop = ::peers::shop_word(visit.shop.text);
    Event out;
    row.fold(shop, hour, [&](std::uint64_t other) {
      std::string a, b;
      ::peers::append_shop(a, std::min(shop, other));
      ::peers::append_shop(b, std::max(shop, other));
      EdgeEvent& pair = message(out, event);
      pair.shop = NamedId::of(a);
      pair.subject = NamedId::of(b);
      pair.order = static_cast<std::uint64_t>(hour);
      ctx.outbox->send(Stage::kRing, hash_combine(hash_combine(pair.shop.hash, pair.subject.hash), pair.order), out);
    });
    ctx.wake_at(event.event_time + kForever);
  }
  bool timer(BuyerRow&, FoldContext&) const override { return true; }
};

struct PairRow {
  std::uint32_t count, unused;
  std::int64_t ends_ms;
};

/// W2: how often two shops were visited by one buyer within the hour; gone an hour after it.
class Pair final : public DetectorOf<PairRow> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{903, "w2", "pair", Stage::kRing, Family::kGraph, 1, 1, sizeof(PairRow),
                                   EventMask::of(EventType::kEdge), kHourMs, {}, {}};
    return info;
  }
  void event(const Event& event, PairRow& row, FoldContext& ctx) const override {
    const auto& pair = event.as<EdgeEvent>();
    if (row.count == 0) row.ends_ms = (static_cast<std::int64_t>(pair.order) + 2) * kHourMs;
    ctx.wake_at({row.ends_ms});
    if (++row.count != 5) return;
    Event out;
    EdgeEvent& line = message(out, event);
    line.shop = pair.shop;
    line.subject = pair.subject;
    line.order = pair.order;
    ctx.outbox->send(Stage::kSubject, pair.shop.hash, out);
  }
  bool timer(PairRow&, FoldContext&) const override { return false; }
};

/// The last stage: what it receives becomes a line.
class Lines final : public StageOperator {
 public:
  Stage stage() const override { return Stage::kSubject; }
  void fold(const Event& event, std::byte*, std::string&, FoldContext& ctx) const override {
    const auto& e = event.as<EdgeEvent>();
    std::string line;
    if (e.kind == PartyKind::kSender) {
      const auto low = [](std::uint64_t v) { return static_cast<std::int64_t>(v & 0xFFFFFFFFU); };
      const Raised raised{static_cast<std::int64_t>(e.party >> 32), low(e.party), e.paid_fen, static_cast<std::int64_t>(e.buyer >> 32), low(e.buyer),
                          static_cast<std::int64_t>(e.order)};
      ::peers::write_alert(raised, e.shop.text, e.subject.text, line);
    } else {
      line.append(R"("k":"pair","a":")").append(e.shop.text).append(R"(","b":")").append(e.subject.text);
      line.append(R"(","hour":)").append(std::to_string(e.order));
    }
    ctx.outbox->output(Output::kAlert, line);
    ctx.wake_at(event.event_time + kMinuteMs);
  }
  bool on_timer(std::byte*, std::string&, FoldContext&) const override { return false; }
  std::int64_t allowed_lateness_ms(EventType) const override { return kHourMs; }
};

}  // namespace

WorkStages::WorkStages(bool w2) : lines_(std::make_unique<Lines>()) {
  static const Shop w1_shop(false), w2_shop(true);
  static const Buyer buyer;
  static const Pair pair;
  static const std::array<const Detector*, 3> w1{&w1_shop, &buyer, &pair}, both{&w2_shop, &buyer, &pair};
  const Registry registry{{}, w2 ? both : w1};
  for (const Stage stage : {Stage::kParcel, Stage::kShop, Stage::kParty, Stage::kRing}) {
    stages_.push_back(std::make_unique<DetectorStage>(stage, registry));
  }
}

Rules WorkStages::rules() const {
  Rules rules;
  for (const auto& stage : stages_) stage->declare(rules);
  return rules;
}

std::vector<StageSpec> WorkStages::specs() const {
  std::vector<StageSpec> out;
  for (const auto& stage : stages_) out.push_back(app::stage_spec(*stage));
  StageSpec lines{lines_.get(), {}, false};
  lines.layout.add("none", 1, 8);
  out.push_back(std::move(lines));
  return out;
}

}  // namespace brushwatch::peers
