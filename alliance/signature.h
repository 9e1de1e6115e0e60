#pragma once
/// Signatures over chains: who wrote the lines, not only that they hang together. Format: docs/formats/signature.md.
///
/// Signed is the text brushwatch/v1/<output>/<task>/<seq>/<hash>, e.g. brushwatch/v1/alert/subject/3/12/<64 hex>, with Ed25519. The
/// hash covers the line and, by `prev`, all lines before it: one signature speaks for the whole chain up to there. Signatures
/// stand beside the lines (a file FILE.sig, a record header), not in them: whoever replays the ledger gets the same bytes
/// without the key.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "alliance/chain.h"
#include "engine/crypto/public_key.h"
#include "engine/crypto/signing_key.h"

namespace brushwatch {

std::string signed_text(Output output, Stage stage, std::uint32_t partition, std::uint64_t seq, const Digest& hash);

/// A signed place of a chain.
struct SignedHead {
  Output output = Output::kAlert;
  Stage stage = Stage::kIntake;
  std::uint32_t partition = 0;
  std::uint64_t seq = 0;  ///< of the line whose hash it is
  Digest hash{};
  std::string key_id, signature;  ///< 16 hex digits; 64 bytes
};
/// A line of FILE.sig, without newline.
std::string head_line(const SigningKey& key, Output output, const ParsedLine& line);
/// Errors: kLogCorrupt. The signature is not checked.
Result<SignedHead> parse_head(std::string_view line);
/// The record header "brushwatch-signature": "v1a,<key id>,<base64>".
inline constexpr std::string_view kSignatureHeader = "brushwatch-signature";
std::string signature_header(const SigningKey& key, Output output, const ParsedLine& line);

/// Signed places, each checked against the keys that are trusted.
class SignatureBook {
 public:
  /// 32 bytes. Errors: kUnsupported.
  Result<void> trust(std::string_view public_key);
  /// Errors: kLogCorrupt for a head that is none, that names a key that is not trusted, that the key did not sign, or that
  /// contradicts one that is here.
  Result<void> add(std::string_view head_line);
  /// The hash that was signed for this place, if any.
  [[nodiscard]] const Digest* signed_hash(Stage stage, std::uint32_t partition, std::uint64_t seq) const;
  /// The last signed place of a chain, if any.
  [[nodiscard]] std::optional<std::uint64_t> last_signed(Stage stage, std::uint32_t partition) const;
  [[nodiscard]] std::size_t size() const { return size_; }
  struct Chain { Stage stage; std::uint32_t partition; bool operator<(const Chain& o) const { return std::tie(stage, partition) < std::tie(o.stage, o.partition); } };
  [[nodiscard]] std::vector<Chain> chains() const;

 private:
  std::map<std::string, PublicKey> keys_;
  std::map<Chain, std::map<std::uint64_t, Digest>> places_;
  std::size_t size_ = 0;
};

}  // namespace brushwatch
