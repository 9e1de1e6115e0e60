#include "connectors/http/tls_front.h"

#include <utility>  // first: Boost 1.74's awaitable.hpp uses std::exchange without including it

#ifdef __SANITIZE_THREAD__
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif
#pragma GCC diagnostic push
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#pragma GCC diagnostic pop
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

namespace brushwatch {
namespace {

// OpenSSL comes with Asio's TLS and is named here only to look at the certificate that Asio has verified.
namespace net = boost::asio;
using tcp = net::ip::tcp;
using local = net::local::stream_protocol;
using boost::system::error_code;

/// A TLS record is 16 KiB at most; a body arrives in as many reads as it has records.
constexpr std::size_t kPiece = 16 * 1024;

auto into(error_code& ec) { return net::redirect_error(net::use_awaitable, ec); }

struct X509Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

TlsPeer peer_of(SSL* ssl) {
  TlsPeer out;
  const std::unique_ptr<X509, X509Free> certificate(SSL_get1_peer_certificate(ssl));
  // A certificate that does not hold has ended the handshake; asked again, because everything hangs on it.
  if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK) return out;
  const std::unique_ptr<BIO, BioFree> text(BIO_new(BIO_s_mem()));
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  if (!text || X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) return out;
  if (X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1 || size != digest.size()) return out;
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(text.get(), &bytes);
  if (length <= 0) return out;
  out.subject.assign(bytes, static_cast<std::size_t>(length));
  constexpr char kHex[] = "0123456789abcdef";
  for (const unsigned char b : digest) {
    out.digest += kHex[b >> 4];
    out.digest += kHex[b & 15];
  }
  return out;
}

}  // namespace

struct TlsFront::Core : std::enable_shared_from_this<TlsFront::Core> {
  explicit Core(int timeout, HandOver give) : timeout_ms(timeout), hand_over(std::move(give)) {}

  /// Both sides of one connection; lives as long as one of its two directions runs.
  struct Relay {
    Relay(Core& core, tcp::socket socket) : tls(std::move(socket), core.context), inside(core.io), patience(core.io), of(core) {
      of.relays.insert(this);
      ++of.count;
    }
    ~Relay() {
      of.relays.erase(this);
      --of.count;
      if (of.stopping && of.relays.empty()) of.drain.cancel();
    }
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;
    void close() {
      error_code ignored;
      tls.next_layer().close(ignored);
      inside.close(ignored);
      patience.cancel();
    }
    net::ssl::stream<tcp::socket> tls;
    local::socket inside;
    net::steady_timer patience;
    Core& of;
  };

  const int timeout_ms;
  const HandOver hand_over;
  net::ssl::context context{net::ssl::context::tls_server};
  net::io_context io{1};
  net::executor_work_guard<net::io_context::executor_type> stay = net::make_work_guard(io);
  std::atomic<std::size_t> count = 0;
  std::thread thread;
  // The front's thread only.
  std::set<Relay*> relays;
  net::steady_timer drain{io};
  bool stopping = false;

  Result<void> read(const TlsFiles& files);
  net::awaitable<void> greet(std::shared_ptr<Relay> relay);
  net::awaitable<void> inwards(std::shared_ptr<Relay> relay);
  net::awaitable<void> outwards(std::shared_ptr<Relay> relay);
  /// Closes the relay when `patience` is not cancelled in time.
  void watch(const std::shared_ptr<Relay>& relay);
};

Result<void> TlsFront::Core::read(const TlsFiles& files) {
  const auto cannot = [](const std::string& file, const error_code& ec) {
    return tl::unexpected<Error>(Error(ErrorCode::kConfigRange, "cannot be used for TLS").in(file + ": " + ec.message()));
  };
  error_code ec;
  context.set_options(net::ssl::context::default_workarounds | net::ssl::context::no_tlsv1 | net::ssl::context::no_tlsv1_1 | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION, ec);
  if (ec) return cannot(files.certificate, ec);
  SSL_CTX_set_session_cache_mode(context.native_handle(), SSL_SESS_CACHE_OFF);
  context.use_certificate_chain_file(files.certificate, ec);
  if (ec) return cannot(files.certificate, ec);
  context.use_private_key_file(files.key, net::ssl::context::pem, ec);
  if (ec) return cannot(files.key, ec);
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) return tl::unexpected<Error>(Error(ErrorCode::kConfigRange, "is not the key of the certificate").in(files.key));
  if (files.client_ca.empty()) return {};
  context.load_verify_file(files.client_ca, ec);
  if (ec) return cannot(files.client_ca, ec);
  if (STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(files.client_ca.c_str()); names != nullptr) SSL_CTX_set_client_CA_list(context.native_handle(), names);
  context.set_verify_mode(net::ssl::verify_peer, ec);
  if (ec) return cannot(files.client_ca, ec);
  return {};
}

