#include "connectors/http/events_route.h"

#include <fmt/format.h>

namespace brushwatch {
namespace {

/// A queue that is full now drains at hundreds of thousands of events a second: one second is already polite.
constexpr int kRetryAfterSeconds = 1;

BodyForm form_of(const std::string& content_type) {
  const bool lines = content_type == "application/x-ndjson" || content_type == "application/ndjson" ||
                     content_type == "application/jsonl";
  return lines ? BodyForm::kLines : BodyForm::kJson;
}

/// What the decoder needs to know to read one record of the body.
std::vector<std::pair<std::string, std::string>> record_headers(const HttpRequest& request, bool single) {
  std::vector<std::pair<std::string, std::string>> out;
  const bool batch = request.content_type == "application/cloudevents-batch+json";
  const bool structured = batch || request.content_type == "application/cloudevents+json";
  out.emplace_back("content-type", structured ? "application/cloudevents+json" : "application/json");
  if (structured || !single) return out;
  // Binary mode (CloudEvents HTTP binding §3.1): attributes are ce-* headers; the Kafka spelling ce_* is the one the decoder
  // knows. Only for a single record: an id cannot belong to many events.
  for (const auto& [name, value] : request.headers) {
    if (name.rfind("ce-", 0) == 0) out.emplace_back("ce_" + name.substr(3), value);
  }
  return out;
}

HttpReply refusal(const Error& error, const std::string& trace_id) {
  switch (error.code) {
    case ErrorCode::kBackpressure: {
      HttpReply reply = problem(429, "backpressure", "the event queue is full; nothing of this request was kept", trace_id);
      reply.retry_after_s = kRetryAfterSeconds;
      return reply;
    }
    case ErrorCode::kQuotaExceeded: {
      HttpReply reply = problem(429, "quota_exceeded", "the quota of this source is used up; nothing of this request was kept", trace_id);
      reply.retry_after_s = static_cast<int>((error.number + 999) / 1'000);  // the bucket is open then, not before
      return reply;
    }
    case ErrorCode::kTooLarge:
      return problem(413, "too_large", "more records than the event queue holds; send smaller batches", trace_id);
    case ErrorCode::kNotReady: {
      HttpReply reply = problem(503, "state_restoring", "the service is starting; nothing of this request was kept", trace_id);
      reply.retry_after_s = kRetryAfterSeconds;
      return reply;
    }
    default: {
      HttpReply reply = problem(503, "draining", "the service is stopping; nothing of this request was kept", trace_id);
      reply.retry_after_s = kRetryAfterSeconds;
      return reply;
    }
  }
}

}  // namespace

const std::vector<std::string>& events_content_types() {
  static const std::vector<std::string> types = {"application/x-ndjson",         "application/ndjson",
                                                 "application/jsonl",            "application/json",
                                                 "application/cloudevents+json", "application/cloudevents-batch+json"};
  return types;
}

HttpHandler make_events_handler(HttpSource& source, std::function<RecordHeaders(const HttpRequest&)> more) {
  return [&source, more = std::move(more)](HttpRequest request, const HttpDone& done) {
    HttpBatch batch;
    batch.records = split_body(request.body, form_of(request.content_type));
    if (batch.records.empty()) {
      done(problem(400, "empty_record", "the body holds no record", request.trace_id, {{"", "no record"}}));
      return;
    }
    batch.headers = record_headers(request, batch.records.size() == 1);
    if (more) {
      for (auto& header : more(request)) batch.headers.push_back(std::move(header));
    }
    batch.body = std::move(request.body);
    const std::string trace_id = request.trace_id;
    const auto ticket = source.submit(std::move(batch), [done](const SubmitTicket& kept) {
      HttpReply reply;
      reply.status = 202;
      reply.body = fmt::format(R"({{"accepted":{},"first_offset":{}}})", kept.count, kept.first_offset);
      done(std::move(reply));
    });
    if (!ticket) done(refusal(ticket.error(), trace_id));
  };
}

}  // namespace brushwatch
