#pragma once
/// From raw records to canonical events: the contract of the codecs (JSON, CSV with a mapping).

#include <vector>

#include "engine/event/event.h"
#include "engine/log/source.h"

namespace brushwatch {

/// Which clock stamps ingest_time. `kWall`: the moment of ingest. `kRecord`: the record's own ingest_time, else the
/// transport's record time, else its event_time; for history and replays.
enum class IngestClock : std::uint8_t { kWall, kRecord };

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Decodes one record into out[0..n) and returns n (a CSV row can give several events; the header row gives 0). `out` only
  /// grows, so that its events keep their buffers. Views in the events are valid until the next call. `now` is the wall time
  /// that kWall stamps. The caller sets Event::position.
  /// Errors: 2xxx, with the JSON pointer of the field at fault as context; then nothing is decoded.
  virtual Result<std::size_t> decode(const SourceRecord& record, EventTime now, std::vector<Event>& out) = 0;
};

}  // namespace brushwatch
