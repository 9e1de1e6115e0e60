#include "alliance/signature.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <charconv>

#include "alliance/json_member.h"
#include "engine/base/base64.h"

namespace brushwatch {
namespace {

std::string sign(const SigningKey& key, Output output, const ParsedLine& line) {
  return key.sign(signed_text(output, line.stage, line.partition, line.seq, line.hash));
}
tl::unexpected<Error> bad(std::string_view why) { return fail(ErrorCode::kLogCorrupt, why); }

template <class T, std::size_t N, class Name>
std::optional<T> named(Name name_of, std::string_view wanted) {
  for (std::size_t i = 0; i < N; ++i) {
    if (name_of(static_cast<T>(i)) == wanted) return static_cast<T>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string signed_text(Output output, Stage stage, std::uint32_t partition, std::uint64_t seq, const Digest& hash) {
  return fmt::format("brushwatch/v1/{}/{}/{}/{}/{}", output_name(output), stage_name(stage), partition, seq, to_hex(hash));
}

std::string head_line(const SigningKey& key, Output output, const ParsedLine& line) {
  return fmt::format(R"({{"output":"{}","task":"{}/{}","seq":{},"hash":"{}","key":"{}","signature":"{}"}})", output_name(output), stage_name(line.stage),
                     line.partition, line.seq, to_hex(line.hash), key_id(key.public_key()), to_base64(sign(key, output, line)));
}

std::string signature_header(const SigningKey& key, Output output, const ParsedLine& line) {
  return fmt::format("v1a,{},{}", key_id(key.public_key()), to_base64(sign(key, output, line)));
}

Result<SignedHead> parse_head(std::string_view text) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (json.HasParseError() || !json.IsObject() || json.MemberCount() != 6) return bad("a signed head is an object of six members");
  SignedHead head;
  const auto output = named<Output, kOutputs>(output_name, text_of(json, "output"));
  const std::string_view task = text_of(json, "task");
  const std::size_t slash = task.find('/');
  const auto stage = named<Stage, kStages>(stage_name, task.substr(0, slash));
  if (!output || !stage || slash == std::string_view::npos) return bad("a signed head names an output and a task");
  head.output = *output;
  head.stage = *stage;
  const std::string partition(task.substr(slash + 1));
  const auto [end, code] = std::from_chars(partition.data(), partition.data() + partition.size(), head.partition);
  if (code != std::errc{} || end != partition.data() + partition.size()) return bad("a task ends with its partition");
  const auto seq = json.FindMember("seq");
  if (seq == json.MemberEnd() || !seq->value.IsUint64()) return bad("a signed head has a seq");
  head.seq = seq->value.GetUint64();
  if (!from_hex(text_of(json, "hash"), head.hash)) return bad("a signed head has a hash");
  head.key_id = text_of(json, "key");
  const auto signature = from_base64(text_of(json, "signature"));
  if (!signature || signature->size() != kSignatureBytes) return bad("a signature has 64 bytes");
  head.signature = *signature;
  return head;
}

Result<void> SignatureBook::trust(std::string_view public_key) {
  BW_ASSIGN(auto key, PublicKey::ed25519(public_key));
  keys_.insert_or_assign(key_id(public_key), std::move(key));
  return {};
}

Result<void> SignatureBook::add(std::string_view line) {
  BW_ASSIGN(const SignedHead head, parse_head(line));
  const auto key = keys_.find(head.key_id);
  if (key == keys_.end()) return bad("signed with a key that is not trusted");
  if (!key->second.verifies(signed_text(head.output, head.stage, head.partition, head.seq, head.hash), head.signature)) return bad("the signature does not fit");
  const auto [it, fresh] = places_[{head.stage, head.partition}].emplace(head.seq, head.hash);
  if (!fresh && it->second != head.hash) return bad("two histories were signed for one place");
  size_ += fresh ? 1 : 0;
  return {};
}

const Digest* SignatureBook::signed_hash(Stage stage, std::uint32_t partition, std::uint64_t seq) const {
  const auto chain = places_.find({stage, partition});
  if (chain == places_.end()) return nullptr;
  const auto place = chain->second.find(seq);
  return place == chain->second.end() ? nullptr : &place->second;
}

std::optional<std::uint64_t> SignatureBook::last_signed(Stage stage, std::uint32_t partition) const {
  const auto chain = places_.find({stage, partition});
  if (chain == places_.end() || chain->second.empty()) return std::nullopt;
  return chain->second.rbegin()->first;
}

std::vector<SignatureBook::Chain> SignatureBook::chains() const {
  std::vector<Chain> out;
  for (const auto& [chain, places] : places_) out.push_back(chain);
  return out;
}

}  // namespace brushwatch
