#include "doors/ledger_finder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/doors/ledger_script.h"

namespace brushwatch::doors {
namespace {

using test::LedgerScript;
using test::order_event;
using test::scan_event;

constexpr std::size_t kAll = SIZE_MAX;

std::vector<std::string> found_at(LedgerFinder& finder, const std::set<Place>& places) {
  std::vector<std::string> out;
  const auto whole = finder.find(places, kAll, [&](const Place& place, const Event& event) {
    const auto* order = std::get_if<OrderEvent>(&event.body);
    out.push_back(place.source + "#" + std::to_string(place.offset) + " " + (order != nullptr ? std::string(order->order.text) : std::string(event_type_name(event.type))));
  });
  EXPECT_TRUE(whole && *whole);
  std::sort(out.begin(), out.end());
  return out;
}

TEST(LedgerFinder, FindsEveryRecordOfEverySource) {
  // Rounds of all sizes, also empty ones, and more frames than one look takes in.
  LedgerScript ledger(3, {"orders", "others"});
  std::vector<std::string> names[2];
  std::uint64_t state = 7;
  for (int round = 0; round < 400; ++round) {
    for (std::uint64_t n = (state = mix64(state)) % 5; n > 0; --n) {
      const auto source = static_cast<std::uint16_t>((state = mix64(state)) % 2);
      names[source].push_back("O-" + std::to_string(round) + "-" + std::to_string(n));
      ledger.add(source, order_event(names[source].back(), "taobao:S-" + std::to_string(state % 7), {round * 1000}));
    }
    ledger.close_round({round * 1000});
  }
  LedgerFinder finder(ledger.open());
  for (std::uint16_t source = 0; source < 2; ++source) {
    const std::string name = source == 0 ? "orders" : "others";
    for (std::size_t n = 0; n < names[source].size(); ++n) {
      EXPECT_EQ(found_at(finder, {{name, n}}), std::vector<std::string>{name + "#" + std::to_string(n) + " " + names[source][n]});
    }
    EXPECT_TRUE(found_at(finder, {{name, names[source].size()}}).empty()) << "not sent yet";
  }
  EXPECT_TRUE(found_at(finder, {{"nobody", 0}}).empty());
  std::set<Place> all;
  for (std::size_t n = 0; n < names[0].size(); ++n) all.insert({"orders", n});
  EXPECT_EQ(found_at(finder, all).size(), names[0].size()) << "all at once";
}

TEST(LedgerFinder, SeesWhatIsWrittenLater) {
  LedgerScript ledger(2, {"orders"});
  LedgerFinder finder(ledger.open());
  EXPECT_TRUE(found_at(finder, {{"orders", 0}}).empty()) << "an empty ledger";
  ledger.add(0, order_event("O-1", "taobao:S-1", {1}));
  ledger.close_round({1});
  EXPECT_EQ(found_at(finder, {{"orders", 0}}).size(), 1U);
  ledger.add(0, order_event("O-2", "taobao:S-1", {2}));
  EXPECT_TRUE(found_at(finder, {{"orders", 1}}).empty()) << "a round without its tick is not there yet";
  ledger.close_round({2});
  EXPECT_EQ(found_at(finder, {{"orders", 1}}).size(), 1U);
}

TEST(LedgerFinder, GoesOnBehindWhatRetentionRemoved) {
  LedgerScript ledger(1, {"orders"});
  for (int round = 0; round < 300; ++round) {
    ledger.add(0, order_event("O-" + std::to_string(round), "taobao:S-1", {round}));
    ledger.close_round({round});
  }
  LedgerFinder finder(ledger.open());
  EXPECT_EQ(found_at(finder, {{"orders", 10}}).size(), 1U);
  EXPECT_EQ(found_at(finder, {{"orders", 250}}).size(), 1U);
  ASSERT_TRUE(ledger.log().drop_before(0, 200));
  EXPECT_TRUE(found_at(finder, {{"orders", 10}}).empty());
  EXPECT_EQ(found_at(finder, {{"orders", 250}}).size(), 1U);
}

TEST(LedgerFinder, TellsARecordOnceThatAFencedWriterWroteAsWell) {
  LedgerScript ledger(1, {"orders"});
  ledger.add(0, order_event("O-1", "taobao:S-1", {1}));
  ledger.close_round({1});
  // A writer that was thought dead took the same record in, a moment later, and so did its successor.
  for (const std::uint32_t epoch : {1U, 2U}) {
    FrameBuilder frame;
    Event event = order_event("O-2", "taobao:S-1", {5});
    event.position = EvidenceRef::of(0, 1);
    event.ingest_time = {100 + epoch};
    frame.add(Stage::kShop, 1, event);
    Event tick;
    tick.type = EventType::kTick;
    tick.emplace<TickEvent>().positions = {{0, 2}};
    frame.add(Stage::kIntake, 0, tick);
    ASSERT_TRUE(ledger.log().append(0, frame.finish(epoch, 9)));
  }
  LedgerFinder finder(ledger.open());
  EXPECT_EQ(found_at(finder, {{"orders", 1}}).size(), 1U);
}

TEST(LedgerFinder, CollectsARowInsideItsTime) {
  LedgerScript ledger(4, {"scans"});
  for (int day = 0; day < 60; ++day) {
    for (int parcel = 0; parcel < 8; ++parcel) ledger.add(0, scan_event("SF" + std::to_string(parcel), {day * kDayMs + parcel}, ScanCode::kArrived));
    ledger.close_round({day * kDayMs});
  }
  LedgerFinder finder(ledger.open());
  const auto key = parcel_key(NamedId::of("sf"), NamedId::of("SF3"));
  std::vector<std::int64_t> days;
  const auto look = [&](int from, int until, std::size_t bytes) {
    days.clear();
    return finder.of_keys(Stage::kParcel, {key}, {from * kDayMs}, {until * kDayMs}, bytes, [&](const Event& event) {
      EXPECT_EQ(event.as<ScanEvent>().waybill.text, "SF3");
      days.push_back(event.event_time.ms / kDayMs);
    });
  };
  auto whole = look(10, 12, kAll);
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ(days, (std::vector<std::int64_t>{10, 11, 12, 13})) << "the rounds in which the watermark reaches and leaves the span";
  whole = look(50, 99, kAll);
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ(days.size(), 10U) << "to the end of the ledger";
  whole = look(0, 99, 200);
  ASSERT_TRUE(whole.has_value());
  EXPECT_FALSE(*whole) << "says when it had to stop";
}

}  // namespace
}  // namespace brushwatch::doors
