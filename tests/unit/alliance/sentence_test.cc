#include "alliance/sentence.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

const SentenceValues kValues{{12, 1999, -5, 0}, 12500, 3142, 1000, 87, "taobao:S-9"};

TEST(Sentence, FillsEveryPlaceholder) {
  EXPECT_EQ(render_sentence("{s}: {n} orders in {0} minutes, {v} against {b} (limit {t})", kValues),
            "taobao:S-9: 87 orders in 12 minutes, 12.5 against 3.142 (limit 1)");
  EXPECT_EQ(render_sentence("{s}在{0}分钟内{n}单", kValues), "taobao:S-9在12分钟内87单");
}

TEST(Sentence, DividesFenIntoYuanWithTwoDigits) {
  EXPECT_EQ(render_sentence("{1/100} yuan", kValues), "19.99 yuan");
  EXPECT_EQ(render_sentence("{2/100} yuan", kValues), "-0.05 yuan");
  EXPECT_EQ(render_sentence("{3/100} yuan", kValues), "0.00 yuan");
  EXPECT_EQ(render_sentence("{v/10}", kValues), "1.25");
}

TEST(Sentence, FormatsTheEndsOfTheRange) {
  EXPECT_EQ(format_fixed(INT64_MIN, 3, true), "-9223372036854775.808");
  EXPECT_EQ(format_fixed(INT64_MAX, 0, false), "9223372036854775807");
  EXPECT_EQ(format_fixed(-1, 3, true), "-0.001");
  EXPECT_EQ(format_fixed(1000, 3, true), "1");
  EXPECT_EQ(format_fixed(1000, 3, false), "1.000");
}

TEST(Sentence, RefusesFaultyTemplates) {
  const auto valid = [](std::string_view en, std::string_view zh) {
    return validate_reason({1, "k", en, zh}).has_value();
  };
  EXPECT_TRUE(valid("{0} and {v}", "{v}和{0}"));
  EXPECT_TRUE(valid("{s} sold {n}", "售出{n}")) << "the subject may be left out in one language";
  for (const std::string_view faulty : {"{", "}", "{0", "0}", "{}", "{4}", "{x}", "{0/}", "{0/7}", "{0/1}",
                                        "{0/10000000}", "{s/10}", "{00}", "{{0}}"}) {
    EXPECT_FALSE(valid(faulty, faulty)) << faulty;
  }
  EXPECT_FALSE(valid("{0}", "{1}")) << "both languages must tell the same numbers";
  EXPECT_FALSE(valid("", "文"));
  EXPECT_FALSE(valid("text", ""));
  EXPECT_FALSE(validate_reason({1, "", "a", "b"}));
}

TEST(Sentence, ValidatesAListOfDetectors) {
  static constexpr ReasonText kGood[] = {{1, "a.one", "{n}", "{n}"}, {2, "a.two", "{v}", "{v}"}};
  static constexpr ReasonText kTwice[] = {{1, "b.one", "{n}", "{n}"}};
  const DetectorInfo shop{.number = 1, .name = "a", .part = "shop", .reasons = kGood};
  const DetectorInfo parcel{.number = 1, .name = "a", .part = "parcel", .reasons = kGood};
  const DetectorInfo clash{.number = 1, .name = "a", .part = "party", .reasons = kTwice};
  const DetectorInfo other{.number = 2, .name = "b", .part = "shop", .reasons = kTwice};
  const DetectorInfo* good[] = {&shop, &parcel, &other};
  EXPECT_TRUE(validate_reasons(good)) << "parts may share one table, numbers have their own codes";
  const DetectorInfo* bad[] = {&shop, &clash};
  const auto result = validate_reasons(bad);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().context, "b.one");
}

}  // namespace
}  // namespace brushwatch
