#pragma once
/// Posts a body to a URL and says what came back: the outside half of webhooks, with libcurl behind it.
///
/// Guard    every socket is opened by a function of ours that checks the resolved address (public_address.h) and opens it or
///          does not; kept connections were opened through it as well. No redirect, no proxy, no cookie, https only unless the
///          rule says so; certificates are verified.
/// Bound    an answer's body is read up to 64 KiB and thrown away; the caller bounds how many posts run at once.
/// Time     `connect_ms` to connect, `total_ms` for all; the specification asks for 15 to 30 s.
/// Threads  post() from any; `done` is called once a post, on the poster's own thread until stop().

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/webhook/public_address.h"
#include "engine/base/result.h"

namespace brushwatch {

struct WebhookPost {
  std::string url, body;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct WebhookAnswer {
  int status = 0;           ///< 0: there was none, and `error` says why
  std::string_view error;   ///< static word: "address_refused", "timeout", "unresolved", "connection", "tls", "answer_too_large", "stopped"
  int retry_after_s = 0;    ///< of Retry-After in seconds; 0 = not said
};
using WebhookDone = std::function<void(const WebhookAnswer&)>;

class WebhookPoster {
 public:
  virtual ~WebhookPoster() = default;
  virtual void post(WebhookPost post, WebhookDone done) = 0;
  /// Ends what runs; it is answered "stopped", and so is every later post, on its caller's thread. Idempotent.
  virtual void stop() = 0;
};

struct WebhookPosterOptions {
  AddressRule rule = AddressRule::kPublicOnly;
  std::string ca_file;              ///< PEM of the authorities that are believed; "" = the system's
  std::vector<std::string> resolve; ///< names with fixed addresses, "host:port:address"; they are checked like any other
  long connect_ms = 5'000, total_ms = 15'000;
};
/// Errors: kUnsupported when libcurl lacks TLS.
Result<std::unique_ptr<WebhookPoster>> make_webhook_poster(WebhookPosterOptions options);

}  // namespace brushwatch
