#pragma once
/// DetectorBench: the detector stages of a registry around in-memory rows, driven by hand. No log, no store, no thread.
///
/// Events are given to feed() with their time and position; close_round(watermark) folds what was given and what stages sent
/// each other, then wakes the rows that are due. Findings are what arrived at the subject stage, in order.

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "detectors/detector_stage.h"
#include "detectors/registry.h"
#include "engine/base/check.h"
#include "engine/event/wire.h"

namespace brushwatch::test {

/// What tells one finding from another.
struct FindingKey {
  std::uint16_t detector;
  std::uint8_t subject_kind, direction;
  std::string subject;
  std::int64_t window_start;
  std::uint64_t scope;
  auto operator<=>(const FindingKey&) const = default;
};
inline FindingKey key_of(const FindingEvent& f) {
  return {f.detector, static_cast<std::uint8_t>(f.subject_kind), static_cast<std::uint8_t>(f.direction), std::string(f.subject.text), f.window_start.ms, f.scope};
}

inline void PrintTo(const FindingKey& k, std::ostream* os) {
  *os << "D" << k.detector << " " << k.subject << " direction " << int{k.direction} << " at " << format_time({k.window_start});
}

class DetectorBench {
 public:
  explicit DetectorBench(const Registry& registry = default_registry()) {
    for (const Stage stage : kDetectorStages) {
      stages_.push_back(std::make_unique<DetectorStage>(stage, registry));
      stages_.back()->declare(rules_);
    }
  }

  Rules& rules() { return rules_; }
  Reference& reference() { return reference_; }
  [[nodiscard]] const DetectorStage& stage(Stage stage) const { return *stages_[index(stage)]; }

  /// The event's views are copied at once. Positions are the order of calls unless the event brings one.
  void feed(Event event) {
    if (event.position.packed == 0) event.position = EvidenceRef::of(1, ++fed_);
    const auto [stage, key] = route(event);
    Outbox to;
    to.send(stage, key, event);
    inbox_[index(stage)] += to.records(stage);
  }
  void close_round(EventTime watermark) {
    ++round_;
    // The round's records are folded under the watermark that the tick before it left; this tick then wakes the timers.
    next_watermark_ = std::max(watermark, watermark_);
    for (const Stage stage : kDetectorStages) run(stage);
    watermark_ = next_watermark_;
  }
  /// Everything up to now, judged for good: two months later nothing is open.
  void settle() { close_round({latest_.ms + 30 * kDayMs}); }

  [[nodiscard]] const std::vector<FindingEvent>& findings() const { return findings_; }
  /// What stands at the end: the last word of each identity, without what was taken back.
  [[nodiscard]] std::map<FindingKey, FindingEvent> verdicts() const {
    std::map<FindingKey, FindingEvent> last;
    for (const FindingEvent& f : findings_) {
      if (f.retracted) last.erase(key_of(f));
      else last[key_of(f)] = f;
    }
    return last;
  }
  [[nodiscard]] std::vector<FindingEvent> verdicts_of(std::uint16_t detector) const {
    std::vector<FindingEvent> out;
    for (const auto& [key, f] : verdicts()) {
      if (key.detector == detector) out.push_back(f);
    }
    return out;
  }
  /// Events that a stage sent to another, in order.
  [[nodiscard]] const std::vector<Event>& sent(Stage to) const { return sent_[index_any(to)]; }
  /// All bytes that left all stages, in order.
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::size_t rows() const {
    std::size_t n = 0;
    for (const auto& r : rows_) n += r.size();
    return n;
  }
  [[nodiscard]] std::size_t rows(Stage stage) const { return rows_[index(stage)].size(); }
  [[nodiscard]] std::uint64_t late() const { return late_; }

  /// State as a store would keep it, and back: columns are copied as bytes.
  void restore_from(const DetectorBench& other) {
    rows_ = other.rows_;
    inbox_ = other.inbox_;
    watermark_ = other.watermark_;
    latest_ = other.latest_;
    round_ = other.round_;
    fed_ = other.fed_;
    bytes_.clear();
  }

 private:
  static constexpr std::array kDetectorStages{Stage::kParcel, Stage::kShop, Stage::kParty, Stage::kRing};
  static std::size_t index_any(Stage s) { return static_cast<std::size_t>(s); }
  static std::size_t index(Stage s) { return index_any(s) - 1; }

  struct Row {
    std::vector<std::uint64_t> columns;  // 8-byte aligned
    std::string tail;
    EventTime timer = EventTime::max();
    bool ends = false;
  };

