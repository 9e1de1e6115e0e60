#include "doors/member_topics.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

#include "state/memory_store.h"
#include "tests/support/test_clock.h"
#include "tests/unit/doors/held_poster.h"
#include "tests/unit/doors/lines.h"

namespace brushwatch::doors {
namespace {

using test::TestClock;

/// What a topic holds: records in order; and what a compacted one would keep.
struct Topics {
  std::mutex mutex;
  std::vector<std::pair<std::string, std::string>> lines;  // key, place
  std::vector<std::pair<std::string, bool>> entries;       // key, is it a tombstone
  std::vector<std::string> letters;                        // places
  int opened = 0, fail_after = -1;                         // calls until a sink breaks
};

class FakeSink final : public MemberSink {
 public:
  explicit FakeSink(Topics& topics) : topics_(topics) {}
  Result<void> line(std::string_view key, std::string_view, std::string_view place) override {
    BW_TRY(step());
    const std::lock_guard lock(topics_.mutex);
    topics_.lines.emplace_back(key, place);
    return {};
  }
  Result<void> entry(std::string_view key, std::optional<std::string_view> value, std::string_view) override {
    BW_TRY(step());
    const std::lock_guard lock(topics_.mutex);
    topics_.entries.emplace_back(key, !value);
    return {};
  }
  Result<void> dead_letter(std::string_view, std::string_view place) override {
    BW_TRY(step());
    const std::lock_guard lock(topics_.mutex);
    topics_.letters.emplace_back(place);
    return {};
  }
  Result<void> flush() override { return step(); }

