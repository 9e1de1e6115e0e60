#pragma once
/// One request over HTTP: for commands that talk to a running instance. No redirects, one request a call.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace brushwatch {

/// Address of an instance as people write it: "127.0.0.1:8080", "http://host:8080", "https://host:8443", "host" (port 8080).
struct HttpAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  bool tls = false;
  std::string ca;                ///< PEM of whom to believe; "" = the system's authorities
  std::string certificate, key;  ///< PEM of what to show; "" = nothing
};
/// Errors: kConfigRange when it reads like none.
Result<HttpAddress> parse_http_address(const std::string& text);

struct HttpAnswer {
  int status = 0;
  std::string body;
};
/// Whatever is answered. `headers` hold no line breaks. Errors: kIo (nobody answers, or not within `timeout_ms`; retry); kConfigRange for
/// a file of TLS that cannot be used.
Result<HttpAnswer> http_call(const HttpAddress& address, const std::string& method, const std::string& path,
                             const std::vector<std::pair<std::string, std::string>>& headers, const std::string& body, int timeout_ms);
/// The body of a 200. Errors: kIo (nobody answers, or not within `timeout_ms`; retry), kNotFound (the status is another one).
Result<std::string> http_get(const HttpAddress& address, const std::string& path, int timeout_ms);

}  // namespace brushwatch
