#include "engine/crypto/oprf.h"

#include <gtest/gtest.h>

#include "engine/base/hash.h"
#include "engine/crypto/hmac.h"

namespace brushwatch {
namespace {

std::string hex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  EXPECT_TRUE(from_hex(text, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}));
  return out;
}

// RFC 9497, appendix A.3.1 (P256-SHA256, OPRF mode).
TEST(Oprf, GivesTheVectorsOfTheStandard) {
  const auto key = oprf_derive_key(std::string(32, '\xa3'), "test key");
  ASSERT_TRUE(key);
  EXPECT_EQ(*key, hex("159749d750713afe245d2d39ccfaae8381c53ce92d098a9375ee70739c7ac0bf"));
  const std::string blind = hex("3338fa65ec36e0290022b48eb562889d89dbfa691d1cde91517fa222ed7ad364");
  struct Vector { std::string input, blinded, evaluated, output; };
  const Vector vectors[] = {
      {hex("00"), hex("03723a1e5c09b8b9c18d1dcbca29e8007e95f14f4732d9346d490ffc195110368d"), hex("030de02ffec47a1fd53efcdd1c6faf5bdc270912b8749e783c7ca75bb412958832"),
       hex("a0b34de5fa4c5b6da07e72af73cc507cceeb48981b97b7285fc375345fe495dd")},
      {std::string(17, '\x5a'), hex("03cc1df781f1c2240a64d1c297b3f3d16262ef5d4cf102734882675c26231b0838"),
       hex("03a0395fe3828f2476ffcd1f4fe540e5a8489322d398be3c4e5a869db7fcb7c52c"), hex("c748ca6dd327f0ce85f4ae3a8cd6d4d5390bbb804c9e12dcf94f853fece3dcce")}};
  for (const Vector& v : vectors) {
    const auto blinded = oprf_blind_with(v.input, blind);
    ASSERT_TRUE(blinded);
    EXPECT_EQ(blinded->element, v.blinded);
    const auto evaluated = oprf_evaluate(*key, blinded->element);
    ASSERT_TRUE(evaluated);
    EXPECT_EQ(*evaluated, v.evaluated);
    EXPECT_EQ(*oprf_finalize(v.input, blind, *evaluated), v.output);
    EXPECT_EQ(*oprf_direct(*key, v.input), v.output);
  }
}

TEST(Oprf, IsTheSameForEveryMemberAndHidesTheValue) {
  const auto key = oprf_derive_key(std::string(32, 'k'), "alliance");
  const auto one = oprf_blind("13800138000"), two = oprf_blind("13800138000");
  EXPECT_NE(one->element, two->element) << "what the key holder sees is fresh every time";
  EXPECT_EQ(*oprf_finalize("13800138000", one->blind, *oprf_evaluate(*key, one->element)), *oprf_finalize("13800138000", two->blind, *oprf_evaluate(*key, two->element)));
  EXPECT_NE(*oprf_direct(*key, "13800138000"), *oprf_direct(*key, "13800138001"));
}

TEST(Oprf, RefusesWhatIsNoElementOrScalar) {
  const auto key = oprf_derive_key(std::string(32, 'k'), "");
  const auto blinded = oprf_blind("x");
  for (const std::string& bad : {std::string(), std::string(33, '\0'), std::string(33, '\xff'), "\x02" + std::string(32, '\xff'), blinded->element.substr(1), std::string(1, '\0')})
    EXPECT_FALSE(oprf_evaluate(*key, bad));
  EXPECT_FALSE(oprf_evaluate(std::string(32, '\0'), blinded->element));
  EXPECT_FALSE(oprf_evaluate(std::string(32, '\xff'), blinded->element)) << "beyond the order";
  EXPECT_FALSE(oprf_evaluate("short", blinded->element));
  EXPECT_FALSE(oprf_blind(std::string(70'000, 'x')));
  EXPECT_FALSE(oprf_derive_key("short", ""));
}

// RFC 4231, test cases 1, 2 and 6.
TEST(Hmac, GivesTheVectorsOfTheStandard) {
  EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace brushwatch
