#include "doors/certificate.h"

#include <algorithm>

namespace brushwatch::doors {
namespace {

/// As long as a token's names may be.
constexpr std::size_t kNameMost = 256;
constexpr std::string_view kArrow = " -> ", kDigest = "sha256:";

bool plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMost && std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<CertificateRule> read_certificate_rule(std::string_view line) {
  // The last one: a subject may hold an arrow, a role may not.
  const auto arrow = line.rfind(kArrow);
  if (arrow == std::string_view::npos) return std::nullopt;
  const std::string_view of = trimmed(line.substr(0, arrow));
  std::string_view rest = trimmed(line.substr(arrow + kArrow.size()));
  const auto part = [&rest] {
    const auto colon = std::min(rest.find(':'), rest.size());
    const std::string_view out = rest.substr(0, colon);
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    return out;
  };
  CertificateRule rule;
  const auto role = role_from_name(part());
  if (!role || *role == Role::kPublic) return std::nullopt;
  rule.who.role = *role;
  rule.who.party = part();
  rule.who.name = rest;  // may hold colons
  const bool of_party = *role == Role::kPlatform || *role == Role::kCarrier;
  if (of_party ? !plain_name(rule.who.party) : !rule.who.party.empty()) return std::nullopt;
  if (of.starts_with(kDigest)) {
    rule.digest = of.substr(kDigest.size());
    const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (rule.digest.size() != 64 || !std::all_of(rule.digest.begin(), rule.digest.end(), hex)) return std::nullopt;
  } else {
    rule.subject = of;
    if (!plain_name(rule.subject) || rule.subject.find('=') == std::string::npos) return std::nullopt;
  }
  if (rule.who.name.empty()) rule.who.name = of;
  return plain_name(rule.who.name) ? std::optional(std::move(rule)) : std::nullopt;
}

CertificateAuthenticator::CertificateAuthenticator(const std::vector<CertificateRule>& rules, std::unique_ptr<Authenticator> tokens) : tokens_(std::move(tokens)) {
  for (const CertificateRule& rule : rules) {
    if (rule.digest.empty()) by_subject_.insert_or_assign(rule.subject, rule.who);
    else by_digest_.insert_or_assign(rule.digest, rule.who);
  }
}

Identity CertificateAuthenticator::identify(const HttpRequest& request) {
  const bool token = std::any_of(request.headers.begin(), request.headers.end(), [](const auto& h) { return h.first == "authorization"; });
  if (token) return tokens_ ? tokens_->identify(request) : Identity{std::nullopt, "invalid_token"};
  if (request.peer.subject.empty()) return {};
  if (const auto it = by_digest_.find(request.peer.digest); it != by_digest_.end()) return {it->second, {}};
  if (const auto it = by_subject_.find(request.peer.subject); it != by_subject_.end()) return {it->second, {}};
  return {};
}

}  // namespace brushwatch::doors
