#include "connectors/http/server.h"

#include <utility>  // first: Boost 1.74's awaitable.hpp uses std::exchange without including it

#ifdef __SANITIZE_THREAD__
// ThreadSanitizer does not understand fences; everything that crosses threads here goes through Asio's own mutex.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif
#pragma GCC diagnostic push
#if defined(__GNUC__) && !defined(__clang__)
// Under sanitizers g++ 12 inlines boost::optional differently and then doubts its storage; a false alarm in their header.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#pragma GCC diagnostic pop

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <optional>
#include <random>
#include <thread>

#include "connectors/http/route_table.h"
#include "engine/base/hash.h"
#include "engine/base/thread.h"

namespace brushwatch {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using tcp = net::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

/// Connections above the cap that may be told "503" at the same time; beyond them a connection is closed unanswered.
constexpr std::size_t kRefusalSlots = 64;
/// How much of a refused body is read and thrown away, so that the client sees the reply and not a reset connection.
constexpr std::size_t kLingerBytes = 64ULL << 20;
/// Pause of the accept loop when the process is out of descriptors: long enough for one to close, short for a client.
constexpr auto kAcceptPause = milliseconds(50);
/// Most bytes a stream writes at once: about what a socket buffer takes, so that one slow client cannot hold much.
constexpr std::size_t kStreamPiece = 64 * 1024;

auto into(error_code& ec) { return net::redirect_error(net::use_awaitable, ec); }

/// An answer on its way from any thread to the connection that waits for it. Lives on the I/O thread.
struct PendingReply {
  explicit PendingReply(net::io_context& io) : arrived(io) {}
  net::steady_timer arrived;
  std::optional<HttpReply> reply;
};

/// One accepted connection, in the frame of its coroutine; enlisted for as long as it lives.
struct Connection {
  Connection(tcp::socket socket, std::vector<Connection*>& enlist) : stream(std::move(socket)), list(enlist) { list.push_back(this); }
  ~Connection() { std::erase(list, this); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  boost::beast::tcp_stream stream;
  TlsPeer peer;                         ///< of TLS in front
  bool idle = false;                    ///< waits for the first byte of a request
  std::shared_ptr<PendingReply> waits;  ///< a route is at work
  net::steady_timer* quiet = nullptr;   ///< a stream waits for something to say
  std::vector<Connection*>& list;
};

/// A share of the memory for bodies, given back when the request is over.
struct BodyShare {
  BodyShare(std::size_t& of, std::size_t want) : total(of), bytes(want) { total += bytes; }
  ~BodyShare() { total -= bytes; }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  std::size_t& total;
  std::size_t bytes;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// RFC 9110 §6.6.1: an origin server with a clock sends Date.
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

}  // namespace

struct HttpServer::Core : std::enable_shared_from_this<HttpServer::Core> {
  Core(HttpOptions o, HttpRoutes r) : options(std::move(o)), observe(r.observe), acceptor(io), drain_timer(io) {
    trace_seed = options.trace_seed != 0 ? options.trace_seed : (std::uint64_t{std::random_device{}()} << 32) + std::random_device{}();
    table = RouteTable(std::move(r), draining);
  }

  HttpOptions options;
  std::function<void(std::string_view, unsigned, double)> observe;
  std::atomic<bool> draining = false;
  std::atomic<bool> waking = false;  ///< a wake-up of the streams is on its way
  RouteTable table;
  net::io_context io{1};
  /// Streams and slow questions: five hundred readers must not stand between a sender and the ledger.
  net::io_context readers_io{1};
  net::executor_work_guard<net::io_context::executor_type> readers_stay = net::make_work_guard(readers_io);
  std::atomic<std::size_t> streams_open = 0;
  tcp::acceptor acceptor;
  net::steady_timer drain_timer;
  std::uint16_t port = 0;
  std::thread thread, readers;
  std::unique_ptr<TlsFront> front;
  // Readers' thread only.
  std::vector<Connection*> streaming;
  bool streams_stopping = false;
  // Below: I/O thread only.
  std::vector<Connection*> connections;
  bool stopping = false;
  std::size_t bodies_bytes = 0;  // of all bodies being read
  std::uint64_t trace_seed = 0;
  std::uint64_t trace_count = 0;

