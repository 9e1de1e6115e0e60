#include "engine/stage/round.h"

#include <gtest/gtest.h>

#include "connectors/memory/memory_log.h"
#include "engine/log/frame.h"

namespace brushwatch {
namespace {

void append(Log& log, std::uint32_t partition, std::uint32_t epoch, std::uint64_t seq, std::uint64_t round, bool tick) {
  FrameBuilder builder;
  Event event;
  reset_body(event, tick ? EventType::kTick : EventType::kRuleSet);
  if (tick) event.emplace<TickEvent>().round = round;
  builder.add(Stage::kIntake, 0, event);
  ASSERT_TRUE(log.append(partition, builder.finish(epoch, seq)));
}

TEST(LedgerReader, ReturnsARoundOnlyWhenEveryPartitionHasItsTick) {
  auto log = make_memory_log(2);
  append(*log, 0, 1, 0, 0, true);
  LedgerReader reader(*log, {}, 0);
  EXPECT_FALSE(reader.next()->has_value());
  append(*log, 1, 1, 0, 0, true);
  LedgerReader again(*log, {}, 0);
  EXPECT_TRUE(again.next()->has_value());
  EXPECT_FALSE(again.next()->has_value());
  EXPECT_EQ(again.offsets(), (std::vector<std::uint64_t>{1, 1}));
}

TEST(LedgerReader, TakesTheSuccessorsVersionOfATornRoundInEveryPartition) {
  auto log = make_memory_log(2);
  append(*log, 0, 1, 0, 0, false);
  append(*log, 0, 1, 1, 0, true);   // partition 0 has the dead writer's whole round
  append(*log, 1, 1, 0, 0, false);  // partition 1 only a piece of it
  for (std::uint32_t p = 0; p < 2; ++p) append(*log, p, 2, 0, 0, true);
  LedgerReader reader(*log, {}, 0);
  const auto round = reader.next();
  ASSERT_TRUE(round && *round);
  EXPECT_EQ((*round)->frames[0].size(), 1U) << "only the successor's frame";
  EXPECT_EQ((*round)->frames[1].size(), 1U);
  EXPECT_EQ(reader.epoch(), 2U);
}

TEST(LedgerReader, IgnoresAZombieBehindItsSuccessor) {
  auto log = make_memory_log(1);
  append(*log, 0, 2, 0, 0, true);
  append(*log, 0, 1, 5, 1, false);
  append(*log, 0, 1, 6, 1, true);
  append(*log, 0, 2, 1, 1, true);
  LedgerReader reader(*log, {}, 0);
  ASSERT_TRUE(reader.next()->has_value());
  const auto second = reader.next();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->frames[0].size(), 1U);
  EXPECT_FALSE(reader.next()->has_value());
}

TEST(LedgerReader, SaysWhenARoundIsMissing) {
  auto log = make_memory_log(1);
  append(*log, 0, 1, 0, 0, true);
  append(*log, 0, 1, 1, 2, true);
  LedgerReader reader(*log, {}, 0);
  ASSERT_TRUE(reader.next()->has_value());
  const auto gap = reader.next();
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().code, ErrorCode::kLogCorrupt);
}

void claim(Log& log, std::uint32_t partition, std::uint32_t epoch) {
  FrameBuilder empty;
  ASSERT_TRUE(log.append(partition, empty.finish(epoch, 0)));
}

TEST(LedgerReader, TakesARoundThatWasCompleteBeforeTheClaimAndNoneBehindIt) {
  auto log = make_memory_log(2);
  for (std::uint32_t p = 0; p < 2; ++p) append(*log, p, 1, 0, 0, true);
  append(*log, 0, 1, 1, 1, true);  // round 1: in partition 0 before the claim, in partition 1 behind it
  for (std::uint32_t p = 0; p < 2; ++p) claim(*log, p, 2);
  append(*log, 1, 1, 1, 1, true);
  LedgerReader reader(*log, {}, 0);
  EXPECT_TRUE(reader.next()->has_value());
  EXPECT_FALSE(reader.next()->has_value());
  EXPECT_EQ(reader.epoch(), 2U);
  for (std::uint32_t p = 0; p < 2; ++p) append(*log, p, 2, 0, 1, true);
  EXPECT_TRUE(reader.next()->has_value()) << "the new writer's round 1";
}

TEST(LedgerReader, IgnoresFramesBelowTheWriterThatItsOffsetsKnow) {
  auto log = make_memory_log(1);
  append(*log, 0, 1, 5, 3, true);
  LedgerReader reader(*log, {0}, 3, 2);
  EXPECT_FALSE(reader.next()->has_value());
}

TEST(LedgerReader, CountsAFrameThatWasDeliveredTwiceOnce) {
  auto log = make_memory_log(1);
  append(*log, 0, 1, 0, 0, false);
  append(*log, 0, 1, 0, 0, false);
  append(*log, 0, 1, 1, 0, true);
  append(*log, 0, 1, 1, 0, true);
  append(*log, 0, 1, 2, 1, true);
  LedgerReader reader(*log, {}, 0);
  const auto first = reader.next();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->frames[0].size(), 2U);
  const auto second = reader.next();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->frames[0].size(), 1U);
}

TEST(LedgerReader, TakesATornLastRoundWithAHoleForTornAndAHoleInTheMiddleForDamage) {
  auto log = make_memory_log(1);
  append(*log, 0, 1, 0, 0, true);
  append(*log, 0, 1, 2, 1, true);  // frame 1 was never taken; its writer died of that
  LedgerReader torn(*log, {}, 0);
  EXPECT_TRUE(torn.next()->has_value());
  EXPECT_FALSE(torn.next()->has_value());
  append(*log, 0, 1, 3, 2, true);
  LedgerReader damaged(*log, {}, 0);
  EXPECT_TRUE(damaged.next()->has_value());
  const auto next = damaged.next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::kLogCorrupt);
}

}  // namespace
}  // namespace brushwatch
