#include "apps/remote.h"

#include <fstream>

#include "alliance/json_member.h"
#include "connectors/http/client.h"

namespace brushwatch::app {
namespace {

/// As long as the server itself lets a request take.
constexpr int kTimeoutMs = 30'000;

}  // namespace

Result<RemoteAnswer> ask_instance(const RemoteOptions& options, const std::string& method, const std::string& path, const std::string& body, const std::string& idempotency_key) {
  BW_ASSIGN(HttpAddress address, parse_http_address(options.address));
  address.ca = options.ca;
  address.certificate = options.certificate;
  address.key = options.key;
  std::vector<std::pair<std::string, std::string>> headers;
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  if (!idempotency_key.empty()) headers.emplace_back("Idempotency-Key", idempotency_key);
  if (!options.token_file.empty()) {
    std::ifstream file(options.token_file);
    std::string token;
    if (!std::getline(file, token) || token.empty()) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "the token's file cannot be read or its first line is empty").in(options.token_file));
    if (token.back() == '\r') token.pop_back();
    headers.emplace_back("Authorization", "Bearer " + token);
  }
  BW_ASSIGN(HttpAnswer answer, http_call(address, method, path, headers, body, kTimeoutMs));
  RemoteAnswer out;
  out.status = answer.status;
  out.text = std::move(answer.body);
  out.json.Parse(out.text.c_str());
  if (out.json.HasParseError()) out.json.SetNull();
  if (out.status < 400) return out;
  std::string why;
  if (out.json.IsObject()) {
    why = std::string(text_of(out.json, "code")) + ": " + std::string(text_of(out.json, "detail"));
    if (out.json.HasMember("errors") && out.json["errors"].IsArray()) {
      for (const auto& e : out.json["errors"].GetArray()) why += "; " + std::string(text_of(e, "pointer")) + " " + std::string(text_of(e, "detail"));
    }
  }
  const ErrorCode code = out.status == 404 ? ErrorCode::kNotFound : out.status < 500 ? ErrorCode::kUsage : ErrorCode::kNotReady;
  return tl::unexpected<Error>(Error(code, "the instance refused", out.status).in(why));
}

}  // namespace brushwatch::app
