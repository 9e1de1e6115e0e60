// Every body of every record type, filled by chance, survives the wire byte for byte.

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "engine/base/hash.h"
#include "engine/event/fields.h"
#include "engine/event/wire.h"
#include "engine/log/frame.h"
#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

/// Gives every field a value: often 0 or a limit of its type, else any.
class Filler {
 public:
  explicit Filler(std::uint64_t seed) : random_(seed) {}

  void operator()(const char*, NamedId& id) { id = NamedId::of(text(kNamedIdMax)); }
  void operator()(const char*, std::uint64_t& v) { v = number<std::uint64_t>(); }
  void operator()(const char*, EventTime& t) { t.ms = number<std::int64_t>(); }
  void operator()(const char*, EvidenceRef& r) { r.packed = number<std::uint64_t>(); }
  void operator()(const char*, std::int64_t& v) { v = number<std::int64_t>(); }
  void operator()(const char*, std::int32_t& v) { v = number<std::int32_t>(); }
  void operator()(const char*, bool& v) { v = random_() % 2 == 0; }
  void operator()(const char*, std::string_view& bytes) { bytes = text(300); }
  template <class T> requires(std::is_unsigned_v<T> && !std::is_same_v<T, std::uint64_t> && !std::is_same_v<T, bool>)
  void operator()(const char*, T& v) { v = number<T>(); }
  template <class T> requires std::is_enum_v<T>
  void operator()(const char*, T& v) { v = static_cast<T>(random_() % (static_cast<std::uint64_t>(last_of(T{})) + 1)); }
  template <class T, std::size_t N> void operator()(const char* name, std::array<T, N>& a) {
    for (T& v : a) (*this)(name, v);
  }
  template <class T> void operator()(const char* name, std::vector<T>& list) {
    list.resize(random_() % 8 == 0 ? 200 : random_() % 4);
    for (T& v : list) {
      if constexpr (std::is_same_v<T, EvidenceRef>) (*this)(name, v);
      else fields(*this, v);
    }
  }

  Event event(EventType type) {
    Event e;
    reset_body(e, type);
    e.event_time.ms = number<std::int64_t>();
    e.ingest_time.ms = number<std::int64_t>();
    e.position = EvidenceRef::of(number<std::uint16_t>(), random_());
    e.platform = number<std::uint16_t>();
    std::visit([&](auto& body) { fields(*this, body); }, e.body);
    return e;
  }
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

 private:
  template <class T>
  T number() {
    switch (random_() % 4) {
      case 0: return 0;
      case 1: return std::numeric_limits<T>::max();
      case 2: return std::numeric_limits<T>::min();
      default: return static_cast<T>(random_() >> (random_() % (8 * sizeof(T))));
    }
  }
  std::string_view text(std::size_t most) {
    std::string s(random_() % 3 == 0 ? 0 : random_() % (most + 1), ' ');
    for (char& c : s) c = static_cast<char>(random_());
    return texts_.emplace_back(std::move(s));
  }

  std::mt19937_64 random_;
  std::deque<std::string> texts_;
};

std::vector<EventType> all_types() {
  std::vector<EventType> out;
  for (unsigned n = 1; n < 128; ++n) {
    Event probe;
    reset_body(probe, static_cast<EventType>(n));
    if (probe.body.index() != 0) out.push_back(static_cast<EventType>(n));
  }
  return out;
}

/// Fields that JSON does not tell apart are told by the bytes: equal events encode to equal bytes.
std::string bytes_of(const Event& event) {
  std::string bytes;
  encode(event, bytes);
  return bytes;
}

TEST(WireProperty, AnyEventOfAnyTypeComesBackWhole) {
  const auto types = all_types();
  ASSERT_EQ(types.size(), 43U);
  test::for_each_seed(200, [&](std::uint64_t seed) {
    Filler filler(seed);
    Event back;  // reused, as readers do: nothing of the event before may shine through
    for (const EventType type : types) {
      const Event event = filler.event(type);
      const std::string bytes = bytes_of(event);
      std::string_view rest = bytes;
      ASSERT_TRUE(decode(rest, back)) << event_type_name(type);
      ASSERT_TRUE(rest.empty()) << event_type_name(type);
      ASSERT_EQ(bytes_of(back), bytes) << event_type_name(type);
      ASSERT_EQ(back.event_time, event.event_time);
      ASSERT_EQ(back.ingest_time, event.ingest_time);
      ASSERT_EQ(back.position, event.position);
      ASSERT_EQ(back.platform, event.platform);
      ASSERT_EQ(to_json(back), to_json(event)) << event_type_name(type);
    }
  });
}

