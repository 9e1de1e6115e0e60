#include <gtest/gtest.h>

#include "engine/base/hash.h"
#include "engine/crypto/bytes.h"
#include "engine/crypto/public_key.h"
#include "engine/crypto/signing_key.h"

namespace brushwatch {
namespace {

std::string hex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  EXPECT_TRUE(from_hex(text, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}));
  return out;
}
std::string b64(std::string_view text) {
  const auto out = from_base64url(text);
  EXPECT_TRUE(out) << text;
  return out.value_or("");
}

TEST(Base64Url, HasOneSpelling) {
  EXPECT_EQ(to_base64url("\xff\xfe\xfd"), "__79");
  EXPECT_EQ(to_base64url("a"), "YQ");
  EXPECT_EQ(from_base64url("YQ"), "a");
  EXPECT_EQ(from_base64url(""), "");
  for (const char* bad : {"YQ==", "YR", "Y", "+/79", "Y Q", "YQ\n"}) EXPECT_FALSE(from_base64url(bad)) << bad;
}

TEST(SameSecret, ComparesLengthAndBytes) {
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "ab"));
}

TEST(RandomBytes, AreNotTheSameTwice) {
  EXPECT_EQ(random_bytes(32).size(), 32u);
  EXPECT_NE(random_bytes(32), random_bytes(32));
}

// RFC 8032 §7.1, tests 1 to 3.
TEST(SigningKey, SignsAsTheStandardSays) {
  struct Vector { const char *seed, *key, *message, *signature; };
  const Vector vectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}};
  for (const Vector& v : vectors) {
    const auto key = SigningKey::from_seed(hex(v.seed));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->public_key(), hex(v.key));
    EXPECT_EQ(key->sign(hex(v.message)), hex(v.signature));
    EXPECT_EQ(key->seed(), hex(v.seed));
    EXPECT_TRUE(PublicKey::ed25519(key->public_key())->verifies(hex(v.message), hex(v.signature)));
  }
  EXPECT_FALSE(SigningKey::from_seed("short"));
}

TEST(PublicKey, RefusesWhatWasNotSigned) {
  const SigningKey key = SigningKey::generate(), other = SigningKey::generate();
  const std::string signature = key.sign("message");
  const auto check = PublicKey::ed25519(key.public_key());
  EXPECT_TRUE(check->verifies("message", signature));
  EXPECT_FALSE(check->verifies("messagE", signature));
  EXPECT_FALSE(PublicKey::ed25519(other.public_key())->verifies("message", signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string bent = signature;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_FALSE(check->verifies("message", bent)) << i;
  }
  EXPECT_FALSE(check->verifies("message", signature.substr(1)));
  EXPECT_FALSE(check->verifies("message", ""));
}

// RFC 7515 appendix A.3 and RFC 8037 appendix A.4: the standards' own signatures.
TEST(PublicKey, ChecksTheSignaturesOfTheStandards) {
  const auto p256 = PublicKey::p256(b64("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), b64("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"));
  ASSERT_TRUE(p256);
  const std::string es256 = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const std::string signature = b64("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  EXPECT_TRUE(p256->verifies(es256, signature));
  EXPECT_FALSE(p256->verifies(es256 + "x", signature));
  EXPECT_FALSE(p256->verifies(es256, signature.substr(0, 63)));
  EXPECT_FALSE(p256->verifies(es256, std::string(64, '\0')));
  const auto ed25519 = PublicKey::ed25519(b64("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
  EXPECT_TRUE(ed25519->verifies("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
                                b64("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")));
}

TEST(PublicKey, TakesNoKeyThatIsTooWeakOrNone) {
  EXPECT_FALSE(PublicKey::rsa(std::string(128, '\xff'), "\x01\x00\x01"));
  EXPECT_FALSE(PublicKey::rsa(std::string(4096, '\xff'), "\x01\x00\x01"));
  EXPECT_FALSE(PublicKey::rsa("", ""));
  EXPECT_FALSE(PublicKey::p256(std::string(32, '\1'), std::string(32, '\1'))) << "no point of the curve";
  EXPECT_FALSE(PublicKey::p256("", ""));
  EXPECT_FALSE(PublicKey::ed25519("short"));
}

}  // namespace
}  // namespace brushwatch
