#pragma once
/// One subject's row under a FusionStage, fed by hand; and what its lines say in the end.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <map>
#include <string>
#include <vector>

#include "alliance/fusion.h"

namespace brushwatch::test {

inline constexpr ReasonText kOrderReasons[] = {
    {1, "order_velocity.burst", "{n} orders in {0} minutes, baseline {b}", "{0}分钟内{n}单,基线{b}"}};
inline constexpr ReasonText kParcelReasons[] = {
    {1, "weight_fraud.light", "{v} % of the parcels weigh next to nothing, usual {b} %", "{v}%的包裹几乎没有重量,通常{b}%"}};
inline constexpr ReasonText kGraphReasons[] = {
    {1, "lockstep.block", "{0} buyers move in lockstep over {1} shops", "{0}名买家在{1}家店铺步调一致"}};
inline constexpr DetectorInfo kOrders{
    .number = 1, .name = "order_velocity", .part = "shop", .version = 1, .reasons = kOrderReasons};
inline constexpr DetectorInfo kGraph{
    .number = 5, .name = "lockstep_buyers", .part = "ring", .version = 1, .reasons = kGraphReasons};
inline constexpr DetectorInfo kParcels{
    .number = 16, .name = "weight_fraud", .part = "shop", .version = 2, .reasons = kParcelReasons};
inline constexpr const DetectorInfo* kInfos[] = {&kOrders, &kGraph, &kParcels};

/// Monday 2026-11-09 00:00 +08:00.
inline const EventTime kMonday = week_of(*parse_time("2026-11-11T12:00:00+08:00"));

inline FindingEvent finding(std::uint16_t detector, Family family, std::int64_t llr_milli, int week = 0,
                            Direction direction = Direction::kPromote, std::uint64_t scope = 0) {
  FindingEvent f;
  f.detector = detector;
  f.version = 1;
  f.family = family;
  f.direction = direction;
  f.subject = NamedId::of("taobao:S-9");
  f.window_start = kMonday + week * kWeekMs + 2 * kDayMs;
  f.window_end = f.window_start + kDayMs;
  f.scope = scope;
  f.llr_milli = llr_milli;
  f.value_milli = 12'500;
  f.baseline_milli = 3'000;
  f.threshold_milli = 6'000;
  f.reason = 1;
  f.params = {10, 4, 0, 0};
  f.count = 87;
  f.evidence = {EvidenceRef::of(1, 900), EvidenceRef::of(0, 120), EvidenceRef::of(0, 120)};
  return f;
}
inline FindingEvent orders(std::int64_t llr, int week = 0) { return finding(1, Family::kOrder, llr, week); }
inline FindingEvent parcels(std::int64_t llr, int week = 0) { return finding(16, Family::kParcel, llr, week); }
inline FindingEvent graph(std::int64_t llr, int week = 0) { return finding(5, Family::kGraph, llr, week); }
inline FindingEvent victim(std::int64_t llr, int week = 0) {
  return finding(7, Family::kOrder, llr, week, Direction::kVictim);
}
inline FindingEvent retraction(FindingEvent f) {
  f.retracted = true;
  return f;
}

/// What stands in the end about one alert; "" members when withdrawn.
struct Standing {
  std::string severity, pattern;
  int posterior = 0;
  std::string families, content;
  bool operator==(const Standing&) const = default;
};

class Subject {
 public:
  explicit Subject(SubjectKind kind = SubjectKind::kShop) : stage_(kInfos), kind_(kind) {
    stage_.declare(rules);
    sources.declare(0, "orders.ndjson");
    sources.declare(1, "scans.ndjson");
    ctx.rules = &rules;
    ctx.sources = &sources;
    ctx.outbox = &outbox;
    ctx.stage = Stage::kSubject;
  }
  /// Folds a finding and returns the types of the lines it caused.
  std::vector<std::string> give(FindingEvent f, std::int64_t after_monday_ms = 3 * kDayMs) {
    f.subject_kind = kind_;
    Event event;
    event.type = EventType::kFinding;
    event.event_time = kMonday + after_monday_ms;
    event.position = EvidenceRef::of(0, 4711);
    event.emplace<FindingEvent>() = f;
    ctx.position = event.position;
    ctx.changed = false;
    ctx.wake = EventTime::max();
    const std::size_t before = outbox.lines().size();
    stage_.fold(event, nullptr, tail, ctx);
    return types(before);
  }
  std::vector<std::string> timer(EventTime watermark) {
    ctx.watermark = watermark;
    ctx.changed = false;
    ctx.wake = EventTime::max();
    const std::size_t before = outbox.lines().size();
    alive = stage_.on_timer(nullptr, tail, ctx);
    return types(before);
  }
  /// Line `i` as a JSON object; negative from the end.
  [[nodiscard]] rapidjson::Document line(int i = -1) const {
    const auto& lines = outbox.lines();
    const std::string text =
        "{" + lines.at(i < 0 ? lines.size() - static_cast<std::size_t>(-i) : static_cast<std::size_t>(i)).fields + "}";
    rapidjson::Document out;
    out.Parse(text.data(), text.size());
    EXPECT_FALSE(out.HasParseError()) << text;
    return out;
  }
  /// The alerts that stand after all lines, by id. Fails the test when a version is out of turn.
  [[nodiscard]] std::map<std::string, Standing> standing() const {
    std::map<std::string, Standing> out;
    std::map<std::string, int> versions;
    for (std::size_t i = 0; i < outbox.lines().size(); ++i) {
      if (outbox.lines()[i].output != Output::kAlert) continue;
      const auto a = line(static_cast<int>(i));
      const std::string id = a["id"].GetString(), type = a["type"].GetString();
      EXPECT_EQ(a["version"].GetInt(), ++versions[id]) << id;
      EXPECT_EQ(type == "alert", !out.contains(id)) << id << ": only what does not stand can open";
      if (type == "alert_withdrawn") {
        out.erase(id);
        continue;
      }
      Standing& s = out[id];
      s = {a["severity"].GetString(), a["pattern"].GetString(), a["posterior_permille"].GetInt(), {}, {}};
      for (const auto& f : a["score"]["families"].GetArray()) s.families += f["family"].GetString();
      // Everything but what tells how it came about.
      const std::string& fields = outbox.lines()[i].fields;
      const std::size_t from = fields.find("\"pattern\""),
                        to = fields.find(",\"event_time\":\"", fields.rfind("\"rules\""));
      s.content = fields.substr(from, to - from);
    }
    return out;
  }

  std::string tail;
  FoldContext ctx;
  Rules rules;
  SourceNames sources;
  Outbox outbox;
  bool alive = true;

 private:
  [[nodiscard]] std::vector<std::string> types(std::size_t from) const {
    std::vector<std::string> out;
    for (std::size_t i = from; i < outbox.lines().size(); ++i)
      out.emplace_back(line(static_cast<int>(i))["type"].GetString());
    return out;
  }
  FusionStage stage_;
  SubjectKind kind_;
};

}  // namespace brushwatch::test