  static std::size_t said(const Outbox& outbox) {
    std::size_t bytes = 0;
    for (const Stage to : {Stage::kShop, Stage::kParty, Stage::kRing, Stage::kSubject}) bytes += outbox.records(to).size();
    return bytes;
  }

  static std::pair<Stage, std::uint64_t> route(const Event& event) {
    if (const auto* n = std::get_if<NoticeEvent>(&event.body)) return {Stage::kParcel, parcel_key(n->carrier, n->waybill)};
    if (const auto* s = std::get_if<ScanEvent>(&event.body)) return {Stage::kParcel, parcel_key(s->carrier, s->waybill)};
    if (const auto* o = std::get_if<OrderEvent>(&event.body)) return {Stage::kShop, o->shop.hash};
    if (const auto* r = std::get_if<ReviewEvent>(&event.body)) return {Stage::kShop, r->shop.hash};
    if (const auto* v = std::get_if<ViewEvent>(&event.body)) return {Stage::kShop, v->shop.hash};
    if (const auto* c = std::get_if<ComplaintEvent>(&event.body)) return {Stage::kShop, c->shop.hash};
    if (const auto* p = std::get_if<ParcelSummaryEvent>(&event.body)) return {Stage::kShop, p->shop.hash};
    if (const auto* e = std::get_if<EdgeEvent>(&event.body)) return {Stage::kParty, party_key(e->kind, e->party)};
    const auto* h = std::get_if<HubEdgeEvent>(&event.body);
    BW_CHECK(h != nullptr, "no detector stage folds this event");
    return {Stage::kRing, h->shop.hash};
  }

  FoldContext context(Stage stage, std::uint64_t key, EventTime watermark, Outbox& outbox) {
    FoldContext ctx;
    ctx.key = key;
    ctx.watermark = watermark;
    ctx.round = round_;
    ctx.stage = stage;
    ctx.rules = &rules_;
    ctx.reference = &reference_;
    ctx.sources = &sources_;
    ctx.outbox = &outbox;
    return ctx;
  }

  void run(Stage stage) {
    DetectorStage& op = *stages_[index(stage)];
    auto& rows = rows_[index(stage)];
    Outbox outbox;
    const std::string records = std::move(inbox_[index(stage)]);
    inbox_[index(stage)].clear();
    Event event;
    for (std::string_view in = records; !in.empty();) {
      std::uint64_t key;
      std::memcpy(&key, in.data(), sizeof key);
      in.remove_prefix(sizeof key);
      BW_CHECK(decode(in, event).has_value(), "the bench's own bytes");
      if (event.event_time > latest_) latest_ = event.event_time;
      // As the task does: records between stages are never late.
      if (event.type < EventType::kTick && event.event_time.ms + op.allowed_lateness_ms(event.type) < watermark_.ms) {
        ++late_;
        continue;
      }
      Row& row = rows[key];
      if (row.columns.empty()) row.columns.resize(op.row_bytes() / 8 + 1);
      FoldContext ctx = context(stage, key, watermark_, outbox);
      ctx.position = event.position;
      ctx.ask_again(row.timer, row.ends);
      const std::vector<std::uint64_t> before = op.forms().empty() ? std::vector<std::uint64_t>() : row.columns;
      op.fold(event, reinterpret_cast<std::byte*>(row.columns.data()), row.tail, ctx);
      if (const unsigned form = op.form(event); form != 0) {
        // A row may have no memory for the others.
        for (std::size_t i = 0; i < op.columns().size(); ++i) {
          const auto& column = op.columns()[i];
          BW_CHECK((op.forms()[form - 1] >> i & 1) != 0 || std::memcmp(&before[column.offset / 8], &row.columns[column.offset / 8], column.bytes) == 0,
                   "an event changes columns of its form alone");
        }
      }
      row.timer = ctx.timer();
      row.ends = ctx.ends();
    }
    wake(op, rows, outbox);
    deliver(outbox);
  }
  void wake(DetectorStage& op, std::map<std::uint64_t, Row>& rows, Outbox& outbox) {
    std::vector<std::pair<EventTime, std::uint64_t>> due;
    for (const auto& [key, row] : rows) {
      if (row.timer <= next_watermark_) due.emplace_back(row.timer, key);
    }
    std::sort(due.begin(), due.end());
    for (const auto& [time, key] : due) {
      Row& row = rows.at(key);
      FoldContext ctx = context(op.stage(), key, next_watermark_, outbox);
      const std::size_t before = said(outbox);
      const bool kept = op.on_timer(reinterpret_cast<std::byte*>(row.columns.data()), row.tail, ctx);
      // The task drops it without asking, so that nobody can have anything to say.
      BW_CHECK(!row.ends || (!kept && said(outbox) == before), "a row that ends keeps nothing and says nothing");
      if (kept) {
        row.timer = std::max(ctx.timer(), next_watermark_ + 1);  // as the task does: never again for the same moment
        row.ends = ctx.ends();
      } else {
        rows.erase(key);
      }
    }
  }
  void deliver(const Outbox& outbox) {
    for (const Stage to : {Stage::kShop, Stage::kParty, Stage::kRing, Stage::kSubject}) {
      const std::string_view records = outbox.records(to);
      bytes_ += records;
      if (to != Stage::kSubject) inbox_[index(to)] += records;
      const std::string& kept = kept_.emplace_back(records);  // the views of what is decoded point here
      for (std::string_view in = kept; !in.empty();) {
        in.remove_prefix(sizeof(std::uint64_t));
        Event event;
        BW_CHECK(decode(in, event).has_value(), "a stage's own bytes");
        if (to == Stage::kSubject) findings_.push_back(event.as<FindingEvent>());
        sent_[index_any(to)].push_back(std::move(event));
      }
    }
  }