  Result<void> listen();
  void begin_stop();
  net::awaitable<void> accept_loop();
  net::awaitable<void> serve(tcp::socket socket, bool over_cap, TlsPeer peer = {});
  net::awaitable<void> converse(Connection& connection);
  net::awaitable<HttpReply> answer(Connection& connection, const HttpRoute& route, HttpRequest request);
  net::awaitable<bool> write(Connection& connection, HttpReply reply, bool head, bool keep_alive, bool endless = false);
  net::awaitable<void> linger(Connection& connection);
  void move_aside(Connection& connection, std::shared_ptr<HttpStream> stream);
  net::awaitable<void> pump(tcp::socket socket, std::shared_ptr<HttpStream> stream);
  void run_route(const HttpRoute& route, HttpRequest request, HttpDone done);
  void stop_streams();
  void wake();
  std::string trace_id(std::string_view traceparent);
};

Result<void> HttpServer::Core::listen() {
  error_code ec;
  const auto address = net::ip::make_address(options.address, ec);
  if (ec) return tl::unexpected<Error>(Error(ErrorCode::kConfigRange, "not an IP address").in(options.address));
  const tcp::endpoint endpoint(address, options.port);
  const std::string where = options.address + ":" + std::to_string(options.port);
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(net::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(net::socket_base::max_listen_connections, ec);
  if (ec == net::error::address_in_use) {
    return tl::unexpected<Error>(Error(ErrorCode::kAddressInUse, "the address is in use", ec.value()).in(where));
  }
  if (ec) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot listen", ec.value(), Retry::kBackoff).in(where));
  port = acceptor.local_endpoint(ec).port();
  return {};
}

/// The W3C trace id of the caller when there is one (its §3.2.2 form), else one of our own.
std::string HttpServer::Core::trace_id(std::string_view traceparent) {
  std::array<std::uint8_t, 16> id{};
  if (traceparent.size() >= 55 && traceparent[2] == '-' && traceparent[35] == '-' && from_hex(traceparent.substr(3, 32), id) &&
      std::any_of(id.begin(), id.end(), [](std::uint8_t b) { return b != 0; })) {
    return to_hex(id);
  }
  const std::uint64_t n = ++trace_count;
  for (std::size_t half = 0; half < 2; ++half) {
    const std::uint64_t bits = hash_combine(trace_seed, 2 * n + half);
    for (std::size_t i = 0; i < 8; ++i) id[half * 8 + i] = static_cast<std::uint8_t>(bits >> (8 * i));
  }
  return to_hex(id);
}

net::awaitable<void> HttpServer::Core::accept_loop() {
  while (!stopping) {
    error_code ec;
    tcp::socket socket = co_await acceptor.async_accept(into(ec));
    if (stopping || ec == net::error::operation_aborted) co_return;
    if (ec) {
      net::steady_timer pause(io, kAcceptPause);
      co_await pause.async_wait(into(ec));
      continue;
    }
    // Behind TLS a connection is one of the front's until its end.
    const std::size_t open = front ? front->open() : connections.size() + streams_open.load();
    if (open >= options.max_connections + kRefusalSlots) continue;  // the socket closes here
    if (front) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      if (const auto native = socket.release(ignored); !ignored) front->take(native);
      continue;
    }
    const bool over_cap = open >= options.max_connections;
    net::co_spawn(io, serve(std::move(socket), over_cap), net::detached);
  }
}

net::awaitable<void> HttpServer::Core::serve(tcp::socket socket, bool over_cap, TlsPeer peer) {
  {
    Connection connection(std::move(socket), connections);
    connection.peer = std::move(peer);
    error_code ignored;
    connection.stream.socket().set_option(tcp::no_delay(true), ignored);
    if (over_cap) {
      HttpReply reply = problem(503, "too_many_connections", "the connection limit is reached", trace_id({}));
      reply.retry_after_s = 1;
      co_await write(connection, std::move(reply), false, false);
    } else {
      co_await converse(connection);
    }
    if (connection.stream.socket().is_open()) connection.stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
    connection.stream.close();
  }
  if (stopping && connections.empty()) drain_timer.cancel();
}

net::awaitable<void> HttpServer::Core::converse(Connection& connection) {
  auto& stream = connection.stream;
  // One header and a read-ahead of the same size; more than that stays in the kernel until it is wanted.
  boost::beast::flat_buffer buffer(2 * options.header_limit);
  const milliseconds timeout(options.timeout_ms);
  while (!stopping) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(options.header_limit));
    parser.body_limit(options.body_limit);
    error_code ec;
    connection.idle = buffer.size() == 0;
    stream.expires_after(timeout);
    co_await http::async_read_header(stream, buffer, parser, into(ec));
    connection.idle = false;
    const auto started = std::chrono::steady_clock::now();
    const auto& head = parser.get();
    const std::string id = trace_id(std::string_view(head["traceparent"].data(), head["traceparent"].size()));

