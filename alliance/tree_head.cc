#include "alliance/tree_head.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>

#include "alliance/json_member.h"
#include "engine/base/base64.h"
#include "engine/crypto/public_key.h"

namespace brushwatch {
namespace {

/// A path of a tree of 2^63 entries; a consistency proof has one hash more.
constexpr std::size_t kPathMost = 64;

std::string signed_text(const TreeHead& head) { return fmt::format("brushwatch/v1/tree/{}/{}/{}", head.tree, head.size, to_hex(head.root)); }
tl::unexpected<Error> bad(std::string_view why) { return fail(ErrorCode::kLogCorrupt, why); }

std::optional<std::uint64_t> number_of(const rapidjson::Value& object, const char* name) {
  const auto it = object.FindMember(name);
  return it != object.MemberEnd() && it->value.IsUint64() ? std::optional(it->value.GetUint64()) : std::nullopt;
}
bool hash_of(const rapidjson::Value& object, const char* name, Digest& out) { return from_hex(text_of(object, name), out); }

/// "public/alliance/3": small letters, digits and two slashes, so that no name can reach into the rest of the signed text.
bool is_tree_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '/'; };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), plain) && std::count(name.begin(), name.end(), '/') == 2;
}

Result<TreeHead> head_of(const rapidjson::Value& json) {
  if (!json.IsObject()) return bad("a tree head is an object");
  TreeHead head;
  head.tree = text_of(json, "tree");
  if (!is_tree_name(head.tree)) return bad("a tree head names its tree");
  const auto size = number_of(json, "size");
  if (!size || !hash_of(json, "root", head.root)) return bad("a tree head has a size and a root");
  head.size = *size;
  head.key_id = text_of(json, "key");
  if (json.HasMember("key") != json.HasMember("signature")) return bad("a signature names its key");
  if (json.HasMember("signature")) {
    const auto signature = from_base64(text_of(json, "signature"));
    if (!signature || signature->size() != kSignatureBytes) return bad("a signature has 64 bytes");
    head.signature = *signature;
  }
  return head;
}

Result<void> parse(std::string_view text, rapidjson::Document& json) {
  json.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (json.HasParseError() || !json.IsObject()) return bad("not a JSON object");
  return {};
}

}  // namespace

std::string tree_name(std::string_view log, Stage stage, std::uint32_t partition) { return fmt::format("{}/{}/{}", log, stage_name(stage), partition); }

TreeHead make_tree_head(std::string tree, const MerkleTree& entries, std::uint64_t size, const SigningKey* key) {
  TreeHead head{std::move(tree), size, entries.root(size), {}, {}};
  if (key != nullptr) {
    head.key_id = key_id(key->public_key());
    head.signature = key->sign(signed_text(head));
  }
  return head;
}

bool signed_by_any(const TreeHead& head, const std::vector<std::string>& public_keys) {
  return std::any_of(public_keys.begin(), public_keys.end(), [&](const std::string& bytes) {
    if (key_id(bytes) != head.key_id) return false;
    const auto key = PublicKey::ed25519(bytes);
    return key && key->verifies(signed_text(head), head.signature);
  });
}

bool TreeProof::holds() const {
  return from_size ? merkle_consistent(*from_size, head.size, from_root, head.root, path) : merkle_includes(leaf, index, head.size, path, head.root);
}

TreeProof prove_inclusion(const MerkleTree& entries, std::uint64_t index, TreeHead head) {
  TreeProof proof;
  proof.index = index;
  proof.leaf = entries.leaf(index);
  proof.path = entries.inclusion(index, head.size);
  proof.head = std::move(head);
  return proof;
}

TreeProof prove_consistency(const MerkleTree& entries, std::uint64_t from, TreeHead head) {
  TreeProof proof;
  proof.from_size = from;
  proof.from_root = entries.root(from);
  proof.path = entries.consistency(from, head.size);
  proof.head = std::move(head);
  return proof;
}

std::string to_json(const TreeHead& head) {
  std::string out = fmt::format(R"({{"tree":"{}","size":{},"root":"{}")", head.tree, head.size, to_hex(head.root));
  if (!head.signature.empty()) out += fmt::format(R"(,"key":"{}","signature":"{}")", head.key_id, to_base64(head.signature));
  return out + "}";
}

std::string to_json(const TreeProof& proof) {
  std::string out = proof.from_size ? fmt::format(R"({{"proof":"consistency","from":{{"size":{},"root":"{}"}})", *proof.from_size, to_hex(proof.from_root))
                                    : fmt::format(R"({{"proof":"inclusion","index":{},"leaf":"{}")", proof.index, to_hex(proof.leaf));
  out += ",\"path\":[";
  for (std::size_t i = 0; i < proof.path.size(); ++i) out += fmt::format("{}\"{}\"", i == 0 ? "" : ",", to_hex(proof.path[i]));
  return out + "],\"head\":" + to_json(proof.head) + "}";
}

Result<TreeHead> parse_tree_head(std::string_view text) {
  rapidjson::Document json;
  BW_TRY(parse(text, json));
  return head_of(json);
}

Result<TreeProof> parse_tree_proof(std::string_view text) {
  rapidjson::Document json;
  BW_TRY(parse(text, json));
  TreeProof proof;
  const std::string_view kind = text_of(json, "proof");
  if (kind == "inclusion") {
    const auto index = number_of(json, "index");
    if (!index || !hash_of(json, "leaf", proof.leaf)) return bad("a proof of inclusion has an index and a leaf");
    proof.index = *index;
  } else if (kind == "consistency") {
    const auto from = json.FindMember("from");
    if (from == json.MemberEnd() || !from->value.IsObject() || !hash_of(from->value, "root", proof.from_root)) return bad("a proof of consistency names the older tree");
    proof.from_size = number_of(from->value, "size");
    if (!proof.from_size) return bad("a proof of consistency names the older tree");
  } else {
    return bad("a proof is one of inclusion or of consistency");
  }
  const auto path = json.FindMember("path");
  if (path == json.MemberEnd() || !path->value.IsArray() || path->value.Size() > kPathMost) return bad("a proof has a path");
  for (const auto& hash : path->value.GetArray()) {
    Digest digest{};
    if (!hash.IsString() || !from_hex({hash.GetString(), hash.GetStringLength()}, digest)) return bad("a path is made of hashes");
    proof.path.push_back(digest);
  }
  const auto head = json.FindMember("head");
  if (head == json.MemberEnd()) return bad("a proof has a head");
  BW_ASSIGN(proof.head, head_of(head->value));
  return proof;
}

}  // namespace brushwatch