 private:
  Result<void> step() {
    const std::lock_guard lock(topics_.mutex);
    if (topics_.fail_after == 0) return fail(ErrorCode::kBrokerUnavailable, "away", 0, Retry::kBackoff);
    if (topics_.fail_after > 0) --topics_.fail_after;
    return {};
  }
  Topics& topics_;
};

struct World {
  explicit World(Principal principal) : who(std::move(principal)) { open(); }
  void open() {
    topics_of = std::make_unique<MemberTopics>(*rows, model, letters, clock, std::vector<MemberTopics::Member>{{who, [this]() -> Result<std::unique_ptr<MemberSink>> {
                                                                                     const std::lock_guard lock(topics.mutex);
                                                                                     ++topics.opened;
                                                                                     return std::make_unique<FakeSink>(topics);
                                                                                   }}});
    topics_of->start();
  }
  void publish() {
    ASSERT_TRUE(model.publish());
    topics_of->wake();
  }
  void alert(const test::AlertText& text) {
    ASSERT_TRUE(model.add(Output::kAlert, lines.alert(round++, text)));
    publish();
  }
  void letter(const std::string& party) {
    ASSERT_TRUE(letters.add(lines.next(round++, test::dead_letter(party), 0, Output::kDeadLetter, Stage::kIntake)));
    ASSERT_TRUE(letters.publish());
    topics_of->wake();
  }
  void entry(const std::string& state, int level, const std::string& more = "") {
    const std::string fields = fmt::format(R"("type":"entry","id":"L-0000000000000001","subject":{{"kind":"shop","id":"jd:S-1"}},"at":"2026-11-11T00:00:00.000+08:00","entry":{{"list":"BLACK","state":"{}","version":1,"level":{}{}}})",
                                           state, level, more);
    ASSERT_TRUE(model.add(Output::kList, lines.next(round++, fields, 0, Output::kList, Stage::kAlliance)));
    publish();
  }
  template <class Holds>
  bool until(Holds holds) {
    for (int n = 0; n < 20'000; ++n) {
      {
        const std::lock_guard lock(topics.mutex);
        if (holds()) return true;
      }
      topics_of->wake();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

  Principal who;
  std::unique_ptr<StateStore> store = make_memory_store(), rows = make_memory_store();
  ReadModel model{*store};
  DeadLetters letters{{"taobao", "jd"}};
  test::Lines lines;
  TestClock clock;
  Topics topics;
  std::uint64_t round = 1;
  std::unique_ptr<MemberTopics> topics_of;
};

TEST(MemberTopics, HoldWhatTheMemberMaySeeInOrderAndNothingElse) {
  World world({Role::kPlatform, "taobao", "taobao"});
  world.alert({.id = "A-0000000000000001"});
  world.alert({.id = "A-0000000000000002", .subject = "jd:S-2", .direction = "victim"});
  world.alert({.id = "A-0000000000000003", .subject = "taobao:S-2", .direction = "victim"});
  ASSERT_TRUE(world.until([&] { return world.topics.lines.size() == 2; }));
  EXPECT_EQ(world.topics.lines[0].first, "A-0000000000000001");
  EXPECT_EQ(world.topics.lines[1].first, "A-0000000000000003");
  EXPECT_EQ(world.topics.lines[1].second, "3-5-0-0-2");
  EXPECT_TRUE(world.topics.entries.empty());
}

TEST(MemberTopics, HoldThePartysOwnDeadLettersOnceOverARestartAndABrokenSink) {
  World world({Role::kPlatform, "taobao", "taobao"});
  world.letter("taobao");
  world.letter("jd");
  world.letter("taobao");
  ASSERT_TRUE(world.until([&] { return world.topics.letters.size() == 2; }));
  EXPECT_EQ(world.topics.letters, (std::vector<std::string>{"1-0-0-2-0", "3-0-0-2-2"}));
  world.topics_of->stop();
  world.letter("taobao");
  world.topics_of.reset();
  world.topics.fail_after = 0;
  world.open();
  ASSERT_TRUE(world.until([&] { return world.topics.opened >= 3; }));
  {
    const std::lock_guard lock(world.topics.mutex);
    world.topics.fail_after = -1;
  }
  ASSERT_TRUE(world.until([&] { return world.topics.letters.size() == 3; }));
  EXPECT_EQ(world.topics.letters.back(), "4-0-0-2-3");
  EXPECT_EQ(world.topics_of->counts().resyncs, 0U);
}

TEST(MemberTopics, TellAMemberWithoutAPartyOfNoDeadLetter) {
  World world({Role::kMember, "taobao", ""});
  world.letter("taobao");
  world.alert({.id = "A-0000000000000001"});
  ASSERT_TRUE(world.until([&] { return world.topics.lines.size() == 1; }));
  EXPECT_TRUE(world.topics.letters.empty());
}

TEST(MemberTopics, GoOnAfterARestartWhereTheyWere) {
  World world({Role::kMember, "m1", ""});
  world.alert({.id = "A-0000000000000001"});
  ASSERT_TRUE(world.until([&] { return world.topics.lines.size() == 1; }));
  world.topics_of->stop();
  world.alert({.id = "A-0000000000000002"});
  world.topics_of.reset();
  world.open();
  ASSERT_TRUE(world.until([&] { return world.topics.lines.size() == 2; }));
  EXPECT_EQ(world.topics.lines[1].first, "A-0000000000000002");
}

TEST(MemberTopics, SkipNothingWhenTheBrokerIsAway) {
  World world({Role::kMember, "m1", ""});
  {
    const std::lock_guard lock(world.topics.mutex);
    world.topics.fail_after = 1;  // the first line is taken, its flush is not
  }
  world.alert({.id = "A-0000000000000001"});
  for (int n = 2; n <= 5; ++n) world.alert({.id = fmt::format("A-{:016x}", n)});
  ASSERT_TRUE(world.until([&] { return world.topics.opened >= 2; }));
  {
    const std::lock_guard lock(world.topics.mutex);
    world.topics.fail_after = -1;
  }
  const auto held = [&] {
    std::set<std::string> ids;
    for (const auto& [key, place] : world.topics.lines) ids.insert(key);
    return ids.size() == 5;
  };
  EXPECT_TRUE(world.until(held));
  EXPECT_GE(world.topics_of->counts().failures, 1u);
}

TEST(MemberTopics, KeepARemovedEntryForNinetyDaysAndThenBuryIt) {
  World world({Role::kMember, "m1", ""});
  world.entry("LISTED", 1);
  ASSERT_TRUE(world.until([&] { return world.topics.entries.size() == 1; }));
  const EventTime ended = world.clock.now();
  world.entry("REPAIRED", 1, ",\"ended_at\":\"" + format_time(ended) + "\"");
  ASSERT_TRUE(world.until([&] { return world.topics.entries.size() == 2; }));
  EXPECT_FALSE(world.topics.entries[1].second) << "the end is a record first";
  world.clock.advance(kTombstoneAfterMs - 1);
  world.topics_of.reset();
  world.open();  // what is due is known over a restart
  world.alert({.id = "A-0000000000000001"});
  ASSERT_TRUE(world.until([&] { return world.topics.lines.size() == 3; }));
  EXPECT_EQ(world.topics.entries.size(), 2u) << "a day early is too early";
  world.clock.advance(1);
  ASSERT_TRUE(world.until([&] { return world.topics.entries.size() == 3; }));
  EXPECT_EQ(world.topics.entries[2], (std::pair<std::string, bool>{"L-0000000000000001", true}));
  world.alert({.id = "A-0000000000000002"});
  ASSERT_TRUE(world.until([&] { return world.topics.lines.size() == 4; }));
  EXPECT_EQ(world.topics.entries.size(), 3u) << "once";
}

}  // namespace
}  // namespace brushwatch::doors