    std::optional<HttpReply> refusal;
    if (ec == http::error::body_limit) refusal = problem(413, "too_large", "the body is larger than this door takes", id);
    else if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
      refusal = problem(431, "header_too_large", "the request header is larger than this door takes", id);
    else if (ec == http::error::end_of_stream || ec == http::error::partial_message) co_return;
    else if (ec.category() == make_error_code(http::error::bad_method).category())
      refusal = problem(400, "bad_request", "not an HTTP/1.1 request", id);
    else if (ec) co_return;  // the peer is gone, or said nothing for timeout_ms
    if (!refusal && head.version() >= 11 && head[http::field::host].empty() && head.count(http::field::host) == 0) {
      refusal = problem(400, "bad_request", "HTTP/1.1 needs a Host header", id);
    }

    HttpRequest request;
    RouteMatch match;
    bool head_only = false;
    if (!refusal) {
      request.method = std::string(head.method_string());
      head_only = request.method == "HEAD";
      split_target(std::string_view(head.target().data(), head.target().size()), request.path, request.query);
      for (const auto& field : head) {
        request.headers.emplace_back(lower(std::string(field.name_string())), std::string(field.value()));
      }
      request.trace_id = id;
      request.peer = connection.peer;
      const bool has_body = !parser.is_done();
      match = table.match(request, has_body, draining.load());
      refusal = std::move(match.refusal);
      const std::size_t announced = !has_body ? 0 : parser.content_length() ? *parser.content_length() : options.body_limit;
      if (!refusal && announced > 0 && bodies_bytes + announced > options.bodies_limit) {
        refusal = problem(429, "backpressure", "too many requests are being read; nothing of this one was kept", id);
        refusal->retry_after_s = 1;
      }
      const BodyShare share(bodies_bytes, refusal ? 0 : announced);
      if (!refusal && has_body) {
        if (boost::beast::iequals(head[http::field::expect], "100-continue")) {
          static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
          stream.expires_after(timeout);
          co_await net::async_write(stream, net::buffer(kContinue), into(ec));
          if (ec) co_return;
        }
        stream.expires_after(timeout);  // for the whole body: a slow sender cannot hold a connection for ever
        co_await http::async_read(stream, buffer, parser, into(ec));
        if (ec == http::error::body_limit) refusal = problem(413, "too_large", "the body is larger than this door takes", id);
        else if (ec == boost::beast::error::timeout) refusal = problem(408, "timeout", "the body took too long", id);
        else if (ec.category() == make_error_code(http::error::bad_method).category() && ec != http::error::partial_message)
          refusal = problem(400, "bad_request", "the body is not framed as HTTP/1.1 says", id);
        else if (ec) co_return;
      }
    }

