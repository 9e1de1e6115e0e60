// 10,000 malformed records among good ones: all of them dead letters with reason and bytes, the good ones as if alone.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <map>

#include "engine/base/base64.h"
#include "tests/support/malformed.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

using test::brushwatch_binary;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::write_file;

TEST(Malformed, TenThousandBadRecordsBecomeTenThousandDeadLettersAndChangeNothingElse) {
  constexpr std::size_t kBad = 10'000;
  test::TempDir dir;
  ASSERT_EQ(run_program({brushwatch_binary(), "generate", "--seed", "3", "--shops", "60", "--days", "2", "--out", dir.path("world"), "-q"}).exit_code, 0);
  const auto good = lines_of(read_file(dir.path("world/orders.ndjson")));
  ASSERT_GT(good.size(), 500U);
  std::vector<std::string> bad;
  // A line cannot hold a line end, and an empty line is no record of a file: the HTTP and Kafka doors meet those.
  for (std::string& record : test::malformed_records(kBad + kBad / 4, 99)) {
    if (record.empty() || record.find('\n') != std::string::npos || record.back() == '\r') continue;
    if (bad.size() < kBad) bad.push_back(std::move(record));
  }
  ASSERT_EQ(bad.size(), kBad);
  std::string clean, mixed;
  std::map<std::uint64_t, std::string> bad_at;
  std::size_t next_bad = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    clean += good[i] + "\n";
    const std::size_t until = kBad * (i + 1) / good.size();
    for (; next_bad < until; ++next_bad) {
      bad_at[mixed.size()] = bad[next_bad];
      mixed += bad[next_bad] + "\n";
    }
    mixed += good[i] + "\n";
  }
  write_file(dir.path("clean.ndjson"), clean);
  write_file(dir.path("mixed.ndjson"), mixed);
  for (const char* name : {"clean", "mixed"}) {
    const auto done = run_program({brushwatch_binary(), "replay", "--input", dir.path(std::string(name) + ".ndjson"), "--out", dir.path(name), "--json", "-q"});
    ASSERT_EQ(done.exit_code, 0) << name << ": " << done.err.substr(0, 500);
  }
  std::size_t letters = 0;
  for (const std::string& line : lines_of(read_file(dir.path("mixed/dlq.ndjson")))) {
    rapidjson::Document letter;
    letter.Parse(line.c_str());
    ASSERT_FALSE(letter.HasParseError());
    if (std::string(letter["type"].GetString()) != "dead_letter") continue;
    ++letters;
    const auto at = bad_at.find(letter["offset"].GetUint64());
    ASSERT_NE(at, bad_at.end()) << "a good record was refused: " << line.substr(0, 300);
    EXPECT_TRUE(from_base64(letter["bytes_base64"].GetString()) == at->second) << "the bytes of the record at " << at->first;
    EXPECT_NE(std::string(letter["error"].GetString()), "");
    bad_at.erase(at);
  }
  EXPECT_EQ(letters, kBad);
  std::printf("malformed_lost=%zu\n", bad_at.size());  // bench/pipeline.py records it
  EXPECT_TRUE(bad_at.empty()) << bad_at.size() << " lost";
  // The good events stand in the ledger in the same order: tap both and compare without positions.
  const auto order_of = [&](const std::string& name) {
    std::string out;
    for (const std::string& line : lines_of(run_program({brushwatch_binary(), "tap", dir.path(name + "/ledger"), "--type", "order."}).out)) {
      rapidjson::Document event;
      event.Parse(line.c_str());
      event.RemoveMember("position");
      out += std::string(event["type"].GetString()) + " " + event["order_id"].GetString() + "\n";
    }
    return out;
  };
  EXPECT_EQ(order_of("clean"), order_of("mixed"));
}

}  // namespace
}  // namespace brushwatch