  std::vector<std::unique_ptr<DetectorStage>> stages_;
  Rules rules_;
  Reference reference_;
  SourceNames sources_;
  std::array<std::map<std::uint64_t, Row>, kDetectorStages.size()> rows_;
  std::array<std::string, kDetectorStages.size()> inbox_;
  EventTime watermark_ = EventTime::min(), next_watermark_ = EventTime::min();
  EventTime latest_{0};
  std::uint64_t round_ = 0, fed_ = 0, late_ = 0;
  std::deque<std::string> kept_;
  std::vector<FindingEvent> findings_;
  std::array<std::vector<Event>, kStages> sent_;
  std::string bytes_;
};

/// A registry of a few detectors, for a unit test. Lives as long as the object.
class FewDetectors {
 public:
  FewDetectors(std::initializer_list<const StageCore*> cores, std::initializer_list<const Detector*> detectors)
      : cores_(cores), detectors_(detectors), registry_{cores_, detectors_} {}
  FewDetectors(const FewDetectors&) = delete;
  operator const Registry&() const { return registry_; }  // NOLINT: a bench takes it as it is

 private:
  std::vector<const StageCore*> cores_;
  std::vector<const Detector*> detectors_;
  Registry registry_;
};

// ---- events in one line -------------------------------------------------------------------------------------------

/// Noon of a Shanghai day counted from Monday 2024-03-04; hours may be fractions.
inline EventTime at(int day, double hour) {
  constexpr std::int64_t kMonday = 19'786;  // days from 1970-01-01 to 2024-03-04
  return {(kMonday + day) * kDayMs - kShanghaiOffsetMs + static_cast<std::int64_t>(hour * static_cast<double>(kHourMs))};
}
inline Event order_event(EventType type, EventTime t, std::string_view shop, std::string_view order, Pid buyer) {
  Event e;
  e.type = type;
  e.event_time = e.ingest_time = t;
  auto& o = e.emplace<OrderEvent>();
  o.shop = NamedId::of(shop);
  o.order = NamedId::of(order);
  o.subject = NamedId::of(shop);
  o.buyer = buyer;
  o.paid_fen = 5'380;
  return e;
}
inline Event paid(EventTime t, std::string_view shop, Pid buyer) { return order_event(EventType::kOrderPaid, t, shop, "o", buyer); }
inline Event view(EventTime t, std::string_view shop, Pid device, bool scrolled, Pid ip24 = 0) {
  Event e;
  e.type = EventType::kTrafficView;
  e.event_time = e.ingest_time = t;
  auto& v = e.emplace<ViewEvent>();
  v.shop = NamedId::of(shop);
  v.device = device;
  v.ip24 = ip24 != 0 ? ip24 : mix64(device);
  v.scrolled = scrolled;
  v.ua_class = 2;
  return e;
}
inline Event review(EventTime t, std::string_view shop, Pid buyer, std::uint8_t stars) {
  Event e;
  e.type = EventType::kReviewPosted;
  e.event_time = e.ingest_time = t;
  auto& r = e.emplace<ReviewEvent>();
  r.shop = r.subject = NamedId::of(shop);
  r.buyer = buyer;
  r.stars = stars;
  return e;
}
inline Event complaint(EventTime t, std::string_view shop, Pid who, ComplaintCode code) {
  Event e;
  e.type = EventType::kComplaintFiled;
  e.event_time = e.ingest_time = t;
  auto& c = e.emplace<ComplaintEvent>();
  c.shop = c.subject = NamedId::of(shop);
  c.complainant = who;
  c.code = code;
  return e;
}

}  // namespace brushwatch::test
