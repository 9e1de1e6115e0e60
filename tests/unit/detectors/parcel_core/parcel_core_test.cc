#include "detectors/parcel_core/parcel_core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "detectors/broken_scan_sequence/broken_scan_sequence.h"
#include "detectors/recycled_waybill/recycled_waybill.h"
#include "tests/support/fold_harness.h"
#include "tests/support/parcel_events.h"
#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

using namespace test;

FoldHarness parcels() { return {Stage::kParcel, &parcel_core(), {&d17_parcel(), &d19_parcel()}}; }
void fold_all(FoldHarness& stage, const std::vector<Event>& events) {
  for (const Event& event : events) stage.fold(row_of(event), event);
}
/// What a receiver knows in the end: the last summary for each key and order, and the net of marks and weight.
std::string last_words(const FoldHarness& stage, Stage to) {
  std::map<std::pair<std::uint64_t, std::string>, std::string> last;
  for (const Sent& s : stage.sent(to)) {
    Event event = s.event;
    event.event_time = event.ingest_time = {0};  // of the record that caused the revision
    auto& body = *std::get_if<ParcelSummaryEvent>(&event.body);
    body.revision = body.previous_marks = body.previous_weight_g = 0;  // how it came there
    const bool withdrawn = is_withdrawal(body);
    body.scans = body.distance_km = 0;  // as of the telling: they alone are no reason to tell again
    body.first_scan = {0};
    body.outlet = body.sign_outlet = body.courier = {};  // the key says which party
    if (withdrawn) last.erase({s.key, std::string(body.order.text)});
    else last[{s.key, std::string(body.order.text)}] = to_json(event);
  }
  std::string out;
  for (const auto& [key, text] : last) out += std::to_string(key.first) + " " + text + "\n";
  return out;
}

TEST(ParcelCore, TellsShopAndPartiesOnceWhenAParcelIsSigned) {
  FoldHarness stage = parcels();
  const Parcel p = parcel(0);
  std::vector<Event> events = events_of(p);
  const Event signature = events.back();
  events.pop_back();
  fold_all(stage, events);
  EXPECT_TRUE(stage.sent(Stage::kShop).empty());
  stage.fold(row_of(signature), signature);
  stage.fold(row_of(signature), signature);
  ASSERT_EQ(stage.sent(Stage::kShop).size(), 1U);
  EXPECT_EQ(stage.sent(Stage::kShop)[0].key, hash64(p.shop));
  const auto& summary = stage.sent(Stage::kShop)[0].event.as<ParcelSummaryEvent>();
  EXPECT_EQ(summary.order.text, p.order);
  EXPECT_EQ(summary.subject.text, "PLAT:" + p.shop);
  EXPECT_EQ(summary.waybill.text, p.waybill);
  EXPECT_EQ(summary.marks, 0U);
  EXPECT_EQ(summary.weight_g, 800U);
  EXPECT_EQ(summary.outlet.text, "XA-001");
  EXPECT_EQ(summary.sign_outlet.text, "BJ-009");
  EXPECT_EQ(summary.courier.text, "C-77");
  EXPECT_EQ(summary.scans, 9U);
  EXPECT_NEAR(summary.distance_km, 914, 15);
  EXPECT_EQ(summary.signed_time, signature.event_time);
  ASSERT_EQ(stage.sent(Stage::kParty).size(), 2U);
  EXPECT_EQ(stage.sent(Stage::kParty)[0].key, party_key(PartyKind::kOutlet, hash64("XA-001")));
  EXPECT_EQ(stage.sent(Stage::kParty)[1].key, party_key(PartyKind::kCourier, hash64("C-77")));
}

TEST(ParcelCore, NamesNoPlaceOnTheWayAsTheShopsOutlet) {
  // A feed that was down delivers all scans at once, in any order: here the signature first, the pickup last.
  FoldHarness stage = parcels();
  std::vector<Event> events = events_of(parcel(0));
  std::reverse(events.begin(), events.end());
  fold_all(stage, events);
  ASSERT_FALSE(stage.sent(Stage::kShop).empty());
  for (const Sent& s : stage.sent(Stage::kShop)) {
    const NamedId outlet = s.event.as<ParcelSummaryEvent>().outlet;
    EXPECT_TRUE(!outlet || outlet.text == "XA-001") << outlet.text;
  }
}

TEST(ParcelCore, EndsInTheSameWordsWhateverTheOrderAndTheRepeats) {
  const Parcel p = parcel(0);
  Parcel foreign = parcel(1, "taobao:S2");
  foreign.waybill = p.waybill;
  foreign.paid = p.paid + 5 * kHourMs;
  std::vector<Event> events = events_of(p);
  events.push_back(notice_of(foreign));
  FoldHarness straight = parcels();
  fold_all(straight, events);
  for_each_seed(200, [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Event> shuffled = events;
    shuffled.push_back(events[random() % events.size()]);
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    FoldHarness stage = parcels();
    fold_all(stage, shuffled);
    EXPECT_EQ(last_words(stage, Stage::kShop), last_words(straight, Stage::kShop));
    EXPECT_EQ(last_words(stage, Stage::kParty), last_words(straight, Stage::kParty));
  });
}

