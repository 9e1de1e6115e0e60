// `evaluate --events --truth`: on a world that `generate` wrote, and on one made by hand in another shape.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <filesystem>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

using test::brushwatch_binary;
using test::run_program;
using test::write_file;

rapidjson::Document json_of(const test::Finished& done) {
  rapidjson::Document d;
  d.Parse(done.out.c_str());
  EXPECT_FALSE(d.HasParseError()) << done.out << done.err;
  return d;
}
test::Finished evaluate(const std::string& events, const std::string& truth, std::vector<std::string> more = {"--json"}) {
  std::vector<std::string> argv{brushwatch_binary(), "evaluate", "--events", events, "--truth", truth, "-q"};
  argv.insert(argv.end(), more.begin(), more.end());
  return run_program(argv);
}

TEST(EvaluateForeign, JudgesAWorldThatGenerateWrote) {
  test::TempDir dir;
  const auto made = run_program({brushwatch_binary(), "generate", "--seed", "7", "--shops", "300", "--days", "3", "--attacks", "S3,S8", "--out", dir.path("w"), "-q"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto done = evaluate(dir.path("w"), dir.path("w/truth/truth.ndjson"));
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto d = json_of(done);
  EXPECT_STREQ(d["split"].GetString(), "foreign");
  bool s3 = false;
  for (const auto& a : d["with_attacks"]["attacks"].GetArray()) {
    if (std::string(a["attack"].GetString()) != "S3" || a["camouflage"].GetInt() >= 0) continue;
    s3 = true;
    EXPECT_EQ(a["found"]["value"].GetDouble(), 1) << "a phone farm of one order an hour and shop, in the open";
    EXPECT_GT(a["orders_before_p50"].GetDouble(), 0) << "the orders beside the truth tell how many came before the case";
  }
  EXPECT_TRUE(s3);
  EXPECT_EQ(d["with_attacks"]["victims_accused"].GetInt(), 0);
}

/// The three shops of the golden case, one file, without orders beside the truth, without camouflage: the rule of that world lets
/// S-5544 and S-7766 be found and S-6655 not. S-1 is somebody's victim whom nobody named.
TEST(EvaluateForeign, JudgesAWorldMadeByHand) {
  test::TempDir dir;
  std::filesystem::create_directory(dir.path("events"));
  write_file(dir.path("events/all.ndjson"), test::read_file("tests/golden/rules_live/events.ndjson"));
  write_file(dir.path("labels.jsonl"),
             R"({"scenario":"old numbers","role":"offender","direction":"promote","subjects":["taobao:S-5544"],"related":[],"first_fake":1788746400000,"last_fake":1788746400000,"orders":2,"waybills":1})" "\n"
             R"({"scenario":"old numbers","role":"offender","direction":"promote","subjects":["taobao:S-6655"],"related":[],"first_fake":0,"last_fake":0,"orders":2,"waybills":1})" "\n"
             R"({"scenario":"framed","role":"victim","direction":"victim","subjects":["taobao:S-1"],"related":[],"first_fake":0,"last_fake":0,"orders":1,"waybills":0})" "\n"
             R"({"scenario":"a big sale","role":"lookalike","direction":"","subjects":["taobao:S-7766"],"related":[],"first_fake":0,"last_fake":0,"orders":2,"waybills":1})" "\n");
  const auto done = evaluate(dir.path("events"), dir.path("labels.jsonl"));
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto d = json_of(done);
  const auto& m = d["with_attacks"];
  for (const auto& a : m["attacks"].GetArray()) {
    if (a["camouflage"].GetInt() >= 0) continue;
    const std::string name = a["attack"].GetString();
    EXPECT_EQ(a["found"]["value"].GetDouble(), name == "old numbers" ? 0.5 : 0) << name;
    EXPECT_EQ(a["found"]["n"].GetInt(), name == "old numbers" ? 2 : 1) << name;
  }
  EXPECT_EQ(m["false_cases"].GetInt(), 1) << "the look-alike is innocent, whatever it looks like";
  EXPECT_EQ(m["lookalike_false"].GetInt(), 1);
  EXPECT_EQ(m["victims"].GetInt(), 1);
  // The report of the same, for people.
  const auto page = evaluate(dir.path("events"), dir.path("labels.jsonl"), {"--out", dir.path("report")});
  ASSERT_EQ(page.exit_code, 0) << page.err;
  EXPECT_NE(test::read_file(dir.path("report/report.md")).find("| old numbers | all | 0.500"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(dir.path("report/reliability.svg")));
}

TEST(EvaluateForeign, NamesWhatIsWrongWithATruthFile) {
  test::TempDir dir;
  std::filesystem::create_directory(dir.path("events"));
  const std::string good = R"({"scenario":"x","role":"offender","direction":"promote","subjects":["a:b"],"related":[],"first_fake":0,"last_fake":0,"orders":2,"waybills":1})" "\n";
  write_file(dir.path("t"), good);
  const auto empty = evaluate(dir.path("events"), dir.path("t"));
  EXPECT_EQ(empty.exit_code, 4) << empty.err;
  EXPECT_NE(empty.err.find("no .ndjson files"), std::string::npos) << empty.err;
  write_file(dir.path("events/e.ndjson"), "\n");
  write_file(dir.path("t"), good + R"({"scenario":"x","role":"culprit","direction":"promote","subjects":["a:b"],"related":[],"first_fake":0,"last_fake":0,"orders":2,"waybills":1})" "\n");
  const auto role = evaluate(dir.path("events"), dir.path("t"));
  EXPECT_NE(role.exit_code, 0);
  EXPECT_NE(role.err.find("(2)"), std::string::npos) << role.err;
  EXPECT_NE(role.err.find("role"), std::string::npos) << role.err;
  write_file(dir.path("t"), good + "not json\n");
  EXPECT_NE(evaluate(dir.path("events"), dir.path("t")).err.find("not a JSON object (2)"), std::string::npos);
  EXPECT_NE(evaluate(dir.path("events"), dir.path("nowhere")).exit_code, 0);
  EXPECT_EQ(run_program({brushwatch_binary(), "evaluate", "--events", dir.path("events")}).exit_code, 2) << "--events and --truth belong together";
}

}  // namespace
}  // namespace brushwatch
