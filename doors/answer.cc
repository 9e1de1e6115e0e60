#include "doors/answer.h"

namespace brushwatch::doors {

std::string_view header(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

HttpReply tagged(const HttpRequest& request, std::string body, const std::string& tag) {
  HttpReply reply;
  const std::string quoted = "\"" + tag + "\"";
  reply.headers.emplace_back("ETag", quoted);
  const std::string_view have = header(request, "if-none-match");
  if (have == quoted || have == "*") {
    reply.status = 304;
    reply.content_type.clear();
  } else {
    reply.body = std::move(body);
  }
  return reply;
}

HttpReply not_found(const HttpRequest& request) { return problem(404, "not_found", "there is no such object, or none that you may see", request.trace_id); }

HttpReply unreadable(const HttpRequest& request) {
  HttpReply reply = problem(503, "state_restoring", "the read model cannot be read now", request.trace_id);
  reply.retry_after_s = 1;
  return reply;
}

HttpReply bad_parameter(const HttpRequest& request, const Query& query) {
  return problem(400, "bad_parameter", query.why(), request.trace_id, {{query.fault(), query.why()}});
}

}  // namespace brushwatch::doors
