#include "connectors/webhook/webhook_signature.h"

#include <gtest/gtest.h>

#include "engine/base/base64.h"

namespace brushwatch {
namespace {

// The messages and keys of the reference libraries' own tests (standard-webhooks, libraries/go).
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek", kBody = R"({"test": 2432232314})";
constexpr std::int64_t kAt = 1614265330;
constexpr std::string_view kSecretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kV1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr std::string_view kSeedText = "VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=";
constexpr std::string_view kV1a = "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==";

SigningKey published_key() { return std::move(*SigningKey::from_seed(*from_base64(kSeedText))); }

TEST(WebhookSignature, IsThePublishedOneOfBothSchemes) {
  EXPECT_EQ(webhook_signature_v1(*webhook_secret_from_text(kSecretText), kId, kAt, kBody), kV1);
  EXPECT_EQ(webhook_signature_v1a(published_key(), kId, kAt, kBody), kV1a);
}

TEST(WebhookSignature, HoldsForTheReceiverOfEitherScheme) {
  const std::string at = std::to_string(kAt);
  EXPECT_TRUE(webhook_holds(kSecretText, kId, at, kV1, kBody, kAt));
  const std::string whpk = webhook_public_text(published_key().public_key());
  EXPECT_TRUE(webhook_holds(whpk, kId, at, kV1a, kBody, kAt));
  // Any one of several signatures will do; unknown schemes and broken ones are passed over.
  const std::string many = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,xxxx v1a,broken " + std::string(kV1a) + " " + std::string(kV1);
  EXPECT_TRUE(webhook_holds(kSecretText, kId, at, many, kBody, kAt));
  EXPECT_TRUE(webhook_holds(whpk, kId, at, many, kBody, kAt));
  EXPECT_FALSE(webhook_holds(kSecretText, kId, at, kV1a, kBody, kAt)) << "a secret is no public key";
}

TEST(WebhookSignature, FallsWithEveryChangedBitOfTheMessage) {
  const std::string at = std::to_string(kAt), whpk = webhook_public_text(published_key().public_key());
  for (const auto& [key, signature] : {std::pair{std::string(kSecretText), kV1}, std::pair{whpk, kV1a}}) {
    for (std::size_t bit = 0; bit < kBody.size() * 8; ++bit) {
      std::string body(kBody);
      body[bit / 8] = static_cast<char>(body[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_FALSE(webhook_holds(key, kId, at, signature, body, kAt));
    }
    EXPECT_FALSE(webhook_holds(key, "msg_other", at, signature, kBody, kAt));
    EXPECT_FALSE(webhook_holds(key, kId, std::to_string(kAt + 1), signature, kBody, kAt));
    EXPECT_FALSE(webhook_holds(key, kId, at + "x", signature, kBody, kAt));
    EXPECT_FALSE(webhook_holds(key, "", at, signature, kBody, kAt));
    EXPECT_FALSE(webhook_holds(key, kId, at, "", kBody, kAt));
    EXPECT_FALSE(webhook_holds(key, kId, at, signature, kBody, kAt + kWebhookToleranceS + 1)) << "an old message played again";
    EXPECT_FALSE(webhook_holds(key, kId, at, signature, kBody, kAt - kWebhookToleranceS - 1));
    EXPECT_TRUE(webhook_holds(key, kId, at, signature, kBody, kAt + kWebhookToleranceS));
  }
}

TEST(WebhookSignature, IsMadeByEveryKeyOfARotation) {
  const WebhookKeys old = make_webhook_keys(), fresh = make_webhook_keys();
  const SigningKey old_pair = *SigningKey::from_seed(old.seed), fresh_pair = *SigningKey::from_seed(fresh.seed);
  const std::string both = webhook_signatures({{fresh.secret, &fresh_pair}, {old.secret, &old_pair}}, kId, kAt, kBody);
  for (const WebhookKeys& keys : {old, fresh}) {
    EXPECT_TRUE(webhook_holds(webhook_secret_text(keys.secret), kId, std::to_string(kAt), both, kBody, kAt));
    EXPECT_TRUE(webhook_holds(webhook_public_text(SigningKey::from_seed(keys.seed)->public_key()), kId, std::to_string(kAt), both, kBody, kAt));
  }
  const std::string one = webhook_signatures({{fresh.secret, &fresh_pair}}, kId, kAt, kBody);
  EXPECT_FALSE(webhook_holds(webhook_secret_text(old.secret), kId, std::to_string(kAt), one, kBody, kAt));
}

TEST(WebhookSignature, TakesKeysInTheirOneSpelling) {
  EXPECT_EQ(*webhook_secret_from_text(webhook_secret_text(std::string(32, 'k'))), std::string(32, 'k'));
  for (const char* text : {"", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!"}) EXPECT_FALSE(webhook_secret_from_text(text)) << text;
  EXPECT_FALSE(webhook_public_from_text("whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")) << "24 bytes are no Ed25519 key";
}

}  // namespace
}  // namespace brushwatch
