#pragma once
/// A member's webhook endpoint as it is kept: whose it is, where it points, what it wants, its keys, and how it fares.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/webhook/webhook_signature.h"
#include "doors/record.h"

namespace brushwatch::doors {

enum class EndpointState : std::uint8_t { kActive, kDisabled };

struct WebhookEndpoint {
  struct KeyEpoch {
    WebhookKeys keys;
    std::int64_t until_ms = 0;  ///< 0: the current one; else it signs beside the current one until then
    std::optional<SigningKey> pair{};  ///< of keys.seed, once it has signed
  };
  std::string id;              ///< "W-" and 16 hex digits
  Principal owner;             ///< what the endpoint is told is what this one may see
  std::string url;
  std::set<Topic> topics;
  EndpointState state = EndpointState::kActive;
  std::string why_disabled;    ///< "asked", "gone" (410), "failing" (for days)
  std::uint64_t version = 1;   ///< counts changes; its ETag
  std::int64_t created_ms = 0;
  std::int64_t failing_since_ms = 0;  ///< first failure since the last success; 0 = none
  std::vector<KeyEpoch> keys;  ///< newest first

  /// What signs now; as long as `keys` stay as they are. Makes the pairs that are not there yet.
  [[nodiscard]] std::vector<WebhookSigner> signers(std::int64_t now_ms);
  /// Who may see and change it: its owner, and whoever speaks for the same platform or carrier.
  [[nodiscard]] bool belongs_to(const Principal& who) const;
};

/// JSON for the store, secrets included; and back. nullopt when it is none.
std::string to_json(const WebhookEndpoint& endpoint);
std::optional<WebhookEndpoint> endpoint_from_json(std::string_view json);

/// What the specification's example gives, in ms after the failure before: nine retries over three days and three hours.
inline constexpr std::int64_t kWebhookRetryMs[] = {5'000,      300'000,    1'800'000,  7'200'000, 18'000'000,
                                                   36'000'000, 50'400'000, 72'000'000, 86'400'000};
inline constexpr std::size_t kWebhookAttemptsMost = std::size(kWebhookRetryMs) + 1;
/// When to try again after `attempts` failures; nullopt: never. `jitter_percent` of the step is added by a chance that only the
/// message, the endpoint and the attempt decide, so that receivers that failed together do not come back together.
std::optional<std::int64_t> webhook_retry_ms(std::size_t attempts, unsigned jitter_percent, std::string_view endpoint, std::string_view message);

}  // namespace brushwatch::doors
