#include "connectors/http/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> cut(std::string_view body, BodyForm form) {
  std::vector<std::string> out;
  for (const BodySlice& slice : split_body(body, form)) out.emplace_back(body.substr(slice.begin, slice.size));
  return out;
}

TEST(SplitLines, GivesOneRecordALineAndNoneForBlankOnes) {
  EXPECT_THAT(cut("{\"a\":1}\r\n\n  \n{\"b\":2}", BodyForm::kLines), ElementsAre("{\"a\":1}", "{\"b\":2}"));
  EXPECT_THAT(cut("", BodyForm::kLines), IsEmpty());
  EXPECT_THAT(cut("\n\n", BodyForm::kLines), IsEmpty());
}

TEST(SplitLines, PassesAMalformedLineOnAsItIs) {
  EXPECT_THAT(cut("{\"a\":\n}{", BodyForm::kLines), ElementsAre("{\"a\":", "}{"));
}

TEST(SplitJson, GivesTheElementsOfAnArray) {
  EXPECT_THAT(cut(" [ {\"a\":[1,2]} ,{\"b\":{}}, 3 ] \n", BodyForm::kJson), ElementsAre("{\"a\":[1,2]}", "{\"b\":{}}", "3"));
  EXPECT_THAT(cut("[]", BodyForm::kJson), IsEmpty());
  EXPECT_THAT(cut(" [ \n ] ", BodyForm::kJson), IsEmpty());
  EXPECT_THAT(cut(" \n ", BodyForm::kJson), IsEmpty());
}

TEST(SplitJson, TakesASingleObjectAsOneRecord) {
  EXPECT_THAT(cut("\n{\"a\":[1,2]}\n", BodyForm::kJson), ElementsAre("{\"a\":[1,2]}"));
}

TEST(SplitJson, IsNotFooledByBracketsAndQuotesInsideStrings) {
  EXPECT_THAT(cut(R"([{"a":"],[\"{"},{"b":"\\"},{"c":"]"}])", BodyForm::kJson),
              ElementsAre(R"({"a":"],[\"{"})", R"({"b":"\\"})", R"({"c":"]"})"));
}

TEST(SplitJson, KeepsAMalformedArrayWholeForTheDeadLetters) {
  for (const std::string body : {"[{\"a\":1}", "[{\"a\":1},]", "[,1]", "[1,,2]", "[1]2", "[1}", "[\"a", "[{\"a\":1}]]", "[1,2]}", "["}) {
    EXPECT_THAT(cut(body, BodyForm::kJson), ElementsAre(body)) << body;
  }
}

TEST(SplitJson, SurvivesAMillionOpenBrackets) {
  const std::string body(1'000'000, '[');
  EXPECT_EQ(split_body(body, BodyForm::kJson).size(), 1U);
}

TEST(SplitJson, NeverLeavesTheBodyWhateverTheBytes) {
  test::for_each_seed(200, [](std::uint64_t seed) {
    static constexpr std::string_view kAlphabet = "[]{},\"\\ \n1a";
    std::string body = "[";
    std::uint64_t x = seed;
    for (int i = 0; i < 60; ++i) {
      x = x * 6364136223846793005ULL + 1442695040888963407ULL;
      body += kAlphabet[(x >> 33) % kAlphabet.size()];
    }
    for (const BodyForm form : {BodyForm::kJson, BodyForm::kLines}) {
      std::size_t end = 0;
      for (const BodySlice& slice : split_body(body, form)) {
        EXPECT_GE(slice.begin, end);
        EXPECT_GT(slice.size, 0U);
        end = slice.begin + slice.size;
      }
      EXPECT_LE(end, body.size());
    }
  });
}

}  // namespace
}  // namespace brushwatch
