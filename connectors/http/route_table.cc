#include "connectors/http/route_table.h"

#include <algorithm>

#include "connectors/http/events_route.h"

namespace brushwatch {
namespace {

std::string_view header(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

std::string lower_trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// True when the parameters name no charset but UTF-8: JSON has no other (RFC 8259 §8.1).
bool utf8_or_unsaid(std::string_view parameters) {
  const std::string text = lower_trimmed(parameters);
  const std::size_t at = text.find("charset=");
  if (at == std::string::npos) return true;
  std::string_view value = std::string_view(text).substr(at + 8);
  if (!value.empty() && value.front() == '"') value.remove_prefix(1);
  return value.substr(0, 5) == "utf-8" || value.substr(0, 4) == "utf8";
}

/// Segment by segment; what stands where the pattern has braces goes into `captured`.
bool segments_match(std::string_view pattern, std::string_view path, std::vector<std::string>& captured) {
  captured.clear();
  for (;;) {
    const std::size_t a = pattern.find('/'), b = path.find('/');
    const std::string_view wanted = pattern.substr(0, a), is = path.substr(0, b);
    if (!wanted.empty() && wanted.front() == '{') {
      if (is.empty()) return false;
      captured.emplace_back(is);
    } else if (wanted != is) {
      return false;
    }
    if (a == std::string_view::npos || b == std::string_view::npos) return a == b;
    pattern.remove_prefix(a + 1);
    path.remove_prefix(b + 1);
  }
}

bool path_matches(const std::string& pattern, const std::string& path, std::vector<std::string>& captured) {
  if (!pattern.empty() && pattern.back() == '*') return path.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0;
  return pattern.find('{') == std::string::npos ? pattern == path : segments_match(pattern, path, captured);
}

bool serves(const HttpRoute& route, const std::string& method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

HttpRoute get(std::string path, std::function<HttpReply()> reply) {
  return {"GET", std::move(path), {}, [reply = std::move(reply)](const HttpRequest&, const HttpDone& done) { done(reply()); }, false};
}

}  // namespace

RouteTable::RouteTable(HttpRoutes routes, const std::atomic<bool>& draining) {
  // Alive means: this thread answers. It asks nobody, so that a slow dependency never gets the process killed.
  routes_.push_back(get("/healthz", [] { return HttpReply{200, R"({"status":"ok"})"}; }));
  routes_.push_back(get("/readyz", [ready = std::move(routes.ready), &draining] {
    HttpReadiness state = ready ? ready() : HttpReadiness{};
    if (draining.load()) state = {false, R"([{"code":"draining","detail":"the service is stopping"}])"};
    return HttpReply{state.ready ? 200U : 503U,
                     std::string(R"({"ready":)") + (state.ready ? "true" : "false") + R"(,"reasons":)" + state.reasons + "}"};
  }));
  if (routes.metrics) {
    routes_.push_back(get("/metrics", [metrics = std::move(routes.metrics)] {
      return HttpReply{200, metrics(), "text/plain; version=0.0.4; charset=utf-8"};
    }));
  }
  if (routes.version) {
    routes_.push_back(get("/version", [version = std::move(routes.version)] { return HttpReply{200, version()}; }));
  }
  if (routes.on_events) {
    routes_.push_back({"POST", "/api/v1/events", events_content_types(), std::move(routes.on_events), true, std::move(routes.admit_events)});
  }
  for (HttpRoute& route : routes.more) routes_.push_back(std::move(route));
  // Longest pattern first, so that the first match is the most exact one; stable keeps the order of equals.
  std::stable_sort(routes_.begin(), routes_.end(),
                   [](const HttpRoute& a, const HttpRoute& b) { return a.path.size() > b.path.size(); });
}

RouteMatch RouteTable::match(HttpRequest& request, bool has_body, bool draining) const {
  const HttpRoute* found = nullptr;
  const std::string* pattern = nullptr;
  std::vector<std::string> allowed;
  for (const HttpRoute& route : routes_) {
    if (pattern != nullptr ? route.path != *pattern : !path_matches(route.path, request.path, request.captured)) continue;
    pattern = &route.path;
    if (serves(route, request.method) && found == nullptr) found = &route;
    allowed.push_back(route.method);
    if (route.method == "GET") allowed.emplace_back("HEAD");
  }
  if (pattern == nullptr) return {nullptr, problem(404, "not_found", "there is nothing at this path", request.trace_id)};
  if (found == nullptr) {
    HttpReply reply = problem(405, "method_not_allowed", "this path serves " + joined(allowed), request.trace_id);
    reply.headers.emplace_back("Allow", joined(allowed));
    return {nullptr, std::move(reply)};
  }
  if (draining && found->refused_while_draining) {
    HttpReply reply = problem(503, "draining", "the service is stopping; nothing of this request was kept", request.trace_id);
    reply.retry_after_s = 1;
    return {found, std::move(reply)};
  }
  if (found->admit) {
    if (auto refusal = found->admit(request)) return {found, std::move(refusal)};
  }
  const std::string_view full_type = header(request, "content-type");
  const std::size_t semicolon = full_type.find(';');
  request.content_type = lower_trimmed(full_type.substr(0, semicolon));
  // A route that takes a body wants its type said, even of an empty one; browsers then ask first before posting across sites.
  const bool checks_type = !found->content_types.empty() && (has_body || found->method != "GET");
  if (checks_type) {
    const auto& types = found->content_types;
    const bool known = std::find(types.begin(), types.end(), request.content_type) != types.end();
    const bool utf8 = semicolon == std::string_view::npos || utf8_or_unsaid(full_type.substr(semicolon + 1));
    const std::string encoding = lower_trimmed(header(request, "content-encoding"));
    const bool plain = encoding.empty() || encoding == "identity";
    if (!known || !utf8 || !plain) {
      const std::string why = !known ? "Content-Type must be one of " + joined(types)
                              : !utf8 ? "the charset must be UTF-8"
                                      : "the body must not be compressed";
      HttpReply reply = problem(415, "unsupported_media_type", why, request.trace_id);
      reply.headers.emplace_back("Accept-Post", joined(types));
      if (!plain) reply.headers.emplace_back("Accept-Encoding", "identity");
      return {found, std::move(reply)};
    }
  }
  return {found, std::nullopt};
}

void split_target(std::string_view target, std::string& path, std::string& query) {
  if (target.substr(0, 7) == "http://") {
    const std::size_t slash = target.find('/', 7);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  const std::size_t question = target.find('?');
  path = std::string(target.substr(0, question));
  query = question == std::string_view::npos ? std::string() : std::string(target.substr(question + 1));
}

}  // namespace brushwatch
