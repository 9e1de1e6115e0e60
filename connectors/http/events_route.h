#pragma once
/// POST /api/v1/events: from a request body to records of an HttpSource, and from durability to the reply.

#include <functional>

#include "connectors/http/http_source.h"
#include "connectors/http/server.h"

namespace brushwatch {

/// Media types that the route takes: NDJSON, JSON (array or one object), CloudEvents structured and batch.
const std::vector<std::string>& events_content_types();

/// Answers 202 {"accepted":n,"first_offset":k} once the ledger holds the batch durably; 400 when there is no record in the
/// body, 413 when it can never fit, 429 with Retry-After on backpressure and beyond the quota, 503 when the source is
/// closed or does not know its position yet.
/// A CloudEvent in binary mode (ce-* headers, one object) keeps its attributes as ce_* record headers.
/// `source` must outlive the server that runs the handler. `more` gives further headers for the records of a request.
using RecordHeaders = std::vector<std::pair<std::string, std::string>>;
HttpHandler make_events_handler(HttpSource& source, std::function<RecordHeaders(const HttpRequest&)> more = {});

}  // namespace brushwatch
