#include "engine/event/wire.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

Event paid_order() {
  Event event;
  reset_body(event, EventType::kOrderPaid);
  event.event_time = {1'762'000'000'123};
  event.ingest_time = {1'762'000'001'000};
  event.position = EvidenceRef::of(7, 123456789);
  event.platform = 3;
  auto& order = event.emplace<OrderEvent>();
  order.order = NamedId::of("taobao:O-1");
  order.shop = NamedId::of("taobao:S-9");
  order.buyer = 42;
  order.total_fen = 20007;
  order.amount_fen = -5;
  order.items.push_back({hash64("sku"), 7, 2, 100, 90});
  return event;
}

TEST(Wire, GivesBackEveryFieldOfAnOrder) {
  const Event in = paid_order();
  std::string bytes;
  encode(in, bytes);
  std::string_view rest = bytes;
  Event out;
  ASSERT_TRUE(decode(rest, out));
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(to_json(in), to_json(out));
  EXPECT_EQ(out.as<OrderEvent>().amount_fen, -5);
  EXPECT_EQ(out.as<OrderEvent>().order.hash, hash64("taobao:O-1"));
  EXPECT_EQ(out.position, in.position);
}

TEST(Wire, RefusesEveryTruncation) {
  std::string bytes;
  encode(paid_order(), bytes);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    std::string_view rest(bytes.data(), n);
    Event out;
    EXPECT_FALSE(decode(rest, out)) << n << " of " << bytes.size();
  }
}

TEST(Wire, GivesBackTimesThatLieFurtherApartThanASignedDifferenceCanSay) {
  Event in = paid_order();
  in.event_time = EventTime::max();
  in.ingest_time = EventTime::min();
  std::string bytes;
  encode(in, bytes);
  std::string_view rest = bytes;
  Event out;
  ASSERT_TRUE(decode(rest, out));
  EXPECT_EQ(out.event_time, EventTime::max());
  EXPECT_EQ(out.ingest_time, EventTime::min());
}

TEST(Wire, RefusesAnEnumerationBeyondItsLastWordInsteadOfIndexingTablesWithIt) {
  Event in;
  reset_body(in, EventType::kTrafficView);
  std::string bytes;
  encode(in, bytes);
  // type, two times, source, offset, platform, no shop, three hashes, then the kind of the view.
  const std::size_t kind = 7 + 3 * 8;
  ASSERT_EQ(bytes[kind], 0);
  for (const char value : {'\x03', '\x04', '\x7f'}) {
    bytes[kind] = value;
    std::string_view rest = bytes;
    Event out;
    EXPECT_EQ(decode(rest, out).has_value(), value == '\x03') << int{value};
  }
}

TEST(Wire, RefusesACountBeyondTheBuffer) {
  Event in;
  reset_body(in, EventType::kFinding);
  std::string bytes;
  encode(in, bytes);
  bytes.back() = '\x7f';  // the evidence count is the last byte of an empty finding
  std::string_view rest = bytes;
  Event out;
  EXPECT_FALSE(decode(rest, out));
}

}  // namespace
}  // namespace brushwatch
