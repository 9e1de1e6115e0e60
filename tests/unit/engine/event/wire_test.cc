#include "engine/event/wire.h"

#include <gtest/gtest.h>

#include <limits>
#include <type_traits>

#include "engine/event/fields.h"

namespace brushwatch {
namespace {

/// Fills every field with the value that takes the most bytes.
struct Widest {
  std::size_t list;        ///< elements of each list
  std::size_t name_bytes;  ///< text of each name
  std::string_view name_text() const { return std::string_view(kText).substr(0, name_bytes); }
  static constexpr char kText[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

  void operator()(const char*, NamedId& id) { id = NamedId::of(name_text()); }
  void operator()(const char*, EventTime& t) { t = EventTime::min(); }
  void operator()(const char*, EvidenceRef& r) { r.packed = std::numeric_limits<std::uint64_t>::max(); }
  void operator()(const char*, bool& v) { v = true; }
  void operator()(const char*, std::string_view& bytes) { bytes = name_text(); }
  template <class T> requires std::is_enum_v<T>
  void operator()(const char*, T& v) { v = last_of(T{}); }
  template <class T> requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  void operator()(const char*, T& v) { v = std::is_signed_v<T> ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max(); }
  template <class T, std::size_t N> void operator()(const char* name, std::array<T, N>& a) {
    for (T& v : a) (*this)(name, v);
  }
  template <class T> void operator()(const char* name, std::vector<T>& elements) {
    elements.resize(list);
    for (T& v : elements) {
      if constexpr (std::is_same_v<T, EvidenceRef>) (*this)(name, v);
      else fields(*this, v);
    }
  }
};

/// Names of every length take each of the ways in which a text is copied; the buffer in which an event is put together must hold
/// the widest of every kind, with lists longer than any buffer.
TEST(Wire, GivesBackTheWidestEventOfEveryKindAndNamesOfEveryLength) {
  for (int type = 1; type < 128; ++type) {
    Event in;
    reset_body(in, static_cast<EventType>(type));
    if (in.body.index() == 0) continue;
    in.event_time = EventTime::min();
    in.ingest_time = EventTime::max();
    in.position.packed = std::numeric_limits<std::uint64_t>::max();
    in.platform = std::numeric_limits<std::uint16_t>::max();
    for (std::size_t name = 0; name <= kNamedIdMax; ++name) {
      for (const std::size_t list : {std::size_t{0}, std::size_t{1}, std::size_t{700}}) {
        if (list == 700 && name % 16 != 0) continue;
        std::visit([&](auto& body) {
          Widest widest{list, name};
          if constexpr (!std::is_same_v<std::decay_t<decltype(body)>, std::monostate>) fields(widest, body);
        }, in.body);
        std::string bytes = "before";
        encode(in, bytes);
        std::string_view rest = std::string_view(bytes).substr(6);
        Event out;
        ASSERT_TRUE(decode(rest, out)) << type << " with names of " << name;
        EXPECT_TRUE(rest.empty());
        EXPECT_EQ(to_json(in), to_json(out));
      }
    }
  }
}

TEST(Wire, LeavesNothingOfTheEventThatWasReadBefore) {
  for (int type = 1; type < 128; ++type) {
    Event empty, used;
    reset_body(empty, static_cast<EventType>(type));
    if (empty.body.index() == 0) continue;
    std::string bytes;
    encode(empty, bytes);
    reset_body(used, static_cast<EventType>(type));
    used.event_time = used.ingest_time = EventTime::max();
    used.position.packed = std::numeric_limits<std::uint64_t>::max();
    used.platform = 7;
    std::visit([&](auto& body) {
      Widest widest{3, 64};
      if constexpr (!std::is_same_v<std::decay_t<decltype(body)>, std::monostate>) fields(widest, body);
    }, used.body);
    std::string_view rest = bytes;
    ASSERT_TRUE(decode(rest, used)) << type;
    EXPECT_EQ(to_json(used), to_json(empty));
    std::string again;
    encode(used, again);
    EXPECT_EQ(again, bytes) << type;
  }
}

TEST(Wire, WritesVarintsOfEveryLength) {
  for (int bits = 0; bits < 64; ++bits) {
    for (const std::int64_t off : {-1, 0, 1}) {
      Event in, out;
      reset_body(in, EventType::kOrderPaid);
      const auto value = static_cast<std::int64_t>((std::uint64_t{1} << bits) + static_cast<std::uint64_t>(off));
      in.emplace<OrderEvent>().paid_fen = value;
      std::string bytes;
      encode(in, bytes);
      std::string_view rest = bytes;
      ASSERT_TRUE(decode(rest, out));
      EXPECT_EQ(out.as<OrderEvent>().paid_fen, value);
      // As short as it can be: the same event must have one form.
      const auto zigzagged = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
      std::size_t length = 1;
      for (std::uint64_t rest_of = zigzagged >> 7; rest_of != 0; rest_of >>= 7) ++length;
      in.emplace<OrderEvent>();
      std::string zero;
      encode(in, zero);
      EXPECT_EQ(bytes.size() - zero.size() + 1, length) << value;
    }
  }
}

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