TEST(ParcelCore, LetsReceiversUndoARevisionExactly) {
  for_each_seed(100, [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Event> events = events_of(parcel(0));
    std::shuffle(events.begin(), events.end(), random);
    FoldHarness stage = parcels();
    fold_all(stage, events);
    std::map<std::uint64_t, std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> known;  // next revision, marks, weight
    for (const Stage to : {Stage::kShop, Stage::kParty}) {
      for (const Sent& s : stage.sent(to)) {
        const auto& summary = s.event.as<ParcelSummaryEvent>();
        auto& [revision, marks, weight] = known[s.key];
        EXPECT_EQ(summary.revision, revision);
        EXPECT_EQ(summary.previous_marks, marks);
        EXPECT_EQ(summary.previous_weight_g, weight);
        revision = is_withdrawal(summary) ? 0 : revision + 1;
        marks = summary.marks;
        weight = summary.weight_g;
      }
    }
  });
}

TEST(ParcelCore, GivesAStationsCourierlessSignatureToTheOutletOnly) {
  FoldHarness stage = parcels();
  Parcel p = parcel(0);
  p.courier.clear();
  fold_all(stage, events_of(p));
  ASSERT_EQ(stage.sent(Stage::kParty).size(), 1U);
  EXPECT_EQ(stage.sent(Stage::kParty)[0].key, party_key(PartyKind::kOutlet, hash64("XA-001")));
}

TEST(ParcelCore, SendsRevisionsThatAreNotLateDownstream) {
  FoldHarness stage = parcels();
  const Parcel p = parcel(0);
  fold_all(stage, events_of(p));
  const Event late = scan_of(p, ScanCode::kArrived, 100 * kHourMs, kBeijingOutlet, 20);
  stage.fold(row_of(late), late);
  const Event& revision = stage.sent(Stage::kShop).back().event;
  EXPECT_EQ(revision.as<ParcelSummaryEvent>().marks, kMarkSignBeforeArrive);
  EXPECT_EQ(revision.event_time, late.event_time);
  EXPECT_EQ(revision.as<ParcelSummaryEvent>().signed_time, p.paid + 53 * kHourMs);
}

TEST(ParcelCore, PutsOrderTextLastWhenNamesAreLong) {
  FoldHarness stage = parcels();
  Parcel p = parcel(0);
  p.shop = "taobao:" + std::string(57, 's');
  p.order = "taobao:" + std::string(57, 'o');
  fold_all(stage, events_of(p));
  ASSERT_EQ(stage.sent(Stage::kShop).size(), 1U);
  EXPECT_EQ(stage.sent(Stage::kShop)[0].event.as<ParcelSummaryEvent>().shop.text, p.shop);
  EXPECT_FALSE(stage.sent(Stage::kShop)[0].event.as<ParcelSummaryEvent>().order);
}

TEST(ParcelCore, ForgetsNamesAfterItsLifeAndTheRowAfterHalfAYear) {
  FoldHarness stage = parcels();
  const Parcel p = parcel(0);
  fold_all(stage, events_of(p));
  stage.advance(p.paid + 30 * kDayMs);
  ASSERT_EQ(stage.rows(), 1U);
  EXPECT_EQ(stage.core<ParcelCore>(row_of(notice_of(p))).notices[0].shop_size, 0);
  EXPECT_NE(stage.core<ParcelCore>(row_of(notice_of(p))).notices[0].identity, 0U);

  Parcel again = parcel(7, "taobao:S2");
  again.waybill = p.waybill;
  again.paid = p.paid + 60 * kDayMs;
  const Event notice = notice_of(again);
  stage.fold(row_of(notice), notice);
  ASSERT_EQ(stage.sent(Stage::kShop).size(), 2U) << "still known as signed for another order";
  EXPECT_TRUE(stage.sent(Stage::kShop)[1].event.as<ParcelSummaryEvent>().marks & kMarkRecycled);
  stage.advance(p.paid + 300 * kDayMs);
  EXPECT_EQ(stage.rows(), 0U);
}

TEST(ParcelCore, TellsEachFurtherOrderThatANumberIsSoldTo) {
  FoldHarness stage = parcels();
  const Parcel p = parcel(0);
  fold_all(stage, events_of(p));
  for (unsigned i = 1; i <= 3; ++i) {
    Parcel again = parcel(i, "taobao:S2");
    again.waybill = p.waybill;
    again.paid = p.paid + (4 + i) * kDayMs;
    const Event notice = notice_of(again);
    stage.fold(row_of(notice), notice);
    stage.fold(row_of(notice), notice);
  }
  ASSERT_EQ(stage.sent(Stage::kShop).size(), 4U);
  for (unsigned i = 1; i <= 3; ++i) {
    EXPECT_EQ(stage.sent(Stage::kShop)[i].key, hash64("taobao:S2"));
    EXPECT_TRUE(stage.sent(Stage::kShop)[i].event.as<ParcelSummaryEvent>().marks & kMarkRecycled);
  }
}

TEST(ParcelCore, GoesOnFromItsBytes) {
  const std::vector<Event> events = events_of(parcel(0));
  FoldHarness straight = parcels();
  fold_all(straight, events);
  for (std::size_t cut = 0; cut <= events.size(); ++cut) {
    FoldHarness before = parcels();
    fold_all(before, {events.begin(), events.begin() + static_cast<std::ptrdiff_t>(cut)});
    FoldHarness after = parcels();
    after.restore_from(before);
    fold_all(after, {events.begin() + static_cast<std::ptrdiff_t>(cut), events.end()});
    EXPECT_EQ(last_words(before, Stage::kShop) + last_words(after, Stage::kShop), last_words(straight, Stage::kShop)) << cut;
  }
}

}  // namespace
}  // namespace brushwatch
