#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <sstream>

#include "alliance/verify.h"
#include "tests/unit/alliance/subject_harness.h"

namespace brushwatch {
namespace {

/// Tests run in the top folder.
std::string file(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

class Schema {
 public:
  Schema() {
    document_.Parse(file("api/schema/alert.schema.json").c_str());
    EXPECT_FALSE(document_.HasParseError());
    schema_ = std::make_unique<rapidjson::SchemaDocument>(document_);
  }
  /// Empty when the line is valid; otherwise where it is not.
  [[nodiscard]] std::string fault(const std::string& line) const {
    rapidjson::Document d;
    d.Parse(line.c_str());
    if (d.HasParseError()) return "no JSON";
    rapidjson::SchemaValidator validator(*schema_);
    if (d.Accept(validator)) return {};
    rapidjson::StringBuffer where;
    validator.GetInvalidDocumentPointer().StringifyUriFragment(where);
    return std::string(where.GetString()) + " " + validator.GetInvalidSchemaKeyword();
  }

 private:
  rapidjson::Document document_;
  std::unique_ptr<rapidjson::SchemaDocument> schema_;
};

TEST(AlertSchema, HoldsForEveryKindOfLine) {
  const Schema schema;
  test::Subject s;
  s.give(test::orders(4000));
  s.give(test::parcels(4000));
  s.give(test::graph(2000));
  s.give(test::victim(4000));
  s.give(test::finding(99, Family::kTraffic, -700, 0, Direction::kVictim));  // a detector nobody knows
  s.give(test::retraction(test::victim(4000)));
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    const auto family = static_cast<Family>(random() % kFamilies);
    FindingEvent f = test::finding(5, family, static_cast<std::int64_t>(random() % 5000),
                                   static_cast<int>(random() % 3), static_cast<Direction>(random() % 3), random() % 3);
    f.retracted = random() % 4 == 0;
    s.give(f);
  }
  s.timer(EventTime::max());
  Chain chain;
  std::set<std::string> types;
  for (std::size_t i = 0; i < s.outbox.lines().size(); ++i) {
    const std::string line = chain.seal_line(Output::kAlert, Stage::kSubject, 0, 1, i, s.outbox.lines()[i].fields);
    ASSERT_EQ(schema.fault(line), "") << line;
    types.insert(s.line(static_cast<int>(i))["type"].GetString());
    EXPECT_EQ(s.line(static_cast<int>(i)).HasMember("withdrawn_reason"),
              line.find("\"type\":\"alert_withdrawn\"") != std::string::npos);
  }
  EXPECT_EQ(types, (std::set<std::string>{"alert", "alert_update", "alert_withdrawn"}));
}

TEST(AlertSchema, RefusesAMissingAndAnUnknownMember) {
  const Schema schema;
  const std::string line = file("api/examples/alert.json");
  EXPECT_EQ(schema.fault(line), "");
  std::string renamed = line;
  renamed.replace(renamed.find("\"posterior_permille\""), 20, "\"posterior_permilli\"");
  EXPECT_NE(schema.fault(renamed), "");
}

TEST(AlertSchema, IsShownByAnExampleThatVerifies) {
  // UPDATE_GOLDEN=1 writes the example anew.
  test::Subject s;
  s.give(test::orders(4000));
  s.give(test::parcels(3000));
  Chain chain;
  const std::string line =
      chain.seal_line(Output::kAlert, Stage::kSubject, 0, 1, 3, s.outbox.lines().back().fields) + "\n";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream("api/examples/alert.json") << line;
  EXPECT_EQ(file("api/examples/alert.json"), line);
  bool given = false;
  const VerifyReport report = verify_lines([&](std::string& out) {
    out = line.substr(0, line.size() - 1);
    return !std::exchange(given, true);
  }, {.open_ended = true, .output = Output::kAlert});
  EXPECT_TRUE(report.ok());
}

}  // namespace
}  // namespace brushwatch