TEST(WireProperty, NoCutOfAnEventIsTakenForAWholeOne) {
  test::for_each_seed(20, [&](std::uint64_t seed) {
    Filler filler(seed);
    Event back;
    for (const EventType type : all_types()) {
      const std::string bytes = bytes_of(filler.event(type));
      for (std::size_t n = 0; n < bytes.size(); n += 1 + bytes.size() / 97) {
        std::string_view rest = std::string_view(bytes).substr(0, n);
        ASSERT_FALSE(decode(rest, back)) << event_type_name(type) << " cut at " << n << " of " << bytes.size();
      }
    }
  });
}

TEST(WireProperty, FramesGiveTheirRecordsBackInOrderAndRefuseAnyFlippedBit) {
  const auto types = all_types();
  test::for_each_seed(50, [&](std::uint64_t seed) {
    Filler filler(seed);
    FrameBuilder builder;
    std::vector<std::string> sent;
    std::vector<std::uint64_t> keys;
    for (std::uint64_t n = filler.below(40); n > 0; --n) {
      const Event event = filler.event(types[filler.below(types.size())]);
      keys.push_back(filler.below(UINT64_MAX));
      sent.push_back(bytes_of(event));
      builder.add(static_cast<Stage>(filler.below(kStages)), keys.back(), event);
    }
    const auto epoch = static_cast<std::uint32_t>(filler.below(UINT32_MAX));
    const std::uint64_t number = filler.below(UINT64_MAX);
    std::string frame(builder.finish(epoch, number));
    {
      auto reader = FrameReader::open(frame);
      ASSERT_TRUE(reader);
      EXPECT_EQ(reader->header().epoch, epoch);
      EXPECT_EQ(reader->header().seq, number);
      ASSERT_EQ(reader->header().count, sent.size());
      Stage stage{};
      std::uint64_t key = 0;
      Event event;
      for (std::size_t i = 0; i < sent.size(); ++i) {
        const auto more = reader->next(stage, key, event);
        ASSERT_TRUE(more && *more) << i;
        ASSERT_EQ(key, keys[i]);
        ASSERT_EQ(bytes_of(event), sent[i]);
      }
      const auto end = reader->next(stage, key, event);
      ASSERT_TRUE(end && !*end);
    }
    const std::size_t at = filler.below(frame.size());
    frame[at] = static_cast<char>(frame[at] ^ 1 << filler.below(8));
    EXPECT_FALSE(FrameReader::open(frame)) << "byte " << at << " of " << frame.size();
  });
}

/// A frame of another wire version, its checksum as it must be.
std::string of_version(std::string frame, char version) {
  frame[8] = version;
  const std::uint32_t sum = crc32c(std::string_view(frame).substr(8));
  for (unsigned i = 0; i < 4; ++i) frame[4 + i] = static_cast<char>(sum >> (8 * i));
  return frame;
}

TEST(WireProperty, FramesOfOlderVersionsAreReadAndThoseOfNewerOnesRefused) {
  Filler filler(1);
  FrameBuilder builder;
  const Event event = filler.event(EventType::kRejected);
  builder.add(Stage::kIntake, 0, event);
  const std::string frame(builder.finish(1, 0));
  Stage stage{};
  std::uint64_t key = 0;
  Event back;
  auto older = FrameReader::open(of_version(frame, 2));
  ASSERT_TRUE(older && *older->next(stage, key, back));
  EXPECT_EQ(bytes_of(back), bytes_of(event));
  const auto newer = FrameReader::open(of_version(frame, kWireVersion + 1));
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::kStateVersion);
}

}  // namespace
}  // namespace brushwatch
