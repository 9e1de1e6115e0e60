#pragma once
/// Server-sent events out of the read model: one cursor a client, no queue, and the bytes of a piece made once for all who may read it.

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "connectors/http/stream.h"
#include "doors/read_model.h"
#include "doors/stream_lag.h"

namespace brushwatch::doors {

struct EventStreamOptions {
  Principal who;
  std::set<Topic> topics;
  StreamKey after;      ///< the first message is the first visible line beyond it
  bool resync = false;  ///< begin by saying so: the client's last id is not known here
};

/// Pieces of the stream as text. Streams of one role, party and choice of topics that stand at one place get the same bytes: five hundred
/// clients of a live stream cost one look into the model and one serialisation a piece.
///
/// Bound    kPiecesMost pieces, the oldest forgotten first: 4 MiB of lines, and what slow clients still send.
/// Threads  next() on the server's readers' thread only.
class StreamFan {
 public:
  /// `model` outlives it.
  explicit StreamFan(const ReadModel& model) : model_(model) {}
  struct Piece {
    HttpPiece text;             ///< null when there is nothing in it
    StreamKey reached;          ///< go on after this one
    std::optional<StreamKey> first, told;  ///< the ids of its first and of its last message
    bool resync = false;
  };
  /// What follows `options.after`. Errors: kStateIo.
  Result<Piece> next(const EventStreamOptions& options, std::size_t most);
  /// Pieces that were made, not found: for tests.
  [[nodiscard]] std::uint64_t made() const { return made_; }

 private:
  static constexpr std::size_t kPiecesMost = 64;
  const ReadModel& model_;
  std::map<std::string, Piece, std::less<>> pieces_;
  std::deque<std::string> order_;
  std::uint64_t made_ = 0;
};

/// Counts itself in `clients` while it lives. The fan's model outlives it. `lag`, which may be null, hears of each piece's oldest message
/// when the piece is written, once the client has caught up with the past; the last piece of a connection that breaks is not told.
std::shared_ptr<HttpStream> make_event_stream(std::shared_ptr<StreamFan> fan, EventStreamOptions options, std::shared_ptr<std::atomic<int>> clients,
                                              std::shared_ptr<const StreamLag> lag = nullptr);

}  // namespace brushwatch::doors
