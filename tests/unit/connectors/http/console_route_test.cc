#include "connectors/http/console_route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace brushwatch {
namespace {

using ::testing::HasSubstr;

HttpReply ask(const std::string& path, std::vector<std::pair<std::string, std::string>> headers = {}) {
  for (const HttpRoute& route : console_routes()) {
    if (route.path != path) continue;
    HttpRequest request;
    request.path = path;
    request.headers = std::move(headers);
    HttpReply out;
    route.handler(std::move(request), [&](HttpReply reply) { out = std::move(reply); });
    return out;
  }
  HttpReply none;
  none.status = 404;
  return none;
}
std::string header(const HttpReply& reply, const std::string& name) {
  const auto found = std::find_if(reply.headers.begin(), reply.headers.end(), [&](const auto& h) { return h.first == name; });
  return found == reply.headers.end() ? std::string() : found->second;
}

TEST(Console, ServesItsPageAndLeadsThere) {
  EXPECT_EQ(header(ask("/"), "Location"), "/console/");
  const HttpReply page = ask("/console/");
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("./console.js"));
  EXPECT_THAT(ask("/console/console.js").content_type, HasSubstr("javascript"));
  EXPECT_THAT(ask("/console/console.css").body, HasSubstr("prefers-reduced-motion"));
  EXPECT_EQ(ask("/console/other").status, 404U);
}

TEST(Console, LoadsNothingFromElsewhereAndRunsNoInlineScript) {
  const HttpReply page = ask("/console/");
  EXPECT_THAT(header(page, "Content-Security-Policy"), HasSubstr("default-src 'self'"));
  EXPECT_THAT(header(page, "Content-Security-Policy"), ::testing::Not(HasSubstr("unsafe-inline")));
  for (const ConsoleFile& file : console_files()) {
    if (file.name != "index.html") continue;
    EXPECT_EQ(file.plain.find("http://"), std::string_view::npos);
    EXPECT_EQ(file.plain.find("https://"), std::string_view::npos);
    EXPECT_EQ(file.plain.find("<style"), std::string_view::npos);
  }
}

TEST(Console, IsSmallOverTheWire) {
  std::size_t bytes = 0;
  for (const ConsoleFile& file : console_files()) bytes += file.gzip.size();
  EXPECT_LT(bytes, 100'000U);
  const HttpReply packed = ask("/console/console.js", {{"accept-encoding", "gzip, deflate"}});
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(header(ask("/console/console.js"), "Content-Encoding"), "");
}

}  // namespace
}  // namespace brushwatch
