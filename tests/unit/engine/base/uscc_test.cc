#include "engine/base/uscc.h"

#include <gtest/gtest.h>

#include <string>

namespace brushwatch {
namespace {

TEST(CreditCode, TheVectorsOfTheStandardAndOfRealFirmsHold) {
  for (const char* code : {"91350100M000100Y43", "91512081MA62K0260E", "91440300708461136T", "9144030071526726XG", "91610131MA6U1B2C12",
                           "92610104MA7H0K3L05", "91610800220520040L", "93610881MA70K3XQXU", "916101000000000005"}) {
    EXPECT_TRUE(uscc_valid(code)) << code;
    EXPECT_TRUE(organisation_valid(code)) << code;
  }
  const std::pair<const char*, char> wrong[] = {
      {"91350100M000100Y4Z", '3'}, {"91310115MA1G4L1WXK", '7'}, {"91350211M0000XUF46", 'R'}, {"91350100M0001TGQXM", '1'}};
  for (const auto& [code, want] : wrong) {
    EXPECT_FALSE(uscc_valid(code)) << code;
    EXPECT_EQ(uscc_check(std::string_view(code).substr(0, 17)), want) << code;
  }
}

TEST(CreditCode, NoSingleSubstitutionAndNoAdjacentSwapPasses) {
  const std::string base = "91350100M000100Y43";
  for (std::size_t i = 0; i < base.size(); ++i) {
    for (const char c : std::string("0123456789ABCDEFGHJKLMNPQRTUWXY")) {
      if (c == base[i]) continue;
      std::string other = base;
      other[i] = c;
      EXPECT_FALSE(uscc_valid(other)) << other;
    }
    if (i + 1 < base.size() && base[i] != base[i + 1]) {
      std::string other = base;
      std::swap(other[i], other[i + 1]);
      EXPECT_FALSE(uscc_valid(other)) << other;
    }
  }
}

}  // namespace
}  // namespace brushwatch
