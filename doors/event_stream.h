#pragma once
/// Server-sent events out of the read model: one cursor a client, no queue.

#include <atomic>
#include <memory>
#include <set>

#include "connectors/http/stream.h"
#include "doors/read_model.h"

namespace brushwatch::doors {

struct EventStreamOptions {
  Principal who;
  std::set<Topic> topics;
  StreamKey after;      ///< the first message is the first visible line beyond it
  bool resync = false;  ///< begin by saying so: the client's last id is not known here
};

/// Counts itself in `clients` while it lives. `model` outlives it.
std::shared_ptr<HttpStream> make_event_stream(const ReadModel& model, EventStreamOptions options, std::shared_ptr<std::atomic<int>> clients);

}  // namespace brushwatch::doors
