#include "connectors/memory/memory_log.h"

#include <gtest/gtest.h>

#include <thread>

namespace brushwatch {
namespace {

TEST(MemoryLog, WhatWasDroppedAtTheFrontIsAnErrorToRead) {
  MemoryLog log(1);
  for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(log.append(0, text));
  ASSERT_TRUE(log.drop_before(0, 2));
  EXPECT_EQ(*log.begin_offset(0), 2U);
  EXPECT_EQ(*log.end_offset(0), 3U);
  std::vector<LogRecord> out;
  EXPECT_EQ(log.read(0, 1, 9, 0, out).error().code, ErrorCode::kLogTruncated);
  EXPECT_EQ(log.truncate(0, 1).error().code, ErrorCode::kLogTruncated);
  ASSERT_TRUE(log.read(0, 2, 9, 0, out));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].offset, 2U);
  EXPECT_EQ(out[0].payload, "c");
}

TEST(MemoryLog, AReaderThatWaitsIsWokenByAnAppend) {
  MemoryLog log(1);
  std::vector<LogRecord> out;
  std::thread reader([&] { EXPECT_TRUE(log.read(0, 0, 9, 60'000, out)); });  // the test ends long before, or hangs
  ASSERT_TRUE(log.append(0, "wake"));
  reader.join();
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].payload, "wake");
}

}  // namespace
}  // namespace brushwatch
