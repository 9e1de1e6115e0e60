#include "doors/token.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "engine/crypto/bytes.h"
#include "engine/crypto/signing_key.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch::doors {
namespace {

using test::TempDir;

constexpr const char* kIssuer = "https://id.example";

/// An identity provider with one Ed25519 and one RSA key.
struct Provider {
  SigningKey ed = SigningKey::generate();
  EVP_PKEY* rsa = EVP_RSA_gen(2048);
  ~Provider() { EVP_PKEY_free(rsa); }
  [[nodiscard]] std::string number(const char* name) const {
    BIGNUM* n = nullptr;
    EVP_PKEY_get_bn_param(rsa, name, &n);
    std::string out(static_cast<std::size_t>(BN_num_bytes(n)), '\0');
    BN_bn2bin(n, reinterpret_cast<unsigned char*>(out.data()));
    BN_free(n);
    return out;
  }
  [[nodiscard]] std::string jwks(const std::string& ed_kid = "ed") const {
    return R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":")" + ed_kid + R"(","use":"sig","x":")" + to_base64url(ed.public_key()) +
           R"("},{"kty":"RSA","kid":"rsa","alg":"RS256","n":")" + to_base64url(number(OSSL_PKEY_PARAM_RSA_N)) + R"(","e":")" +
           to_base64url(number(OSSL_PKEY_PARAM_RSA_E)) + R"("},{"kty":"oct","kid":"secret","k":"AAAA"}]})";
  }
  [[nodiscard]] std::string token(const std::string& claims, const std::string& header = R"({"alg":"EdDSA","kid":"ed"})") const {
    const std::string input = to_base64url(header) + "." + to_base64url(claims);
    return input + "." + to_base64url(ed.sign(input));
  }
  [[nodiscard]] std::string rsa_token(const std::string& claims) const {
    const std::string input = to_base64url(R"({"alg":"RS256","kid":"rsa","typ":"at+jwt"})") + "." + to_base64url(claims);
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    std::size_t n = 0;
    EVP_DigestSignInit(ctx, nullptr, EVP_sha256(), nullptr, rsa);
    const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
    EVP_DigestSign(ctx, nullptr, &n, bytes, input.size());
    std::string out(n, '\0');
    EVP_DigestSign(ctx, reinterpret_cast<unsigned char*>(out.data()), &n, bytes, input.size());
    EVP_MD_CTX_free(ctx);
    return input + "." + to_base64url(out.substr(0, n));
  }
};

struct Tokens : ::testing::Test {
  TempDir dir;
  Provider provider;
  ManualClock clock{EventTime{1'800'000'000'000}};
  std::unique_ptr<TokenAuthenticator> door;
  void SetUp() override {
    test::write_file(dir.path("jwks.json"), provider.jwks());
    auto opened = TokenAuthenticator::open({dir.path("jwks.json"), kIssuer, "brushwatch"}, clock);
    ASSERT_TRUE(opened) << opened.error().message();
    door = std::move(*opened);
  }
  static std::string claims(const std::string& more = R"("brushwatch_role":"analyst")", const std::string& times = R"("exp":1800000300)",
                            const std::string& who = R"("iss":"https://id.example","aud":"brushwatch","sub":"an-7")") {
    return "{" + who + "," + times + "," + more + "}";
  }
};
using TokenTest = Tokens;

