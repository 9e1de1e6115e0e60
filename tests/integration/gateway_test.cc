// The member's gateway from topic to topic on a real broker; epochs of keys, their overlap and their end, by the command line.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <filesystem>
#include <regex>

#include "connectors/kafka/kafka_sink.h"
#include "tests/support/kafka_broker.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

using test::brushwatch_binary;
using test::Finished;
using test::KafkaBroker;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::TempDir;
using test::write_file;

std::string raw(int n, const std::string& time = "2026-11-11T00:00:00+08:00") {
  return R"({"type":"order.paid","source":"taobao","event_time":")" + time + R"(","shop_id":"S-1","order_id":"O-)" + std::to_string(n) +
         R"(","paid_fen":100,"receiver_phone":"1380013)" + std::to_string(8000 + n) + R"(","receiver_name":"张伟"})";
}
std::string member(const std::string& record, const char* name) {
  rapidjson::Document json;
  json.Parse(record.c_str());
  return !json.HasParseError() && json.IsObject() && json.HasMember(name) && json[name].IsString() ? json[name].GetString() : std::string();
}

struct GatewayProgram : ::testing::Test {
  TempDir dir;
  std::string keys = dir.path("keys");

  Finished run(std::vector<std::string> words, const std::string& input = {}) const {
    words.insert(words.begin(), {brushwatch_binary(), "gateway"});
    return run_program(words, input);
  }
  void epoch(const std::string& at) const { ASSERT_EQ(run({"epoch", keys, "--at", at}).exit_code, 0); }
  [[nodiscard]] Finished pass(const std::string& input) const { return run({"run", "--keys", keys, "--member", "taobao"}, input); }
};

TEST_F(GatewayProgram, TakesARecordFromTopicToTopicAndGoesOnWhereItEnded) {
  KafkaBroker& broker = KafkaBroker::shared();
  const std::string from = broker.fresh_topic("raw"), to = broker.fresh_topic("clean");
  KafkaSinkOptions options;
  options.bootstrap = broker.bootstrap();
  options.topic = from;
  options.partitions = 2;
  const auto in = std::move(*open_kafka_sink(options));
  options.topic = to;
  const auto send = [&](int first, int last) {
    for (int n = first; n < last; ++n) ASSERT_TRUE(in->append(static_cast<std::uint32_t>(n % 2), {}, raw(n)));
    ASSERT_TRUE(in->flush());
  };
  const std::string address = "kafka://" + broker.bootstrap() + "/";
  const auto go = [&] { return run({"run", "--keys", keys, "--member", "taobao", "--in", address + from, "--out", address + to, "--position", dir.path("position")}); };
  const auto held = [&] {
    std::vector<std::vector<std::string>> out(2);
    const auto sink = std::move(*open_kafka_sink(options));
    for (std::uint32_t p = 0; p < 2; ++p) {
      EXPECT_TRUE(sink->for_each(p, [&](std::string_view record) -> Result<void> {
        out[p].emplace_back(record);
        return {};
      }));
    }
    return out;
  };
  epoch("2026-11-01T00:00:00+08:00");
  send(0, 40);
  Finished done = go();
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.err.find("40 records, 0 refused"), std::string::npos) << done.err;
  send(40, 50);
  ASSERT_TRUE(in->append(0, {}, R"({"type":"order.paid","event_time":"2026-11-11T00:00:00+08:00","reason":"13800138000"})"));
  ASSERT_TRUE(in->flush());
  done = go();
  EXPECT_EQ(done.exit_code, 3) << "one was refused";
  EXPECT_NE(done.err.find("11 records, 1 refused"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find(from + "/0 25 refused"), std::string::npos) << "the log says which: " << done.err;
  EXPECT_EQ(done.err.find("13800138000"), std::string::npos) << "and nothing of what stood there";
  const auto partitions = held();
  for (std::size_t p = 0; p < 2; ++p) {
    ASSERT_EQ(partitions[p].size(), 25u);
    for (std::size_t i = 0; i < 25; ++i) {
      const std::string& record = partitions[p][i];
      EXPECT_EQ(member(record, "order_id"), "O-" + std::to_string(2 * i + p)) << "in the order and the partition it came";
      EXPECT_EQ(record.find("1380013"), std::string::npos);
      EXPECT_EQ(record.find("张伟"), std::string::npos);
      EXPECT_EQ(member(record, "phone_pid").size(), 22u);
    }
  }
}

TEST_F(GatewayProgram, KeepsTheOldKeyBesideTheNewOneForLateRecords) {
  epoch("2026-11-01T00:00:00+08:00");
  const std::string before = member(pass(raw(1)).out, "phone_pid");
  epoch("2026-12-01T00:00:00+08:00");
  const Finished both = pass(raw(1) + "\n" + raw(1, "2026-12-02T00:00:00+08:00") + "\n" + raw(2, "2026-12-02T00:00:00+08:00") + "\n");
  ASSERT_EQ(both.exit_code, 0) << both.err;
  const auto records = lines_of(both.out);
  EXPECT_EQ(member(records.at(0), "phone_pid"), before) << "a late record links with those of its time";
  EXPECT_NE(member(records.at(1), "phone_pid"), before) << "and with nobody of another epoch";
}

TEST_F(GatewayProgram, ErasesAnEpochByDestroyingItsKey) {
  epoch("2026-11-01T00:00:00+08:00");
  std::smatch found;
  const std::string file = read_file(keys);
  ASSERT_TRUE(std::regex_search(file, found, std::regex("[0-9a-f]{64}")));
  const std::string old_key = found.str();
  epoch("2026-12-01T00:00:00+08:00");
  ASSERT_EQ(run({"erase", keys, "--before", "2026-11-30T00:00:00+08:00"}).exit_code, 0);
  EXPECT_NE(read_file(keys).find(old_key), std::string::npos) << "an epoch that has not ended stays";
  ASSERT_EQ(run({"erase", keys, "--before", "2026-12-01T00:00:00+08:00"}).exit_code, 0);
  EXPECT_EQ(read_file(keys).find(old_key), std::string::npos);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
    if (entry.is_regular_file()) EXPECT_EQ(read_file(entry.path().string()).find(old_key), std::string::npos) << entry.path();
  }
  const Finished late = pass(raw(1) + "\n" + raw(1, "2026-12-02T00:00:00+08:00") + "\n");
  EXPECT_EQ(late.exit_code, 3) << "nobody can make that pseudonym again";
  EXPECT_EQ(lines_of(late.out).size(), 1u);
}

}  // namespace
}  // namespace brushwatch
