/// The world against the public contract's own decoder: nothing is refused, warned about or unknown, and the truth's subjects
/// are spelled as the decoder spells them.

#include <set>

#include "connectors/codec/json_decoder.h"
#include "tests/unit/simulate/recorded_world.h"

namespace brushwatch::simulate {
namespace {

TEST(WorldDecode, EveryLineDecodesWithoutWarning) {
  const RecordedWorld world(tiny_world());
  CodecCounters counters;
  const auto decoder = make_json_decoder({.clock = IngestClock::kRecord, .counters = &counters});
  std::vector<Event> events;
  std::array<std::uint64_t, 128> types{};
  std::set<std::string> subjects, orders;
  for (const auto& stream : world.lines)
    for (const std::string& line : stream) {
      const auto n = decoder->decode({.bytes = line}, {}, events);
      ASSERT_TRUE(n) << n.error().message() << " " << line;
      ASSERT_EQ(*n, 1U);
      ++types[static_cast<std::size_t>(events[0].type)];
      if (events[0].type == EventType::kOrderCreated) {
        subjects.emplace(events[0].as<OrderEvent>().shop.text);
        orders.emplace(events[0].as<OrderEvent>().order.text);
      }
      if (events[0].type == EventType::kParcelScan) subjects.emplace(events[0].as<ScanEvent>().outlet.text);
      if (events[0].type == EventType::kRefOperator) subjects.emplace(events[0].as<ReferenceEvent>().id.text);
    }
  EXPECT_EQ(types, world.summary.by_type);
  EXPECT_EQ(counters.rejected, 0U);
  EXPECT_EQ(counters.personal_data, 0U);
  EXPECT_EQ(counters.unknown_words, 0U);
  EXPECT_EQ(counters.unknown_codes, 0U);
  EXPECT_EQ(counters.uscc_warnings, 0U);
  EXPECT_EQ(counters.waybill_warnings, 0U);
  for (const TruthRing& ring : world.summary.rings) {
    for (const std::string& subject : ring.subjects) EXPECT_TRUE(subjects.contains(subject)) << subject;
  }
  for (const TruthOrder& order : world.summary.truth_orders) EXPECT_TRUE(orders.contains(order.order)) << order.order;
}

TEST(WorldDecode, ReferenceAndOrdersSpeakOfTheSameTokens) {
  const RecordedWorld world(tiny_world());
  const auto decoder = make_json_decoder({.clock = IngestClock::kRecord});
  std::vector<Event> events;
  std::set<Pid> rooms, items;
  std::set<std::string> shops;
  for (const std::string& line : world.of(Stream::kReference)) {
    ASSERT_TRUE(decoder->decode({.bytes = line}, {}, events));
    const Event& event = events[0];
    if (event.type == EventType::kRefPublicPlace) rooms.insert(event.as<ReferenceEvent>().token);
    if (event.type == EventType::kRefItem) items.insert(event.as<ReferenceEvent>().id.hash);
    if (event.type == EventType::kRefShop) shops.emplace(event.as<ReferenceEvent>().id.text);
  }
  std::uint64_t paid = 0, in_public_rooms = 0;
  for (const std::string& line : world.of(Stream::kOrders)) {
    ASSERT_TRUE(decoder->decode({.bytes = line}, {}, events));
    if (events[0].type != EventType::kOrderPaid) continue;
    const auto& order = events[0].as<OrderEvent>();
    ++paid;
    if (rooms.contains(order.room)) ++in_public_rooms;
    for (const OrderItem& item : order.items) ASSERT_TRUE(items.contains(item.sku)) << line;
    ASSERT_TRUE(shops.contains(std::string(order.shop.text))) << line;
    std::int64_t sum = 0;
    for (const OrderItem& item : order.items) sum += item.paid_fen;
    ASSERT_EQ(sum, order.paid_fen) << line;
  }
  // Two of the three look-alike stations (300 of all orders), and a tenth of the ordinary buyers.
  EXPECT_GT(in_public_rooms, 250U);
  EXPECT_LT(in_public_rooms, paid / 2);
}

}  // namespace
}  // namespace brushwatch::simulate
