#pragma once
/// From the members of one record to one canonical event: the rules of the public contract (api/README.md), shared by the
/// JSON and the CSV decoder.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "connectors/codec/counters.h"
#include "connectors/codec/members.h"
#include "connectors/codec/money.h"
#include "connectors/codec/simhash.h"
#include "engine/base/result.h"
#include "engine/event/event.h"
#include "engine/log/decoder.h"

namespace brushwatch {

struct EventReaderOptions {
  std::string default_source;  ///< used when a record names none; empty = such a record is refused
  IngestClock clock = IngestClock::kWall;
  bool reject_raw_pii = true;  ///< false only counts what looks like raw personal data
  std::unordered_map<std::string, MoneyUnit> bare_money;  ///< per source, for `total`, `paid`, `coupon`, `amount`, `list`
  CodecCounters* counters = nullptr;   ///< may be absent; outlives the reader
  PlatformTable* platforms = nullptr;  ///< may be absent; outlives the reader
};

/// The attributes that came around the object rather than in it (CloudEvents), and the transport's times.
struct EventInput {
  const Members* body = nullptr;
  std::span<const Members> items;
  std::string_view type, source, time;   ///< CloudEvents attributes; empty for a bare object
  std::optional<EventTime> event_time;   ///< set by the CSV mapping instead of a member
  std::optional<EventTime> ingest_time;
  EventTime record_time{};               ///< the transport's, 0 when it has none
  EventTime now{};
  std::string_view pointer;              ///< where the body stands in the record: "" or "/data"
};

/// Cost ~0.3 µs an order event. No allocation once the buffers have grown. Not thread-safe.
class EventReader {
 public:
  explicit EventReader(EventReaderOptions options);
  ~EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  /// Names made by the reader (canonical ids) live until the next begin_record(); all other views in the event point into
  /// the members' texts. A record gives at most kEventsPerRecordMax events.
  void begin_record();
  /// Errors: 2xxx with the JSON pointer of the field as context; `out` is then unspecified.
  Result<void> read(const EventInput& input, Event& out);

  static constexpr std::size_t kEventsPerRecordMax = 64;

 private:
  class Body;
  struct SourceInfo {
    std::string name;
    std::uint16_t platform = 0;
    MoneyUnit unit = MoneyUnit::kUnset;
  };
  const SourceInfo& source_info(std::string_view name);
  std::string_view join(std::string_view a, std::string_view b, std::string_view c = {});

  EventReaderOptions options_;
  SimHasher simhasher_;
  std::unordered_map<std::uint64_t, SourceInfo> sources_;
  SourceInfo stranger_;                 ///< a source beyond the bound of `sources_`
  const SourceInfo* last_ = nullptr;    ///< most records come from the source of the record before
  std::unique_ptr<char[]> arena_;
  std::size_t arena_used_ = 0;
};

/// The member of an enumeration as the contract spells it.
std::string_view channel_word(Channel value);
std::string_view goods_state_word(GoodsState value);
std::string_view outlet_kind_word(OutletKind value);
std::string_view view_kind_word(ViewKind value);
std::string_view ua_class_word(std::uint8_t value);
std::string_view complaint_code_word(ComplaintCode value);

}  // namespace brushwatch