void TlsFront::Core::watch(const std::shared_ptr<Relay>& relay) {
  relay->patience.expires_after(std::chrono::milliseconds(timeout_ms));
  relay->patience.async_wait([weak = std::weak_ptr<Relay>(relay)](error_code ec) {
    const auto still = ec ? nullptr : weak.lock();
    if (still) still->close();
  });
}

net::awaitable<void> TlsFront::Core::greet(std::shared_ptr<Relay> relay) {
  error_code ec;
  watch(relay);
  co_await relay->tls.async_handshake(net::ssl::stream_base::server, into(ec));
  relay->patience.cancel();
  if (ec || stopping) co_return relay->close();
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) co_return relay->close();
  relay->inside.assign(local(), pair[0], ec);
  if (ec) {
    ::close(pair[0]);
    ::close(pair[1]);
    co_return relay->close();
  }
  hand_over(pair[1], peer_of(relay->tls.native_handle()));
  net::co_spawn(io, outwards(relay), net::detached);
  co_await inwards(std::move(relay));
}

net::awaitable<void> TlsFront::Core::inwards(std::shared_ptr<Relay> relay) {
  std::vector<char> piece(kPiece);
  error_code ec;
  while (!ec) {
    const std::size_t n = co_await relay->tls.async_read_some(net::buffer(piece), into(ec));
    if (!ec) co_await net::async_write(relay->inside, net::buffer(piece, n), into(ec));
  }
  // The client has no more to say; an answer may still be on its way to it.
  error_code ignored;
  relay->inside.shutdown(local::socket::shutdown_send, ignored);
}

net::awaitable<void> TlsFront::Core::outwards(std::shared_ptr<Relay> relay) {
  std::vector<char> piece(kPiece);
  error_code ec;
  while (!ec) {
    const std::size_t n = co_await relay->inside.async_read_some(net::buffer(piece), into(ec));
    if (ec) break;
    // A client that takes nothing is not waited for longer than the server behind would.
    watch(relay);
    co_await net::async_write(relay->tls, net::buffer(piece, n), into(ec));
    relay->patience.cancel();
  }
  // The server is done with this connection: "close notify", so that nobody can pass off a cut for an end.
  watch(relay);
  co_await relay->tls.async_shutdown(into(ec));
  relay->close();
}

Result<std::unique_ptr<TlsFront>> TlsFront::start(const TlsFiles& files, int timeout_ms, HandOver hand_over) {
  auto core = std::make_shared<Core>(timeout_ms, std::move(hand_over));
  BW_TRY(core->read(files));
  core->thread = std::thread([raw = core.get()] { raw->io.run(); });
  return std::unique_ptr<TlsFront>(new TlsFront(std::move(core)));
}

TlsFront::TlsFront(std::shared_ptr<Core> core) : core_(std::move(core)) {}
TlsFront::~TlsFront() { stop(0); }

void TlsFront::take(int socket) {
  ++core_->count;  // until the relay counts itself
  net::post(core_->io, [core = core_.get(), socket] {
    error_code ec;
    tcp::socket taken(core->io);
    taken.assign(tcp::v4(), socket, ec);
    if (ec) ::close(socket);
    else if (!core->stopping) net::co_spawn(core->io, core->greet(std::make_shared<Core::Relay>(*core, std::move(taken))), net::detached);
    --core->count;
  });
}

std::size_t TlsFront::open() const { return core_->count.load(); }

void TlsFront::stop(int drain_ms) {
  if (!core_->thread.joinable()) return;
  net::post(core_->io, [core = core_.get(), drain_ms] {
    core->stopping = true;
    core->stay.reset();
    if (core->relays.empty()) return;
    core->drain.expires_after(std::chrono::milliseconds(drain_ms));
    core->drain.async_wait([core](error_code ec) {
      if (ec) return;
      for (Core::Relay* relay : std::vector<Core::Relay*>(core->relays.begin(), core->relays.end())) relay->close();
    });
  });
  core_->thread.join();
}

}  // namespace brushwatch
