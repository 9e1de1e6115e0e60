#pragma once
/// A server on a free port with the doors' routes over a model that a test fills; who asks is said in headers of the test's own.

#include <memory>
#include <string>

#include "connectors/memory/memory_log.h"
#include "doors/api.h"
#include "doors/feed.h"
#include "state/memory_store.h"
#include "tests/support/wire_client.h"
#include "tests/unit/doors/lines.h"

namespace brushwatch::test {

/// Believes x-role, x-name and x-party. Without x-role: nobody.
class HeaderAuthenticator final : public doors::Authenticator {
 public:
  doors::Identity identify(const HttpRequest& request) override {
    doors::Identity out;
    doors::Principal who;
    for (const auto& [name, value] : request.headers) {
      if (name == "x-role") {
        const auto role = doors::role_from_name(value);
        if (!role) return {std::nullopt, "invalid_token"};
        who.role = *role;
        out.who = who;
      }
      if (name == "x-name") who.name = value;
      if (name == "x-party") who.party = value;
    }
    if (out.who) out.who = who;
    return out;
  }
};

struct DoorOptions {
  doors::Limits limits{.per_second = 1'000'000, .burst = 1'000'000};
  int streams_most = 768;
  int heartbeat_ms = 10'000;
  bool commands = true;
  std::size_t window_lines = 1'000'000;
  WebhookPoster* poster = nullptr;  ///< with one there are webhooks
  std::string oprf_key{};
  doors::Backtests* backtests = nullptr;
  doors::Authenticator* authenticator = nullptr;  ///< instead of the headers'
  TlsFiles tls{};
  doors::EvidenceReader::Open ledger = [] { return Result<std::unique_ptr<Log>>(make_memory_log(1)); };
};

class DoorFixture {
 public:
  explicit DoorFixture(DoorOptions options = {})
      : store(make_memory_store()), model(*store, {.window_lines = options.window_lines}), source(HttpSource::Options{.name = "commands"}), evidence(options.ledger) {
    HttpRoutes routes;
    doors::ApiParts parts{model, options.authenticator != nullptr ? *options.authenticator : authenticator, system_clock()};
    parts.limits = options.limits;
    parts.streams_most = options.streams_most;
    parts.trees = trees.get();
    model.on_line([this](Output output, const doors::Record&, std::string_view line) {
      if (!trees->add(output, line)) std::abort();
    });
    parts.evidence = &evidence;
    if (options.commands) parts.commands = &source;
    parts.oprf_key = options.oprf_key;
    parts.backtests = options.backtests;
    parts.oprf_limits = {.per_second = 3, .burst = 3};
    if (options.poster != nullptr) {
      webhooks = std::move(*doors::Webhooks::open(*rows, model, *options.poster, system_clock(), AddressRule::kPublicOnly));
      webhooks->start();
      parts.webhooks = webhooks.get();
    }
    routes.more = doors::Api::routes(std::move(parts));
    HttpOptions http;
    http.heartbeat_ms = options.heartbeat_ms;
    http.tls = options.tls;
    server = std::move(*HttpServer::start(http, std::move(routes)));
    model.on_published([this] {
      server->wake_streams();
      if (webhooks) webhooks->wake();
    });
  }
  ~DoorFixture() {
    if (webhooks) webhooks->stop();
    server->stop();
  }

  void tell(std::uint64_t round, const AlertText& text, std::uint32_t partition = 0) {
    if (!model.add(Output::kAlert, lines.alert(round, text, partition)) || !model.publish()) std::abort();
  }
  [[nodiscard]] std::string request(const std::string& method, const std::string& path, const std::string& more, const std::string& body = {}) const {
    return method + " " + path + " HTTP/1.1\r\nHost: test\r\n" + more + (method == "POST" ? "Content-Length: " + std::to_string(body.size()) + "\r\n" : "") + "\r\n" + body;
  }
  [[nodiscard]] WireReply ask(const std::string& path, const std::string& more = "x-role: analyst\r\n", const std::string& method = "GET", const std::string& body = {}) const {
    WireClient client(server->port());
    client.send(request(method, path, more, body));
    return client.read();
  }

  std::unique_ptr<StateStore> store, rows = make_memory_store();
  doors::ReadModel model;
  std::unique_ptr<doors::Webhooks> webhooks;
  std::unique_ptr<doors::TreeBook> trees = std::move(*doors::TreeBook::open({}));
  Lines lines;
  HeaderAuthenticator authenticator;
  HttpSource source;
  doors::EvidenceReader evidence;
  std::unique_ptr<HttpServer> server;
};

}  // namespace brushwatch::test
