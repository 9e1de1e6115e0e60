#include "connectors/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <atomic>
#include <future>
#include <thread>

#include "connectors/http/events_route.h"
#include "tests/support/seeds.h"
#include "tests/support/wire_client.h"

namespace brushwatch {
namespace {

using ::testing::HasSubstr;
using test::WireClient;
using test::WireReply;

constexpr const char* kEvents = "/api/v1/events";

/// A server whose events go to a source that a thread makes durable as soon as they are polled.
class Door : public ::testing::Test {
 protected:
  void open(HttpOptions options = {}, HttpSource::Options queue = {}, bool pump = true) {
    source_ = std::make_unique<HttpSource>(queue);
    HttpRoutes routes;
    routes.on_events = make_events_handler(*source_);
    routes.metrics = [] { return std::string("brushwatch_up 1\n"); };
    routes.ready = [this] { return HttpReadiness{ready_, R"([{"code":"state_restoring"}])"}; };
    routes.version = [] { return std::string(R"({"version":"0.1.0"})"); };
    routes.more = more_;
    auto server = HttpServer::start(options, std::move(routes));
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
    if (pump) pump_ = std::thread([this] { run_pump(); });
  }
  void TearDown() override {
    if (server_) server_->stop();
    if (source_) source_->close();
    if (pump_.joinable()) pump_.join();
  }
  void run_pump() {
    std::vector<SourceRecord> out;
    while (!source_->at_end()) {
      ASSERT_TRUE(source_->poll(1000, 1'000, out));
      for (const SourceRecord& record : out) {
        seen_.emplace_back(record.bytes);
        headers_.clear();
        for (const auto& [name, value] : record.headers) headers_.emplace_back(name, value);
      }
      if (!out.empty()) source_->durable_up_to(out.back().next_offset);
    }
  }
  static void expect_problem(const WireReply& reply, int status, const std::string& code) {
    EXPECT_EQ(reply.status, status) << reply.head;
    EXPECT_TRUE(reply.has("Content-Type: application/problem+json")) << reply.head;
    rapidjson::Document json;
    json.Parse(reply.body.c_str());
    ASSERT_FALSE(json.HasParseError()) << reply.body;
    for (const char* member : {"type", "title", "detail", "trace_id"}) {
      ASSERT_TRUE(json.HasMember(member)) << member;
      EXPECT_GT(json[member].GetStringLength(), 0U) << member;
    }
    EXPECT_EQ(json["status"].GetInt(), status);
    EXPECT_EQ(json["code"].GetString(), code);
    EXPECT_TRUE(json["errors"].IsArray());
  }

  bool ready_ = true;
  std::vector<HttpRoute> more_;
  std::unique_ptr<HttpSource> source_;
  std::unique_ptr<HttpServer> server_;
  std::thread pump_;
  std::vector<std::string> seen_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

TEST_F(Door, AcceptsNdjsonOnceItIsDurable) {
  open();
  WireClient client(server_->port());
  const WireReply reply = client.post(kEvents, "application/x-ndjson", "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, R"({"accepted":2,"first_offset":0})");
  EXPECT_EQ(client.post(kEvents, "application/json; charset=utf-8", "[{},{},{}]").body, R"({"accepted":3,"first_offset":2})");
  EXPECT_EQ(client.post(kEvents, "application/json", "{}").body, R"({"accepted":1,"first_offset":5})");
  EXPECT_EQ(client.post(kEvents, "application/cloudevents-batch+json", "[{}]").body, R"({"accepted":1,"first_offset":6})");
}

TEST_F(Door, DoesNotAnswerBeforeTheLedgerHoldsTheRecords) {
  open({}, {}, false);
  WireClient client(server_->port());
  std::promise<WireReply> reply;
  std::thread sender([&] { reply.set_value(client.post(kEvents, "application/json", "{}")); });
  std::vector<SourceRecord> out;
  while (out.empty()) ASSERT_TRUE(source_->poll(1, 1'000, out));
  auto future = reply.get_future();
  EXPECT_EQ(future.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  source_->durable_up_to(1);
  EXPECT_EQ(future.get().status, 202);
  sender.join();
}

TEST_F(Door, PassesMalformedBytesOnToThePipeline) {
  open();
  WireClient client(server_->port());
  EXPECT_EQ(client.post(kEvents, "application/json", "[{\"a\":").status, 202);
  EXPECT_EQ(seen_, std::vector<std::string>{"[{\"a\":"});
}

TEST_F(Door, HandsTheAttributesOfABinaryCloudEventToTheDecoder) {
  open();
  WireClient client(server_->port());
  EXPECT_EQ(client.post(kEvents, "application/json", "{}", "ce-id: 7\r\nCE-Type: order.paid\r\n").status, 202);
  EXPECT_THAT(headers_, ::testing::UnorderedElementsAre(std::pair<std::string, std::string>("content-type", "application/json"),
                                                        std::pair<std::string, std::string>("ce_id", "7"),
                                                        std::pair<std::string, std::string>("ce_type", "order.paid")));
}

TEST_F(Door, SaysTooManyRequestsWithRetryAfterWhenTheQueueIsFull) {
  open({}, {"http", 2, 1000}, false);
  ASSERT_TRUE(source_->submit_records({"a", "b"}, nullptr));
  WireClient client(server_->port());
  const WireReply reply = client.post(kEvents, "application/json", "{}");
  expect_problem(reply, 429, "backpressure");
  EXPECT_TRUE(reply.has("Retry-After: 1"));
  source_->durable_up_to(2);
  std::thread sender([&] { EXPECT_EQ(client.post(kEvents, "application/json", "{}").status, 202); });
  while (source_->pending_records() == 0) std::this_thread::yield();
  source_->durable_up_to(3);
  sender.join();
}

TEST_F(Door, RefusesABodyWithoutARecord) {
  open();
  WireClient client(server_->port());
  expect_problem(client.post(kEvents, "application/json", "[]"), 400, "empty_record");
  expect_problem(client.post(kEvents, "application/json", ""), 400, "empty_record");
  expect_problem(client.post(kEvents, "application/x-ndjson", "\n\n"), 400, "empty_record");
}

TEST_F(Door, AnswersHealthReadinessMetricsAndVersion) {
  open();
  WireClient client(server_->port());
  EXPECT_EQ(client.get("/healthz").body, R"({"status":"ok"})");
  EXPECT_EQ(client.get("/version").body, R"({"version":"0.1.0"})");
  const WireReply metrics = client.get("/metrics?x=1");
  EXPECT_EQ(metrics.body, "brushwatch_up 1\n");
  EXPECT_TRUE(metrics.has("Content-Type: text/plain; version=0.0.4"));
  EXPECT_EQ(client.get("/readyz").status, 200);
  ready_ = false;
  const WireReply reply = client.get("/readyz");
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.body, HasSubstr("state_restoring"));
}

TEST_F(Door, AnswersHeadWithTheLengthAndNoBody) {
  open();
  WireClient client(server_->port());
  client.send("HEAD /version HTTP/1.1\r\nHost: t\r\n\r\n");
  const WireReply reply = client.read(true);
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.has("Content-Length: 19"));
  EXPECT_EQ(client.get("/healthz").status, 200) << "nothing of a body is left on the wire";
}

TEST_F(Door, SaysNotFoundForAnUnknownPath) {
  open();
  WireClient client(server_->port());
  expect_problem(client.get("/api/v1/nothing"), 404, "not_found");
  EXPECT_EQ(client.get("/healthz").status, 200) << "the connection goes on";
}

TEST_F(Door, SaysWhichMethodsAPathServes) {
  open();
  WireClient client(server_->port());
  const WireReply reply = client.get(kEvents);
  expect_problem(reply, 405, "method_not_allowed");
  EXPECT_TRUE(reply.has("Allow: POST"));
  client.send("DELETE /healthz HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(client.read().has("Allow: GET, HEAD"));
}

TEST_F(Door, RefusesAnUnknownMediaTypeBeforeReadingTheBody) {
  open();
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk"}) {
    WireClient client(server_->port());
    const WireReply reply = client.post(kEvents, type, "{}");
    expect_problem(reply, 415, "unsupported_media_type");
    EXPECT_TRUE(reply.has("Accept-Post: application/x-ndjson"));
    EXPECT_TRUE(client.ended());
  }
  WireClient client(server_->port());
  expect_problem(client.post(kEvents, "application/json", "{}", "Content-Encoding: gzip\r\n"), 415, "unsupported_media_type");
}

TEST_F(Door, RefusesALargeBodyAndStillGetsTheReplyThrough) {
  HttpOptions options;
  options.body_limit = 1000;
  open(options);
  WireClient client(server_->port());
  expect_problem(client.post(kEvents, "application/json", std::string(2'000'000, 'x')), 413, "too_large");
  WireClient chunked(server_->port());
  chunked.send("POST /api/v1/events HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  chunked.send("7d0\r\n" + std::string(2000, 'x') + "\r\n0\r\n\r\n");
  expect_problem(chunked.read(), 413, "too_large");
  WireClient fits(server_->port());
  EXPECT_EQ(fits.post(kEvents, "application/json", std::string(1000, 'x')).status, 202);
}

TEST_F(Door, TakesAChunkedBody) {
  open();
  WireClient client(server_->port());
  client.send("POST /api/v1/events HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("4\r\n[{},\r\n3\r\n{}]\r\n0\r\n\r\n");
  EXPECT_EQ(client.read().body, R"({"accepted":2,"first_offset":0})");
}

TEST_F(Door, RefusesALargeHeader) {
  open();
  WireClient client(server_->port());
  client.send("GET /healthz HTTP/1.1\r\nHost: t\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  expect_problem(client.read(), 431, "header_too_large");
}

TEST_F(Door, RefusesWhatIsNotHttp) {
  open();
  WireClient noise(server_->port());
  noise.send("\x16\x03\x01 hello\r\n\r\n");
  expect_problem(noise.read(), 400, "bad_request");
  WireClient hostless(server_->port());
  hostless.send("GET /healthz HTTP/1.1\r\n\r\n");
  expect_problem(hostless.read(), 400, "bad_request");
}

TEST_F(Door, AnswersPipelinedRequestsInOrder) {
  open();
  WireClient client(server_->port());
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += "POST /api/v1/events HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    all += "GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n";
  }
  client.send(all);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.read().body, R"({"accepted":1,"first_offset":)" + std::to_string(i) + "}");
    EXPECT_EQ(client.read().body, R"({"status":"ok"})");
  }
}

TEST_F(Door, SaysContinueOnlyToARequestItWants) {
  open();
  WireClient client(server_->port());
  client.send("POST /api/v1/events HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read(true).status, 100);
  client.send("{}");
  EXPECT_EQ(client.read().status, 202);
  client.send("POST /api/v1/events HTTP/1.1\r\nHost: t\r\nContent-Type: text/csv\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read().status, 415);
}

TEST_F(Door, LetsOnlySoManyBytesOfBodiesBeOnTheirWay) {
  HttpOptions options;
  options.bodies_limit = 1000;
  open(options);
  WireClient slow(server_->port());
  slow.send("POST /api/v1/events HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 800\r\n\r\n");
  EXPECT_EQ(slow.read(true).status, 100);
  WireClient second(server_->port());
  const WireReply reply = second.post(kEvents, "application/json", std::string(800, 'x'));
  expect_problem(reply, 429, "backpressure");
  EXPECT_TRUE(reply.has("Retry-After: 1"));
  slow.send(std::string(800, 'x'));
  EXPECT_EQ(slow.read().status, 202);
  WireClient third(server_->port());
  EXPECT_EQ(third.post(kEvents, "application/json", std::string(800, 'x')).status, 202) << "the share was given back";
}

TEST_F(Door, ClosesWhenTheClientAsksForIt) {
  open();
  WireClient client(server_->port());
  client.send("GET /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read().status, 200);
  EXPECT_TRUE(client.ended());
  WireClient old(server_->port());
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read().status, 200);
  EXPECT_TRUE(old.ended());
}

TEST_F(Door, KeepsTheTraceIdOfTheCaller) {
  open();
  WireClient client(server_->port());
  client.send("GET /no HTTP/1.1\r\nHost: t\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n");
  EXPECT_THAT(client.read().body, HasSubstr(R"("trace_id":"0af7651916cd43dd8448eb211c80319c")"));
}

TEST_F(Door, SaysDrainingToEventsAndNotReadyToProbes) {
  open();
  server_->drain();
  WireClient client(server_->port());
  EXPECT_EQ(client.get("/readyz").status, 503);
  EXPECT_EQ(client.get("/healthz").status, 200);
  const WireReply reply = client.post(kEvents, "application/json", "{}");
  expect_problem(reply, 503, "draining");
  EXPECT_TRUE(reply.has("Retry-After: "));
}

TEST_F(Door, SaysUnavailableOverTheConnectionLimit) {
  HttpOptions options;
  options.max_connections = 1;
  open(options);
  WireClient first(server_->port());
  EXPECT_EQ(first.get("/healthz").status, 200);
  WireClient second(server_->port());
  expect_problem(second.read(), 503, "too_many_connections");
}

TEST_F(Door, SaysOutcomeUnknownWhenARouteNeverAnswers) {
  HttpOptions options;
  options.timeout_ms = 50;
  open(options, {}, false);
  WireClient client(server_->port());
  expect_problem(client.post(kEvents, "application/json", "{}"), 504, "outcome_unknown");
  source_->durable_up_to(1);  // a late answer must find nobody
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST_F(Door, TurnsAnExceptionOfARouteIntoAProblem) {
  more_ = {{"GET", "/boom", {}, [](const HttpRequest&, const HttpDone&) { throw std::runtime_error("secret"); }, false}};
  open();
  WireClient client(server_->port());
  const WireReply reply = client.get("/boom");
  expect_problem(reply, 500, "bug");
  EXPECT_EQ(reply.body.find("secret"), std::string::npos);
}

TEST_F(Door, ServesFurtherRoutesTheLongestMatchFirst) {
  const auto say = [](const char* text) {
    return [text](const HttpRequest& request, const HttpDone& done) { done({200, text + request.path + "?" + request.query}); };
  };
  more_ = {{"GET", "/api/v1/alerts/*", {}, say("one "), false}, {"GET", "/api/v1/*", {}, say("any "), false}};
  open();
  WireClient client(server_->port());
  EXPECT_EQ(client.get("/api/v1/alerts/7?x=1").body, "one /api/v1/alerts/7?x=1");
  EXPECT_EQ(client.get("/api/v1/other").body, "any /api/v1/other?");
}

TEST_F(Door, ReportsAUsedAddressAsSuch) {
  open();
  HttpOptions options;
  options.port = server_->port();
  const auto second = HttpServer::start(options, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kAddressInUse);
  options.address = "localhost";
  EXPECT_EQ(HttpServer::start(options, {}).error().code, ErrorCode::kConfigRange);
}

TEST_F(Door, LetsARunningRequestFinishWhenItStops) {
  open({}, {}, false);
  WireClient client(server_->port());
  std::thread sender([&] { EXPECT_EQ(client.post(kEvents, "application/json", "{}").status, 202); });
  std::vector<SourceRecord> out;
  while (out.empty()) ASSERT_TRUE(source_->poll(1, 1'000, out));
  std::thread stopper([&] { server_->stop(); });
  source_->durable_up_to(1);
  stopper.join();
  sender.join();
  WireClient late(server_->port());
  EXPECT_FALSE(late.connected());
}

TEST_F(Door, SurvivesAnAnswerAfterItsEnd) {
  HttpDone kept;
  std::promise<void> arrived;
  more_ = {{"GET", "/slow", {}, [&](const HttpRequest&, HttpDone done) {
              kept = std::move(done);
              arrived.set_value();
            }, false}};
  HttpOptions options;
  options.drain_ms = 1;
  open(options);
  WireClient client(server_->port());
  client.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  arrived.get_future().wait();
  server_->stop();
  server_.reset();
  kept({200, "too late"});
}

TEST_F(Door, SurvivesAnyBytes) {
  open();
  test::for_each_seed(50, [this](std::uint64_t seed) {
    static constexpr std::string_view kPieces[] = {"POST ", "/api/v1/events", " HTTP/1.1", "\r\n", "Host: t", "Content-Length: 5",
                                                   "Content-Type: application/json", "Transfer-Encoding: chunked", "5\r\n", "{}",
                                                   "\r\n\r\n", ":", "\xff", "GET ", "Content-Length: 99999999999999999999"};
    std::string bytes = "POST /api/v1/events HTTP/1.1\r\n";
    std::uint64_t x = seed;
    for (int i = 0; i < 25; ++i) {
      x = x * 6364136223846793005ULL + 1442695040888963407ULL;
      bytes += kPieces[(x >> 33) % std::size(kPieces)];
    }
    WireClient client(server_->port());
    client.send(bytes);
    client.end_sending();
    while (!client.ended()) client.read();
  });
  WireClient client(server_->port());
  EXPECT_EQ(client.get("/healthz").status, 200);
}

}  // namespace
}  // namespace brushwatch
