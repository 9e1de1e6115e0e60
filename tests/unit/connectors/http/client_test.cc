#include "connectors/http/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/http/server.h"

namespace brushwatch {
namespace {

TEST(HttpClient, ReadsAddressesAsPeopleWriteThem) {
  for (const auto& [text, host, port] : std::vector<std::tuple<std::string, std::string, int>>{
           {"127.0.0.1:9", "127.0.0.1", 9}, {"http://host:81/x", "host", 81}, {"host", "host", 8080}}) {
    const auto address = parse_http_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->host, host);
    EXPECT_EQ(address->port, port);
  }
  for (const std::string text : {"", "h:", "h:99999", "h:x", ":80", "h:0"}) EXPECT_FALSE(parse_http_address(text)) << text;
}

TEST(HttpClient, GetsTheWholeBodyOrSaysWhatCameInstead) {
  const std::string body(300'000, 'x');
  HttpRoutes routes;
  routes.metrics = [&] { return body; };
  auto server = HttpServer::start({}, std::move(routes));
  ASSERT_TRUE(server);
  const HttpAddress address{"127.0.0.1", (*server)->port()};
  const auto got = http_get(address, "/metrics", 5'000);
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(*got, body);
  const auto absent = http_get(address, "/absent", 5'000);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(absent.error().number, 404);
  (*server)->stop();
  const auto gone = http_get(address, "/metrics", 5'000);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace brushwatch
