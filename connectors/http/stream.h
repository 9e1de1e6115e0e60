#pragma once
/// A reply without an end: bytes are pulled by the connection when the client has room for them, so no client has a queue.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace brushwatch {

/// Bytes that many streams may send at the same time: made once, copied for nobody.
using HttpPiece = std::shared_ptr<const std::string>;

class HttpStream {
 public:
  virtual ~HttpStream() = default;
  /// The next bytes, about `most` of them; null when there is nothing now; nullopt when the stream has ended.
  /// On the server's readers' thread: must not block for longer than readers may wait.
  virtual std::optional<HttpPiece> next(std::size_t most) = 0;
  /// What keeps a quiet connection alive; not null.
  virtual HttpPiece heartbeat() = 0;
};

}  // namespace brushwatch
