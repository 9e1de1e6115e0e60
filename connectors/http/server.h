#pragma once
/// The HTTP door: it speaks HTTP/1.1 and knows routes, not the engine. One thread for connections, one for those who read.
///
/// What it refuses it refuses from the header alone, before the body is read: unknown path 404, wrong method 405 with Allow,
/// unknown media type 415, too large 413, header too large 431, draining 503. Every error is problem+json (reply.h).
/// Requests of one connection are answered one after the other, in order, so pipelining is safe.
///
/// Memory   ≤ bodies_limit for bodies on their way in, plus max_connections × 2 × header_limit.
/// Threads  start() and stop() from one thread, which is neither of the two. A route's function runs on the I/O thread and must not
///          block, or (`aside`) on the readers' thread, where some ms hold up readers only; an asynchronous route keeps its
///          HttpDone and calls it later, from any thread, even after stop(). `admit` always runs on the I/O thread.
/// Streams  a reply with a `stream` moves to the readers' thread with its connection and is written as the client takes it (stream.h);
///          a client that takes nothing for timeout_ms is disconnected; stop() ends all streams at once.
/// TLS      with `tls.certificate` the door speaks TLS and nothing else (tls_front.h), and a request says whose certificate it came with.
/// Fails    on clients that need HTTP/2: put a proxy in front. It listens on loopback unless told otherwise.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/http/reply.h"
#include "connectors/http/tls_front.h"
#include "engine/base/result.h"

namespace brushwatch {

struct HttpRequest {
  std::string method;
  std::string path;   ///< without the query
  std::string query;  ///< after '?', still encoded
  std::string content_type;  ///< media type in lower case, without parameters
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string trace_id;  ///< 32 hex digits: of `traceparent`, else made here
  TlsPeer peer;          ///< of the connection; empty without TLS or a certificate. Nothing that a client writes gets here
  std::vector<std::string> captured;  ///< what the route's {…} segments met, still encoded, in order
};

/// Answers one request. Only the first call counts.
using HttpDone = std::function<void(HttpReply)>;
using HttpHandler = std::function<void(HttpRequest, HttpDone)>;

struct HttpReadiness {
  bool ready = true;
  std::string reasons = "[]";  ///< a JSON array, e.g. [{"code":"state_restoring","detail":"…"}]
};

/// A route beyond the built-in ones. A path that ends in '*' matches by prefix, a segment in braces any one segment that
/// is not empty; the longest match wins.
struct HttpRoute {
  std::string method;  ///< GET (serves HEAD as well), POST, PUT, DELETE
  std::string path;
  std::vector<std::string> content_types;  ///< accepted for bodies; empty = any
  HttpHandler handler;
  bool refused_while_draining = false;
  /// Asked before the body is read (`body` is empty): nullopt lets the request in.
  std::function<std::optional<HttpReply>(const HttpRequest&)> admit{};
  bool aside = false;  ///< the handler runs on the readers' thread
};

struct HttpRoutes {
  HttpHandler on_events;                  ///< POST /api/v1/events (events_route.h makes one from an HttpSource)
  std::function<std::optional<HttpReply>(const HttpRequest&)> admit_events;  ///< HttpRoute::admit of it
  std::function<std::string()> metrics;   ///< GET /metrics, Prometheus text
  std::function<HttpReadiness()> ready;   ///< GET /readyz
  std::function<std::string()> version;   ///< GET /version, a JSON object
  std::vector<HttpRoute> more;
  /// Called after each reply, on the I/O thread; `route` is the path of the route or "other": small cardinality.
  std::function<void(std::string_view route, unsigned status, double seconds)> observe;
};

struct HttpOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 = any free one
  std::size_t body_limit = 8ULL << 20;   ///< bytes; about 20,000 events of 400 B, well under a second of ingest
  std::size_t bodies_limit = 256ULL << 20;  ///< bytes of all bodies being read; above it 429: slow senders cannot fill memory
  std::size_t header_limit = 16 * 1024;  ///< bytes; what Apache and nginx allow by default, within a factor of two
  std::size_t max_connections = 1024;    ///< above it a connection is answered 503 and closed
  int timeout_ms = 30'000;        ///< for an idle connection, for reading one request, for writing one reply, for a route
  int drain_ms = 2'000;           ///< how long stop() lets running requests finish
  int heartbeat_ms = 10'000;      ///< a quiet stream says something this often: proxies cut silent connections after 30–60 s
  std::uint64_t trace_seed = 0;   ///< of made trace ids; 0 = from the system
  TlsFiles tls;
};

class HttpServer {
 public:
  /// Binds and starts the I/O thread. Errors: kAddressInUse; kConfigRange when `address` is no IP address or a file of `tls` cannot be
  /// used; kIo (errno).
  static Result<std::unique_ptr<HttpServer>> start(HttpOptions options, HttpRoutes routes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// All streams look for new bytes. From any thread; calls that come faster than the I/O thread are one.
  void wake_streams();
  /// From now on /readyz says no and event ingest answers 503; all else goes on.
  void drain();
  /// Stops accepting, lets running requests finish within drain_ms, joins the thread. Idempotent.
  void stop();

 private:
  struct Core;
  explicit HttpServer(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace brushwatch
