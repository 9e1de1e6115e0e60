#include "doors/evidence.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <atomic>
#include <future>

#include "tests/unit/doors/door.h"
#include "tests/unit/doors/ledger_script.h"

namespace brushwatch::doors {
namespace {

using test::DoorFixture;
using test::LedgerScript;
using test::order_event;
using test::scan_event;

/// A shipped order of each of two platforms, a parcel's whole way, and another parcel beside it.
LedgerScript parcels() {
  LedgerScript ledger(3, {"orders.ndjson", "scans.ndjson"});
  const EventTime start = *parse_time("2026-11-11T08:00:00+08:00");
  const auto hour = [&](int h) { return EventTime{start.ms + h * kHourMs}; };
  ledger.add(0, order_event("taobao:O-1", "taobao:S-1", hour(0), "SF1"));
  ledger.add(0, order_event("jd:O-2", "jd:S-2", hour(1), "SF2"));
  ledger.close_round(hour(0));
  const ScanCode way[] = {ScanCode::kPickedUp, ScanCode::kArrived, ScanCode::kOutForDelivery, ScanCode::kSigned};
  for (int n = 0; n < 4; ++n) {
    ledger.add(1, scan_event("SF1", hour(3 - n), way[3 - n]));  // the newest first: a track is sorted by event time
    ledger.add(1, scan_event("SF9", hour(n), way[n]));
    ledger.close_round(hour(n));
  }
  return ledger;
}

rapidjson::Document asked(const DoorFixture& door, const std::string& who, const std::string& query = {}) {
  const auto reply = door.ask("/api/v1/subjects/taobao:S-1/evidence" + query, who);
  rapidjson::Document json;
  json.Parse(reply.body.c_str());
  EXPECT_EQ(reply.status, 200) << reply.body;
  return json;
}

TEST(Evidence, ServesTheEventsBehindAFindingAndTheirParcels) {
  const LedgerScript ledger = parcels();
  DoorFixture door({.ledger = [&] { return Result<std::unique_ptr<Log>>(ledger.open()); }});
  door.tell(1, {.evidence = "orders.ndjson", .offset = 0});
  const auto json = asked(door, "x-role: analyst\r\n");
  ASSERT_EQ(json["events"].Size(), 1U) << "the notice made of the order is no second event";
  EXPECT_STREQ(json["events"][0]["source"].GetString(), "orders.ndjson");
  EXPECT_EQ(json["events"][0]["offset"].GetInt(), 0);
  EXPECT_STREQ(json["events"][0]["event"]["order_id"].GetString(), "taobao:O-1");
  EXPECT_STREQ(json["events"][0]["event"]["buyer_pid"].GetString(), "000000000000004d") << "a pseudonym";
  ASSERT_EQ(json["tracks"].Size(), 1U) << "only the parcel that the evidence names";
  EXPECT_STREQ(json["tracks"][0]["waybill"].GetString(), "SF1");
  std::vector<std::string> codes;
  for (const auto& scan : json["tracks"][0]["scans"].GetArray()) codes.emplace_back(scan["event"]["code"].GetString());
  EXPECT_EQ(codes, (std::vector<std::string>{"picked_up", "arrived", "out_for_delivery", "signed"}));
  EXPECT_TRUE(json["complete"].GetBool());
  EXPECT_EQ(json["places_named"].GetInt(), 1);
  EXPECT_EQ(json["places_found"].GetInt(), 1);
}

TEST(Evidence, ShowsAMemberOnlyWhatItSentItself) {
  const LedgerScript ledger = parcels();
  DoorFixture door({.ledger = [&] { return Result<std::unique_ptr<Log>>(ledger.open()); }});
  door.tell(1, {.evidence = "orders.ndjson", .offset = 0});
  door.tell(2, {.id = "A-0000000000000002", .evidence = "orders.ndjson", .offset = 1});
  const auto platform = asked(door, "x-role: platform\r\nx-party: taobao\r\n");
  ASSERT_EQ(platform["events"].Size(), 1U);
  EXPECT_STREQ(platform["events"][0]["event"]["order_id"].GetString(), "taobao:O-1");
  EXPECT_EQ(platform["hidden"].GetInt(), 5) << "the other platform's order, and what the carrier scanned";
  const auto carrier = asked(door, "x-role: carrier\r\nx-party: sf\r\n");
  EXPECT_EQ(carrier["events"].Size(), 0U);
  EXPECT_EQ(carrier["tracks"][0]["scans"].Size(), 4U);
  EXPECT_EQ(asked(door, "x-role: auditor\r\n")["hidden"].GetInt(), 0);
  EXPECT_EQ(door.ask("/api/v1/subjects/taobao:S-1/evidence", "x-role: member\r\n").status, 403);
}

TEST(Evidence, SaysWhatItLeftOut) {
  const LedgerScript ledger = parcels();
  DoorFixture door({.ledger = [&] { return Result<std::unique_ptr<Log>>(ledger.open()); }});
  door.tell(1, {.evidence = "orders.ndjson", .posterior = 900, .offset = 0});
  door.tell(2, {.id = "A-0000000000000002", .evidence = "orders.ndjson", .posterior = 950, .offset = 1});
  door.tell(3, {.id = "A-0000000000000003", .evidence = "gone.ndjson", .posterior = 800, .offset = 1});
  const auto one = asked(door, "x-role: analyst\r\n", "?places=1");
  EXPECT_EQ(one["places_named"].GetInt(), 3);
  EXPECT_EQ(one["places_asked"].GetInt(), 1);
  EXPECT_STREQ(one["events"][0]["event"]["order_id"].GetString(), "jd:O-2") << "the loudest finding's";
  const auto all = asked(door, "x-role: analyst\r\n");
  EXPECT_EQ(all["places_asked"].GetInt(), 3);
  EXPECT_EQ(all["places_found"].GetInt(), 2);
  EXPECT_EQ(door.ask("/api/v1/subjects/taobao:S-1/evidence?places=0").status, 400);
  EXPECT_EQ(door.ask("/api/v1/subjects/none/evidence").status, 404);
}

TEST(Evidence, SaysThatItCannotReadAndTriesAgain) {
  const LedgerScript ledger = parcels();
  std::atomic<int> opened{0};
  DoorFixture door({.ledger = [&]() -> Result<std::unique_ptr<Log>> {
    if (opened++ == 0) return fail(ErrorCode::kBrokerUnavailable, "no broker answers");
    return Result<std::unique_ptr<Log>>(ledger.open());
  }});
  door.tell(1, {.evidence = "orders.ndjson", .offset = 0});
  const auto reply = door.ask("/api/v1/subjects/taobao:S-1/evidence");
  EXPECT_EQ(reply.status, 503);
  EXPECT_NE(reply.body.find("no broker answers"), std::string::npos) << reply.body;
  EXPECT_EQ(asked(door, "x-role: analyst\r\n")["events"].Size(), 1U);
}

TEST(Evidence, RefusesWhenTooManyWait) {
  std::promise<void> go;
  auto gate = go.get_future().share();
  EvidenceReader reader([&]() -> Result<std::unique_ptr<Log>> {
    gate.wait();
    return fail(ErrorCode::kIo, "later");
  });
  std::size_t taken = 0;
  while (reader.ask({}, [](const Result<Evidence>&) {})) ASSERT_LE(++taken, EvidenceReader::kAsksMost + 1);
  EXPECT_GE(taken, EvidenceReader::kAsksMost);
  go.set_value();
}

}  // namespace
}  // namespace brushwatch::doors
