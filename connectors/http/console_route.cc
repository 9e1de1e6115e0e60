#include "connectors/http/console_route.h"

#include <algorithm>

namespace brushwatch {
namespace {

/// Nothing from elsewhere, no inline script, in no other page's frame. Images may be data: the empty favicon is one.
constexpr std::string_view kPolicy = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

bool takes_gzip(const HttpRequest& request) {
  const auto found = std::find_if(request.headers.begin(), request.headers.end(), [](const auto& h) { return h.first == "accept-encoding"; });
  return found != request.headers.end() && found->second.find("gzip") != std::string::npos;
}

HttpReply reply(const ConsoleFile& file, const HttpRequest& request) {
  HttpReply out;
  const bool gzip = takes_gzip(request);
  out.body = gzip ? file.gzip : file.plain;
  out.content_type = file.type;
  // A new version of the program brings a new page under the same names.
  out.headers = {{"Cache-Control", "no-cache"}, {"Content-Security-Policy", std::string(kPolicy)}, {"X-Content-Type-Options", "nosniff"}, {"Referrer-Policy", "no-referrer"}, {"Vary", "Accept-Encoding"}};
  if (gzip) out.headers.emplace_back("Content-Encoding", "gzip");
  return out;
}

}  // namespace

std::vector<HttpRoute> console_routes() {
  std::vector<HttpRoute> out;
  const auto add = [&](std::string path, HttpHandler handler) { out.push_back({"GET", std::move(path), {}, std::move(handler), false}); };
  const auto lead = [](const HttpRequest&, const HttpDone& done) {
    HttpReply to;
    to.status = 302;
    to.content_type = "text/plain";
    to.headers = {{"Location", "/console/"}};
    done(std::move(to));
  };
  add("/", lead);
  add("/console", lead);
  for (const ConsoleFile& file : console_files()) {
    const auto serve = [&file](const HttpRequest& request, const HttpDone& done) { done(reply(file, request)); };
    add("/console/" + std::string(file.name), serve);
    if (file.name == "index.html") add("/console/", serve);
  }
  return out;
}

}  // namespace brushwatch
