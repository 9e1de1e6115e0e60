#pragma once
/// A reply without an end: bytes are pulled by the connection when the client has room for them, so no client has a queue.

#include <cstddef>
#include <optional>
#include <string>

namespace brushwatch {

class HttpStream {
 public:
  virtual ~HttpStream() = default;
  /// The next bytes, about `most` of them; "" when there is nothing now; nullopt when the stream has ended.
  /// On the server's readers' thread: must not block for longer than readers may wait.
  virtual std::optional<std::string> next(std::size_t most) = 0;
  /// What keeps a quiet connection alive.
  virtual std::string heartbeat() = 0;
};

}  // namespace brushwatch