    // Whatever of a refused request was not read would be taken for the next request: such a connection ends here.
    const bool unread = !parser.is_done();
    const bool keep_alive = parser.is_header_done() && head.keep_alive() && !unread && !stopping;
    HttpReply reply;
    if (refusal) {
      reply = std::move(*refusal);
    } else {
      request.body = std::move(parser.get().body());
      reply = co_await answer(connection, *match.route, std::move(request));
    }
    const unsigned status = reply.status;
    auto endless = head_only ? nullptr : std::move(reply.stream);
    const bool written = co_await write(connection, std::move(reply), head_only || endless, keep_alive && !stopping && !endless, endless != nullptr);
    if (observe) {
      observe(match.route != nullptr ? std::string_view(match.route->path) : std::string_view("other"), status,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    }
    if (written && endless) {
      move_aside(connection, std::move(endless));
      co_return;
    }
    if (!written || !keep_alive) {
      if (written && unread) co_await linger(connection);
      co_return;
    }
  }
}

net::awaitable<HttpReply> HttpServer::Core::answer(Connection& connection, const HttpRoute& route, HttpRequest request) {
  const std::string id = request.trace_id;
  auto pending = std::make_shared<PendingReply>(io);
  pending->arrived.expires_after(milliseconds(options.timeout_ms));
  connection.waits = pending;
  // The route may answer long after this connection, or this server, is gone: it holds the io_context alive and the
  // connection only weakly, and only the I/O thread looks whether the connection is still there.
  HttpDone done = [core = shared_from_this(), weak = std::weak_ptr<PendingReply>(pending)](HttpReply reply) {
    net::post(core->io, [weak, reply = std::move(reply)]() mutable {
      const auto waiting = weak.lock();
      if (!waiting || waiting->reply) return;
      waiting->reply = std::move(reply);
      waiting->arrived.cancel();
    });
  };
  if (route.aside) {
    net::post(readers_io, [core = shared_from_this(), &route, request = std::move(request), done = std::move(done)]() mutable { core->run_route(route, std::move(request), std::move(done)); });
  } else {
    run_route(route, std::move(request), std::move(done));
  }
  if (!pending->reply) {
    error_code ec;
    co_await pending->arrived.async_wait(into(ec));
  }
  connection.waits.reset();
  if (pending->reply) co_return std::move(*pending->reply);
  co_return problem(504, "outcome_unknown",
                    "no answer in time: it is not known whether the request took effect; send it again with the same ids", id);
}

net::awaitable<bool> HttpServer::Core::write(Connection& connection, HttpReply reply, bool head, bool keep_alive, bool endless) {
  http::response<http::string_body> response(static_cast<http::status>(reply.status), 11);
  response.set(http::field::server, "brushwatch");
  response.set(http::field::date, http_date());
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  if (!reply.content_type.empty()) response.set(http::field::content_type, reply.content_type);
  if (reply.retry_after_s > 0) response.set(http::field::retry_after, std::to_string(reply.retry_after_s));
  for (const auto& [name, value] : reply.headers) response.set(name, value);
  response.keep_alive(keep_alive);
  if (!endless) response.content_length(reply.body.size());
  if (!head) response.body() = std::move(reply.body);
  error_code ec;
  connection.stream.expires_after(milliseconds(options.timeout_ms));
  if (endless) {
    // Without a length the end of the connection is the end of the reply (RFC 9112 §6.3).
    http::response_serializer<http::string_body> serializer(response);
    co_await http::async_write_header(connection.stream, serializer, into(ec));
  } else {
    co_await http::async_write(connection.stream, response, into(ec));
  }
  co_return !ec;
}

void HttpServer::Core::run_route(const HttpRoute& route, HttpRequest request, HttpDone done) {
  const std::string id = request.trace_id;
  try {
    route.handler(std::move(request), done);
  } catch (const std::exception&) {
    // A route is our own code: an exception is a bug, but one of a single request.
    done(problem(500, "bug", "this request met a bug; please report it with its trace id", id));
  }
}

/// Gives the connection's socket to the readers' thread. Nothing of ours is under way on it: the header is written, and a client
/// of a stream has no more to say.
void HttpServer::Core::move_aside(Connection& connection, std::shared_ptr<HttpStream> stream) {
  tcp::socket socket = connection.stream.release_socket();
  error_code ec;
  const tcp protocol = socket.local_endpoint(ec).protocol();
  const auto native = socket.release(ec);
  if (ec) return;
  ++streams_open;
  net::post(readers_io, [core = shared_from_this(), protocol, native, stream = std::move(stream)]() mutable {
    net::co_spawn(core->readers_io, core->pump(tcp::socket(core->readers_io, protocol, native), std::move(stream)), net::detached);
  });
}

net::awaitable<void> HttpServer::Core::pump(tcp::socket socket, std::shared_ptr<HttpStream> stream) {
  {
    Connection connection(std::move(socket), streaming);
    net::steady_timer quiet(readers_io);
    while (!streams_stopping) {
      const auto next = stream->next(kStreamPiece);
      if (!next) break;
      HttpPiece bytes = *next;
      if (!bytes) {
        quiet.expires_after(milliseconds(options.heartbeat_ms));
        connection.quiet = &quiet;
        error_code woken;
        co_await quiet.async_wait(into(woken));
        connection.quiet = nullptr;
        if (woken || streams_stopping) continue;
        bytes = stream->heartbeat();
      }
      error_code ec;
      connection.stream.expires_after(milliseconds(options.timeout_ms));
      co_await net::async_write(connection.stream, net::buffer(*bytes), into(ec));
      if (ec) break;
    }
    error_code ignored;
    connection.stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
    connection.stream.close();
  }
  stream.reset();
  --streams_open;
}

void HttpServer::Core::wake() {
  waking.store(false);
  for (Connection* connection : streaming) {
    if (connection->quiet != nullptr) connection->quiet->cancel();
  }
}

void HttpServer::Core::stop_streams() {
  streams_stopping = true;
  for (Connection* connection : streaming) {
    if (connection->quiet != nullptr) connection->quiet->cancel();
    else connection->stream.cancel();
  }
  readers_stay.reset();
}

/// Closes our half and reads on for a while: closing with unread bytes would reset the connection under our own reply.
net::awaitable<void> HttpServer::Core::linger(Connection& connection) {
  error_code ec;
  connection.stream.socket().shutdown(tcp::socket::shutdown_send, ec);
  connection.stream.expires_after(milliseconds(std::min(options.timeout_ms, options.drain_ms)));
  std::vector<char> scrap(64 * 1024);
  for (std::size_t left = kLingerBytes; left > 0 && !ec && !stopping;) {
    const std::size_t n = co_await connection.stream.async_read_some(net::buffer(scrap), into(ec));
    left -= std::min(left, n);
  }
}

/// On the I/O thread. The thread ends by itself when the last connection has ended.
void HttpServer::Core::begin_stop() {
  stopping = true;
  error_code ignored;
  acceptor.close(ignored);
  for (Connection* connection : connections) {
    if (connection->idle) connection->stream.cancel();
  }
  if (connections.empty()) return;
  drain_timer.expires_after(milliseconds(options.drain_ms));
  drain_timer.async_wait([this](error_code ec) {
    if (ec) return;
    for (Connection* connection : connections) {
      connection->stream.cancel();
      if (connection->waits) connection->waits->arrived.cancel();
    }
  });
}

HttpServer::HttpServer(std::shared_ptr<Core> core) : core_(std::move(core)) {}
HttpServer::~HttpServer() { stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpOptions options, HttpRoutes routes) {
  auto core = std::make_shared<Core>(std::move(options), std::move(routes));
  BW_TRY(core->listen());
  if (!core->options.tls.certificate.empty()) {
    BW_ASSIGN(core->front, TlsFront::start(core->options.tls, core->options.timeout_ms, [raw = core.get()](int native, TlsPeer peer) {
      net::post(raw->io, [raw, native, peer = std::move(peer)]() mutable {
        error_code ec;
        tcp::socket socket(raw->io);
        socket.assign(tcp::v4(), native, ec);  // a local socket: streams are streams to Asio
        if (ec || raw->stopping) return static_cast<void>(ec ? ::close(native) : 0);
        const bool over_cap = raw->connections.size() + raw->streams_open.load() >= raw->options.max_connections;
        net::co_spawn(raw->io, raw->serve(std::move(socket), over_cap, std::move(peer)), net::detached);
      });
    }));
  }
  net::co_spawn(core->io, core->accept_loop(), net::detached);
  core->thread = std::thread([raw = core.get()] { raw->io.run(); });
  core->readers = std::thread([raw = core.get()] {
    come_second();
    raw->readers_io.run();
  });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(core)));
}

std::uint16_t HttpServer::port() const { return core_->port; }
void HttpServer::drain() { core_->draining.store(true); }
void HttpServer::wake_streams() {
  if (!core_->waking.exchange(true)) net::post(core_->readers_io, [core = core_] { core->wake(); });
}

void HttpServer::stop() {
  if (!core_->thread.joinable()) return;
  drain();
  net::post(core_->io, [core = core_.get()] { core->begin_stop(); });
  core_->thread.join();
  // Who asked aside has its answer by now, or has been told 504.
  net::post(core_->readers_io, [core = core_.get()] { core->stop_streams(); });
  core_->readers.join();
  // What was answered may still be on its way through the front.
  if (core_->front) core_->front->stop(core_->options.drain_ms);
}

}  // namespace brushwatch