TEST_F(TokenTest, TakesWhatTheProviderSigned) {
  const auto who = door->check(provider.token(claims()));
  ASSERT_TRUE(who);
  EXPECT_EQ(who->role, Role::kAnalyst);
  EXPECT_EQ(who->name, "an-7");
  const auto platform = door->check(provider.rsa_token(claims(R"("brushwatch_role":"platform","brushwatch_party":"taobao")")));
  ASSERT_TRUE(platform);
  EXPECT_EQ(platform->party, "taobao");
  EXPECT_TRUE(door->check(provider.token(claims(R"("brushwatch_role":"auditor")", R"("exp":1800000300)", R"("iss":"https://id.example","aud":["x","brushwatch"],"sub":"a")"))));
}

TEST_F(TokenTest, RefusesEveryOther) {
  const auto refused = [&](const std::string& token, const char* why) { EXPECT_FALSE(door->check(token)) << why; };
  refused("", "nothing");
  refused("a.b", "two parts");
  refused(provider.token(claims()) + ".x", "four parts");
  refused(provider.token(claims()) + "=", "padding");
  refused(std::string(9000, 'a'), "too long");
  refused(provider.token(claims(R"("brushwatch_role":"king")")), "no such role");
  refused(provider.token(claims(R"("brushwatch_role":"public")")), "the public has no token");
  refused(provider.token(claims(R"("x":1)")), "no role");
  refused(provider.token(claims(R"("brushwatch_role":"platform")")), "a platform without a name");
  refused(provider.token(claims(R"("brushwatch_role":"analyst")", R"("iat":1)")), "no end");
  refused(provider.token(claims(R"("brushwatch_role":"analyst")", R"("exp":1799999939)")), "over for more than a minute");
  refused(provider.token(claims(R"("brushwatch_role":"analyst")", R"("exp":"soon")")), "an end that is no number");
  refused(provider.token(claims(R"("brushwatch_role":"analyst")", R"("exp":1800000300,"nbf":1800000061)")), "not yet");
  refused(provider.token(claims(R"("brushwatch_role":"analyst")", R"("exp":1800000300)", R"("iss":"https://evil.example","aud":"brushwatch","sub":"a")")), "another issuer");
  refused(provider.token(claims(R"("brushwatch_role":"analyst")", R"("exp":1800000300)", R"("iss":"https://id.example","aud":"other","sub":"a")")), "another audience");
  refused(provider.token(claims(R"("brushwatch_role":"analyst")", R"("exp":1800000300)", R"("iss":"https://id.example","sub":"a")")), "no audience");
  refused(provider.token(claims(R"("brushwatch_role":"analyst")", R"("exp":1800000300)", R"("iss":"https://id.example","aud":"brushwatch","sub":"")")), "nobody");
  refused(provider.token(claims(), R"({"alg":"none","kid":"ed"})"), "alg none");
  refused(provider.token(claims(), R"({"alg":"HS256","kid":"ed"})"), "another alg for the key");
  refused(provider.token(claims(), R"({"alg":"RS256","kid":"ed"})"), "another alg for the key");
  refused(provider.token(claims(), R"({"alg":"EdDSA","kid":"rsa"})"), "another key");
  refused(provider.token(claims(), R"({"alg":"EdDSA"})"), "no key");
  refused(provider.token(claims(), R"({"alg":"EdDSA","kid":"ed","crit":["x"]})"), "what must be understood");
  refused(provider.token("[]"), "no object");
  refused(to_base64url(R"({"alg":"none"})") + "." + to_base64url(claims()) + ".", "unsigned");
  Provider stranger;
  refused(stranger.token(claims()), "signed by somebody else");
  std::string bent = provider.token(claims());
  bent[bent.find('.') + 5] = bent[bent.find('.') + 5] == 'A' ? 'B' : 'A';
  refused(bent, "a claim changed");
}

TEST_F(TokenTest, ForgetsATokenAtItsEndThoughItWasKnown) {
  const std::string token = provider.token(claims());
  EXPECT_TRUE(door->check(token));
  clock.advance(300'000 + 59'000);
  EXPECT_TRUE(door->check(token)) << "within a minute of clock difference";
  clock.advance(2'000);
  EXPECT_FALSE(door->check(token));
  EXPECT_FALSE(door->check(token));
}

TEST_F(TokenTest, LearnsANewKeyOfTheProvider) {
  test::write_file(dir.path("jwks.json"), provider.jwks("ed-2"));
  const std::string token = provider.token(claims(), R"({"alg":"EdDSA","kid":"ed-2"})");
  EXPECT_FALSE(door->check(token)) << "not before ten seconds: a stranger must not make it read the file all day";
  clock.advance(11'000);
  EXPECT_TRUE(door->check(token));
  test::write_file(dir.path("jwks.json"), "garbage");
  clock.advance(11'000);
  EXPECT_FALSE(door->check(provider.token(claims(), R"({"alg":"EdDSA","kid":"ed-3"})")));
  EXPECT_TRUE(door->check(provider.token(claims(R"("brushwatch_role":"senior")"), R"({"alg":"EdDSA","kid":"ed-2"})"))) << "the old keys stay";
}

TEST_F(TokenTest, ReadsOneAuthorizationHeader) {
  const auto with = [&](std::vector<std::string> values) {
    HttpRequest request;
    for (std::string& v : values) request.headers.emplace_back("authorization", std::move(v));
    return door->identify(request);
  };
  const std::string token = provider.token(claims());
  EXPECT_TRUE(with({"Bearer " + token}).who);
  EXPECT_TRUE(with({"bearer " + token}).who);
  EXPECT_EQ(with({}).error, "");
  EXPECT_EQ(with({"Basic abc"}).error, "invalid_request");
  EXPECT_EQ(with({"Bearer"}).error, "invalid_request");
  EXPECT_EQ(with({"Bearer x"}).error, "invalid_token");
  EXPECT_EQ(with({"Bearer " + token, "Bearer " + token}).error, "invalid_request");
}

TEST(Jwks, SaysWhatIsWrong) {
  EXPECT_EQ(read_jwks("[]").error().code, ErrorCode::kNotJson);
  EXPECT_EQ(read_jwks("{}").error().code, ErrorCode::kMissingField);
  EXPECT_EQ(read_jwks(R"({"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]})").error().code, ErrorCode::kMissingField);
  EXPECT_EQ(read_jwks(R"({"keys":[{"kty":"RSA","kid":"weak","n":"AQAB","e":"AQAB"}]})").error().code, ErrorCode::kUnsupported);
  ManualClock clock;
  EXPECT_EQ(TokenAuthenticator::open({"/nowhere", "i", "a"}, clock).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace brushwatch::doors
