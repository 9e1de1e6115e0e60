#include "simulate/uscc.h"

namespace brushwatch::simulate {
namespace {

TEST(Uscc, CheckDigitsHoldOnTheStandardsExamples) {
  for (const std::string_view code : {"91350100M000100Y43", "91512081MA62K0260E", "91440300708461136T", "9144030071526726XG"}) {
    EXPECT_EQ(uscc_check(code.substr(0, 17)), code[17]) << code;
    EXPECT_EQ(organisation_check(code.substr(8, 8)), code[16]) << code;
  }
}

TEST(Uscc, RefusesLettersOutsideTheAlphabet) { EXPECT_EQ(uscc_check("9135010OM000100Y4"), '?'); }

TEST(Uscc, SyntheticCodesPassBothChecks) {
  Chance chance(1);
  for (int i = 0; i < 200; ++i) {
    const std::string code = synthetic_uscc(610113, chance);
    ASSERT_EQ(code.size(), 18U);
    EXPECT_EQ(code.substr(2, 6), "610113");
    EXPECT_EQ(uscc_check(std::string_view(code).substr(0, 17)), code[17]);
    EXPECT_EQ(organisation_check(std::string_view(code).substr(8, 8)), code[16]);
  }
}

}  // namespace
}  // namespace brushwatch::simulate
