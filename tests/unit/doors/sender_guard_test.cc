#include "doors/sender_guard.h"

#include <gtest/gtest.h>

namespace brushwatch::doors {
namespace {

/// Gives the event that the test prepared.
class OneEvent final : public Decoder {
 public:
  Event event;
  Result<std::size_t> decode(const SourceRecord&, EventTime, std::vector<Event>& out) override {
    out = {event};
    return std::size_t{1};
  }
};

template <class Body>
Event made(EventType type, Body body) {
  Event event;
  reset_body(event, type);
  event.emplace<Body>() = body;
  return event;
}
NamedId id(std::string_view text) { return NamedId::of(text); }

TEST(MaySend, EachPartyItsOwnAndNoOther) {
  const Event order = made(EventType::kOrderPaid, OrderEvent{.shop = id("taobao:S-1")});
  EXPECT_TRUE(may_send("taobao", order));
  EXPECT_FALSE(may_send("jd", order));
  EXPECT_FALSE(may_send("tao", order));
  EXPECT_FALSE(may_send("taobao", made(EventType::kOrderPaid, OrderEvent{})));
  const Event scan = made(EventType::kParcelScan, ScanEvent{.carrier = id("sf")});
  EXPECT_TRUE(may_send("sf", scan));
  EXPECT_FALSE(may_send("taobao", scan));
  const Event notice = made(EventType::kParcelNotice, NoticeEvent{.carrier = id("sf"), .shop = id("jd:S-1")});
  EXPECT_TRUE(may_send("sf", notice));
  EXPECT_TRUE(may_send("jd", notice));
  EXPECT_FALSE(may_send("taobao", notice));
  EXPECT_TRUE(may_send("jd", made(EventType::kReviewPosted, ReviewEvent{.shop = id("jd:S-1")})));
  EXPECT_FALSE(may_send("taobao", made(EventType::kReviewPosted, ReviewEvent{.shop = id("jd:S-1")})));
  EXPECT_FALSE(may_send("taobao", made(EventType::kTrafficView, ViewEvent{.shop = id("jd:S-1")})));
  EXPECT_TRUE(may_send("jd", made(EventType::kReportFiled, ReportEvent{.subject = id("jd:S-1")})));
  EXPECT_FALSE(may_send("jd", made(EventType::kReportFiled, ReportEvent{.subject = id("taobao:S-1")}))) << "a member cannot report a rival's shop in its own channel";
  EXPECT_TRUE(may_send("taobao", made(EventType::kRefShop, ReferenceEvent{.id = id("taobao:S-1")})));
  EXPECT_FALSE(may_send("taobao", made(EventType::kRefShop, ReferenceEvent{.id = id("jd:S-1")})));
  EXPECT_TRUE(may_send("sf", made(EventType::kRefOutlet, ReferenceEvent{.id = id("sf:O-1"), .parent = id("sf")})));
  EXPECT_FALSE(may_send("taobao", made(EventType::kRefOperator, ReferenceEvent{.id = id("USCC:1")}))) << "registers are an office's";
  EXPECT_FALSE(may_send("taobao", made(EventType::kCommand, CommandEvent{})));
}

TEST(SenderGuard, HoldsARecordToThePartyOfItsToken) {
  auto inner = std::make_unique<OneEvent>();
  inner->event = made(EventType::kOrderPaid, OrderEvent{.shop = id("taobao:S-1")});
  const auto guard = guard_sender(std::move(inner), {});
  std::vector<Event> out;
  EXPECT_TRUE(guard->decode({.bytes = "x"}, {}, out)) << "no token, no party: files, topics under their own rights";
  EXPECT_TRUE(guard->decode({.bytes = "x", .headers = {{kPartyHeader, "taobao"}}}, {}, out));
  const auto refused = guard->decode({.bytes = "x", .headers = {{kPartyHeader, "jd"}}}, {}, out);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadEnvelope);
}

TEST(SenderGuard, HoldsASourceOfAPartyToItWhateverARecordSays) {
  auto inner = std::make_unique<OneEvent>();
  inner->event = made(EventType::kOrderPaid, OrderEvent{.shop = id("taobao:S-1")});
  OneEvent* const event = inner.get();
  const auto guard = guard_sender(std::move(inner), {.party = "taobao"});
  std::vector<Event> out;
  EXPECT_TRUE(guard->decode({.bytes = "x"}, {}, out));
  EXPECT_TRUE(guard->decode({.bytes = "x", .headers = {{kPartyHeader, "jd"}}}, {}, out));
  event->event = made(EventType::kOrderPaid, OrderEvent{.shop = id("jd:S-1")});
  EXPECT_FALSE(guard->decode({.bytes = "x"}, {}, out));
  EXPECT_FALSE(guard->decode({.bytes = "x", .headers = {{kPartyHeader, "jd"}}}, {}, out));
}

TEST(SenderGuard, LetsCommandsAndRulesThroughOnlyWhereTheSourceMay) {
  for (const EventType type : {EventType::kCommand, EventType::kRuleSet}) {
    for (const bool may : {false, true}) {
      auto inner = std::make_unique<OneEvent>();
      reset_body(inner->event, type);
      std::vector<Event> out;
      EXPECT_EQ(guard_sender(std::move(inner), {.commands = may})->decode({.bytes = "x"}, {}, out).has_value(), may);
    }
  }
}

}  // namespace
}  // namespace brushwatch::doors
