#!/usr/bin/env python3
"""Lays down the files of a new detector: header, source, card and mirrored test. What is left is one line in the registry.

Usage: tools/new_detector.py --name behaviour_seen --number 29 [--stage shop]   (or: make new-detector NAME=… NUMBER=…)
The source compiles and counts paid orders of a Shanghai day: a place to start from, not a detector to ship.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

HEADER = """#pragma once
/// D@N@ @name@: <the behaviour it sees, in one sentence>.
///
/// Input    order.paid keyed by @stage@.
/// Output   finding of family O, direction promote, one a Shanghai day; count and threshold.
/// State    16 bytes a key; dropped when its day has passed.
/// Cost     O(1) an event, no allocation but for the finding.
/// Order    <why the order of events within the allowed lateness does not change what is said>.
/// Fails    <on which honest behaviour it fires, and which dishonest one it misses>.
/// Source   <authors, venue, year, section>; departures are in README.md.

#include "engine/detect/detector.h"

namespace brushwatch {

const Detector& d@N@_@stage@();

}  // namespace brushwatch
"""

SOURCE = """#include "detectors/@name@/@name@.h"

namespace brushwatch {
namespace {

constexpr std::int64_t kLatenessMs = kHourMs;

constexpr ParamInfo kParams[] = {
    {"min_count", 20, "count", "<why this default>"},
};
enum Param { kMinCount };

enum Reason : std::uint16_t { kMany = 1 };
constexpr ReasonText kReasons[] = {
    {kMany, "@name@.many", "{v} paid orders in a day, at least {t} were needed", "当日付款订单 {v} 笔，阈值 {t} 笔"},
};

/// Zeroed = nothing seen.
struct State {
  std::int64_t day;  ///< Shanghai day that is counted
  std::int64_t count;
};

class @Class@ final : public DetectorOf<State> {
 public:
  [[nodiscard]] const DetectorInfo& info() const override;

  void event(const Event& event, State& s, FoldContext& ctx) const override {
    const std::int64_t day = shanghai_day(event.event_time);
    if (day < s.day) return;  // an earlier day was closed by a later one
    if (day > s.day) s = {day, 0};
    ++s.count;
    ctx.changed = true;
    const EventTime start = window_start(event.event_time, kDayMs);
    ctx.wake_at(start + kDayMs + kLatenessMs);
    if (s.count != ctx.param(kMinCount)) return;
    FindingEvent finding;
    finding.detector = @N@;
    finding.version = 1;
    finding.family = Family::kOrder;
    finding.direction = Direction::kPromote;
    finding.subject_kind = SubjectKind::kShop;
    finding.subject = event.as<OrderEvent>().shop;
    finding.window_start = start;
    finding.window_end = start + kDayMs;
    finding.llr_milli = 1000;  // one nat, until it is calibrated on labelled worlds
    finding.value_milli = s.count * 1000;
    finding.threshold_milli = ctx.param(kMinCount) * 1000;
    finding.reason = kMany;
    finding.count = static_cast<std::uint32_t>(s.count);
    finding.evidence.push_back(ctx.position);
    ctx.emit(finding, event.event_time);
  }

  bool timer(State& s, FoldContext& ctx) const override {
    const EventTime end{(s.day + 1) * kDayMs - kShanghaiOffsetMs + kLatenessMs};
    if (ctx.watermark < end) {
      ctx.wake_at(end);
      return true;
    }
    s = {};
    ctx.changed = true;
    return false;
  }
};

constexpr DetectorInfo kInfo{
    .number = @N@, .name = "@name@", .part = "@stage@", .stage = Stage::k@Stage@, .family = Family::kOrder, .version = 1,
    .state_version = 1, .state_bytes = sizeof(State), .inputs = EventMask::of(EventType::kOrderPaid),
    .lateness_ms = kLatenessMs, .params = kParams, .reasons = kReasons};

const DetectorInfo& @Class@::info() const { return kInfo; }

}  // namespace

const Detector& d@N@_@stage@() {
  static const @Class@ detector;
  return detector;
}

}  // namespace brushwatch
"""

CARD = """# D@N@ `@name@`

| | |
|---|---|
| Pattern | what the dishonest do, and what it leaves in the stream |
| Paper | authors, venue, year, section; where this departs from it and why |
| Inputs | `order.paid`, keyed by @stage@ |
| State | 16 bytes a key; dropped when its day has passed |
| Cost | measured: `make bench` |
| When it fails | honest behaviour it fires on; dishonest behaviour it misses |
| Measured | precision, recall, AUC on labelled worlds: `make test` prints them |
"""

TEST = """#include "detectors/@name@/@name@.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

/// Folds `events` paid orders of one shop, all on one day; returns the records that went to the subject stage.
std::string said_after(int events) {
  const Detector& detector = d@N@_@stage@();
  Rules rules;
  FoldContext ctx;
  Outbox outbox;
  ctx.first_param = rules.declare("D@N@", detector.info().params.data(), detector.info().params.size());
  ctx.rules = &rules;
  ctx.outbox = &outbox;
  alignas(8) std::byte state[256] = {};
  Event event;
  event.type = EventType::kOrderPaid;
  event.event_time = {1'762'000'000'000};
  event.emplace<OrderEvent>().shop = NamedId::of("taobao:S-1");
  for (int i = 0; i < events; ++i) detector.on_event(event, state, ctx);
  return std::string(outbox.records(Stage::kSubject));
}

TEST(@Class@, SaysNothingBelowItsThreshold) { EXPECT_TRUE(said_after(19).empty()); }
TEST(@Class@, SpeaksAtItsThreshold) { EXPECT_FALSE(said_after(20).empty()); }

}  // namespace
}  // namespace brushwatch
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True, help="the behaviour seen, snake_case")
    parser.add_argument("--number", required=True, type=int)
    parser.add_argument("--stage", default="shop", choices=["parcel", "shop", "party", "ring"])
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    given = parser.parse_args()
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", given.name):
        parser.error("--name is snake_case: the behaviour it sees, e.g. order_burst")
    words = {"name": given.name, "N": str(given.number), "stage": given.stage, "Stage": given.stage.capitalize(),
             "Class": "".join(word.capitalize() for word in given.name.split("_"))}
    folder = pathlib.Path("detectors") / given.name
    files = {folder / f"{given.name}.h": HEADER, folder / f"{given.name}.cc": SOURCE, folder / "README.md": CARD,
             pathlib.Path("tests/unit") / folder / f"{given.name}_test.cc": TEST}
    for path in files:
        if (given.root / path).exists():
            print(f"new-detector: {path} is already there; nothing was written", file=sys.stderr)
            return 1
    for path, text in files.items():
        (given.root / path).parent.mkdir(parents=True, exist_ok=True)
        (given.root / path).write_text(re.sub(r"@(\w+)@", lambda match: words[match.group(1)], text), encoding="utf-8")
        print(f"wrote {path}")
    print(f"""next: 1. write the card; 2. implement event and timer; 3. in detectors/registry.cc include
      "detectors/{given.name}/{given.name}.h" and add &d{given.number}_{given.stage}() to the list; 4. make test""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
