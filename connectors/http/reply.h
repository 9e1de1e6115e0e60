#pragma once
/// What a route answers with, and the one shape of every error: application/problem+json (RFC 9457).

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/http/stream.h"

namespace brushwatch {

struct HttpReply {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  int retry_after_s = 0;  ///< > 0 adds Retry-After
  std::vector<std::pair<std::string, std::string>> headers;  ///< further ones, e.g. Allow
  std::shared_ptr<HttpStream> stream;  ///< instead of `body`: written until it ends; the connection ends with it
};

/// One field at fault. `pointer` is a JSON pointer into the request body, "" for the body as a whole.
struct ProblemField {
  std::string pointer;
  std::string detail;
};

/// {type, title, status, detail, code, errors, trace_id}. `code` is stable and snake_case (engine/base/error.h names where one
/// fits); `type` is "urn:brushwatch:problem:<code>", `title` the standard phrase of the status.
/// The detail must never repeat bytes of the request: they may be personal data.
HttpReply problem(unsigned status, std::string_view code, std::string_view detail, std::string_view trace_id,
                  const std::vector<ProblemField>& errors = {});

}  // namespace brushwatch
