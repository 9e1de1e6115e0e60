// Against real servers on 127.0.0.1, over real sockets.
#include "connectors/webhook/webhook_poster.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>

#include "connectors/http/server.h"

namespace brushwatch {
namespace {

/// A receiver that counts what it gets and answers by path: /STATUS.
struct Receiver {
  std::atomic<int> got{0};
  std::string last_body, last_id;
  std::unique_ptr<HttpServer> server;
  Receiver() {
    HttpRoutes routes;
    HttpRoute route;
    route.method = "POST";
    route.path = "/*";
    route.handler = [this](const HttpRequest& request, const HttpDone& done) {
      last_body = request.body;
      for (const auto& [name, value] : request.headers) if (name == "webhook-id") last_id = value;
      ++got;
      HttpReply reply{static_cast<unsigned>(std::atoi(request.path.c_str() + 1)), "{}"};
      if (request.query == "later") reply.headers.emplace_back("Retry-After", "7");
      if (request.query == "date") reply.headers.emplace_back("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT");
      if (request.query == "away") reply.headers.emplace_back("Location", "/200");
      if (request.query == "big") reply.body.assign(1 << 20, 'x');
      done(std::move(reply));
    };
    routes.more.push_back(std::move(route));
    server = std::move(*HttpServer::start({}, std::move(routes)));
  }
  ~Receiver() { server->stop(); }
  [[nodiscard]] std::string url(const std::string& path, const std::string& host = "127.0.0.1") const { return "http://" + host + ":" + std::to_string(server->port()) + path; }
};

WebhookAnswer ask(WebhookPoster& poster, const std::string& url, const std::string& body = "{}") {
  std::promise<WebhookAnswer> answer;
  poster.post({url, body, {{"webhook-id", "msg_1"}}}, [&](const WebhookAnswer& a) { answer.set_value(a); });
  return answer.get_future().get();
}
std::unique_ptr<WebhookPoster> poster(AddressRule rule, std::vector<std::string> resolve = {}) {
  WebhookPosterOptions options;
  options.rule = rule;
  options.resolve = std::move(resolve);
  options.total_ms = 300;  // of a server that says nothing
  return std::move(*make_webhook_poster(std::move(options)));
}

TEST(WebhookPoster, BringsTheBodyAndTheAnswer) {
  Receiver receiver;
  const auto p = poster(AddressRule::kAlsoLoopback);
  const auto answer = ask(*p, receiver.url("/204"), R"({"a":1})");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(receiver.last_body, R"({"a":1})");
  EXPECT_EQ(receiver.last_id, "msg_1");
  EXPECT_EQ(ask(*p, receiver.url("/503?later")).retry_after_s, 7);
  EXPECT_EQ(ask(*p, receiver.url("/503?date")).retry_after_s, 0);
}

TEST(WebhookPoster, TakesNothingOfAPostOverToTheNext) {
  Receiver receiver;
  const auto p = poster(AddressRule::kAlsoLoopback);
  EXPECT_EQ(ask(*p, receiver.url("/503?later"), R"({"a":"a long body"})").retry_after_s, 7);
  const auto answer = ask(*p, receiver.url("/200"), "{}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.retry_after_s, 0);
  EXPECT_EQ(receiver.last_body, "{}");
  EXPECT_EQ(ask(*p, "http://169.254.169.254/").error, "address_refused");
  EXPECT_EQ(ask(*p, receiver.url("/200?big")).error, "answer_too_large");
  EXPECT_EQ(ask(*p, receiver.url("/204")).status, 204);
}

TEST(WebhookPoster, RunsMorePostsThanATurnTakes) {
  Receiver receiver;
  const auto p = poster(AddressRule::kAlsoLoopback);
  constexpr int kPosts = 600;
  std::promise<void> all;
  std::atomic<int> well{0}, left{kPosts};
  for (int n = 0; n < kPosts; ++n) {
    p->post({receiver.url("/200"), "{}", {}}, [&](const WebhookAnswer& a) {
      well += a.status == 200;
      if (--left == 0) all.set_value();
    });
  }
  all.get_future().wait();
  EXPECT_EQ(well, kPosts);
  EXPECT_EQ(receiver.got, kPosts);
}

TEST(WebhookPoster, FollowsNoRedirect) {
  Receiver receiver;
  const auto p = poster(AddressRule::kAlsoLoopback);
  EXPECT_EQ(ask(*p, receiver.url("/302?away")).status, 302);
  EXPECT_EQ(receiver.got, 1);
}

TEST(WebhookPoster, OpensNoConnectionToAnAddressThatIsNotPublic) {
  Receiver receiver;
  const std::string port = std::to_string(receiver.server->port());
  // However the address came about: as a literal, by the system's names, or by a name server that first said something else.
  const auto p = poster(AddressRule::kPublicOnly, {"rebound.example:" + port + ":127.0.0.1", "inner.example:" + port + ":169.254.169.254", "mapped.example:" + port + ":[::ffff:127.0.0.1]"});
  for (const char* host : {"127.0.0.1", "localhost", "rebound.example", "inner.example", "mapped.example", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
    const auto answer = ask(*p, "https://" + std::string(host) + ":" + port + "/200");
    EXPECT_EQ(answer.status, 0) << host;
    EXPECT_EQ(answer.error, "address_refused") << host;
  }
  EXPECT_EQ(ask(*p, receiver.url("/200")).status, 0) << "plain http is not spoken";
  EXPECT_EQ(receiver.got, 0);
}

TEST(WebhookPoster, GivesUpOnWhoSaysNothingAndOnWhoSaysTooMuch) {
  const int hole = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(hole, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(hole, 1), 0);
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(hole, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto p = poster(AddressRule::kAlsoLoopback);
  EXPECT_EQ(ask(*p, "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/").error, "timeout");
  ::close(hole);
  EXPECT_EQ(ask(*p, "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/").error, "connection") << "nobody listens any more";
  Receiver receiver;
  EXPECT_EQ(ask(*p, receiver.url("/200?big")).error, "answer_too_large");
}

TEST(WebhookPoster, AnswersEverythingWhenItStops) {
  const int hole = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(hole, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(hole, 8), 0);
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(hole, reinterpret_cast<sockaddr*>(&address), &size), 0);
  WebhookPosterOptions options;
  options.rule = AddressRule::kAlsoLoopback;
  options.total_ms = 60'000;
  const auto p = std::move(*make_webhook_poster(std::move(options)));
  std::atomic<int> stopped{0};
  for (int n = 0; n < 5; ++n) p->post({"http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/", "{}", {}}, [&](const WebhookAnswer& a) { stopped += a.error == "stopped"; });
  p->stop();
  EXPECT_EQ(stopped, 5);
  EXPECT_EQ(ask(*p, "http://127.0.0.1:9/").error, "stopped");
  ::close(hole);
}

}  // namespace
}  // namespace brushwatch
