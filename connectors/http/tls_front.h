#pragma once
/// TLS in front of the HTTP door: it ends TLS, looks at the client's certificate and passes the bytes on, both ways, through a pair of
/// local sockets. So the server behind it need not know of TLS, and a stream can move to the readers' thread as any other.
///
/// Taken    TLS 1.2 and 1.3, no resumption: each handshake shows a certificate. A client without one is let through (it may ask for what
///          is public); one whose certificate does not hold under `client_ca` fails its handshake.
/// Cost     a handshake some 1 ms, each byte one more copy.
/// Threads  take() and stop() from any; `hand_over` is called on the front's own thread.
/// Fails    a certificate that was withdrawn is not noticed: give them short lives, and take its line out of `access.certificates`.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/result.h"

namespace brushwatch {

/// PEM files. `client_ca` "" = nobody is asked for a certificate.
struct TlsFiles {
  std::string certificate, key, client_ca;
};
/// The certificate that a client has shown and that holds.
struct TlsPeer {
  std::string subject;  ///< RFC 2253, e.g. "CN=ops,O=Taobao,C=CN"; "" = none was shown
  std::string digest;   ///< SHA-256 of the certificate (DER), 64 hex digits
};

class TlsFront {
 public:
  /// Gets one end of a pair of connected stream sockets; it is the callee's to close.
  using HandOver = std::function<void(int socket, TlsPeer peer)>;
  /// Errors: kConfigRange for a file that cannot be used, with its name. `timeout_ms` bounds a handshake and one write to a client.
  static Result<std::unique_ptr<TlsFront>> start(const TlsFiles& files, int timeout_ms, HandOver hand_over);
  ~TlsFront();
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;

  /// An accepted TCP socket, which this closes.
  void take(int socket);
  /// Connections that are open here.
  [[nodiscard]] std::size_t open() const;
  /// Takes nothing new, gives what the server behind has ended `drain_ms` to reach its clients, closes the rest. Idempotent.
  void stop(int drain_ms);

 private:
  struct Core;
  explicit TlsFront(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace brushwatch
