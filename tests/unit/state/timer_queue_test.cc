#include "state/timer_queue.h"

#include <random>
#include <set>

#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

TEST(TimerQueue, HandsOutNothingBeforeItsTime) {
  TimerQueue queue;
  queue.add({{100}, 1});
  EXPECT_EQ(queue.pop({99}), std::nullopt);
  EXPECT_EQ(queue.pop({100}), (Timer{{100}, 1}));
  EXPECT_EQ(queue.pop({1000}), std::nullopt);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(TimerQueue, TakesATimerBehindWhatItHasHandedOut) {
  TimerQueue queue;
  queue.add({{10 * kDayMs}, 1});
  EXPECT_TRUE(queue.pop({20 * kDayMs}));
  queue.add({{5}, 2});
  EXPECT_EQ(queue.pop({5}), (Timer{{5}, 2}));
}

TEST(TimerQueue, HoldsTheEndsOfTheTimeAxis) {
  TimerQueue queue;
  queue.add({{INT64_MAX - 1}, 1});
  queue.add({EventTime::min(), 2});
  EXPECT_EQ(queue.pop({0}), (Timer{EventTime::min(), 2}));
  EXPECT_EQ(queue.pop({INT64_MAX - 1}), (Timer{{INT64_MAX - 1}, 1}));
}

TEST(TimerQueue, MemoryFollowsWhatIsAliveNotWhatWasEverAdded) {
  TimerQueue queue;
  for (std::int64_t i = 0; i < 200'000; ++i) {  // one key whose timer is pushed on and on
    queue.add({{kDayMs + i}, 1});
    queue.remove({{kDayMs + i}, 1});
  }
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_LT(queue.bytes(), 8U << 10);
}

TEST(TimerQueue, KeepsTheFirstAndNamesWhereItsEndIs) {
  TimerQueue queue;
  for (std::uint64_t i = 0; i < 1000; ++i) queue.add({{static_cast<std::int64_t>(i) * kHourMs}, i});
  EXPECT_EQ(queue.keep_first(queue.bytes()), std::nullopt);
  const auto end = queue.keep_first(queue.bytes() / 2);
  ASSERT_TRUE(end);
  EXPECT_GT(queue.size(), 400U);
  EXPECT_LT(queue.size(), 600U);
  const std::size_t kept = queue.size();
  std::size_t popped = 0;
  while (const auto timer = queue.pop(EventTime::max())) {
    EXPECT_LT(*timer, *end);
    EXPECT_EQ(timer->key, popped++);
  }
  EXPECT_EQ(popped, kept);
  EXPECT_GE((Timer{{static_cast<std::int64_t>(popped) * kHourMs}, popped}), *end) << "nothing before the end is gone";
}

TEST(TimerQueue, CutsInTheMiddleOfWhatIsBeingHandedOutAndCountsRemovals) {
  TimerQueue queue;
  for (std::uint64_t i = 0; i < 100; ++i) queue.add({{1000}, i});
  for (std::uint64_t i = 0; i < 30; ++i) queue.remove({{1000}, i});
  EXPECT_EQ(queue.pop({1000}), (Timer{{1000}, 30}));  // now they lie near
  const auto end = queue.keep_first(10 * TimerQueue::kBytesMax);
  EXPECT_EQ(end, (Timer{{1000}, 41}));
  EXPECT_EQ(queue.size(), 10U);
  queue.add({{kDayMs}, 7});
  queue.add({{kDayMs}, 8});
  queue.remove({{kDayMs}, 7});
  EXPECT_EQ(queue.keep_first(0), (Timer{{1000}, 31}));
  EXPECT_EQ(queue.size(), 0U);
}

TEST(TimerQueue, BehavesAsASortedSet) {
  test::for_each_seed(30, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    TimerQueue queue;
    std::set<Timer> model;
    const auto span = static_cast<std::uint64_t>(seed % 2 == 0 ? kHourMs : 300 * kDayMs);
    std::int64_t now = -kDayMs;
    for (int step = 0; step < 5000; ++step) {
      const std::uint64_t choice = random() % 10;
      if (choice < 5) {
        const Timer timer{{now + static_cast<std::int64_t>(random() % span)}, random() % 50};
        if (model.insert(timer).second) queue.add(timer);
      } else if (choice < 8 && !model.empty()) {
        auto it = model.lower_bound({{now + static_cast<std::int64_t>(random() % span)}, 0});
        if (it == model.end()) it = model.begin();
        queue.remove(*it);
        model.erase(it);
      } else {
        now += static_cast<std::int64_t>(random() % (span / 50));
        while (const auto timer = queue.pop({now})) {
          ASSERT_FALSE(model.empty());
          ASSERT_EQ(*timer, *model.begin());
          model.erase(model.begin());
        }
        ASSERT_TRUE(model.empty() || model.begin()->time > EventTime{now});
      }
      ASSERT_EQ(queue.size(), model.size());
    }
  });
}

}  // namespace
}  // namespace brushwatch
