#pragma once
/// A source partition: where raw records come from (a file, one Kafka partition, the HTTP door), in order, re-readable.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace brushwatch {

using Header = std::pair<std::string_view, std::string_view>;

/// The record header in which the door writes whose token the record came with. Clients cannot set it: of their own headers
/// only ce-* reach a record.
inline constexpr std::string_view kPartyHeader = "brushwatch-party";
/// What stands in it when the token ended meanwhile: it speaks for nobody.
inline constexpr std::string_view kNoParty = "-";

/// Raw bytes with their place. Views are valid until the next poll() of the same source.
struct SourceRecord {
  std::string_view bytes;
  std::uint64_t offset = 0;       ///< byte offset of a line, record offset in Kafka, sequence over HTTP
  std::uint64_t next_offset = 0;  ///< where reading goes on after this record
  EventTime record_time{};        ///< Kafka CreateTime; 0 when the transport has none
  std::vector<Header> headers;    ///< CloudEvents binary mode: ce_*, content-type
};

/// Whose record it is: its source's party, else what kPartyHeader says; "" = nobody said.
inline std::string_view sender_of(const SourceRecord& record, std::string_view party_of_source) {
  if (!party_of_source.empty()) return party_of_source;
  for (const auto& [name, value] : record.headers) {
    if (name == kPartyHeader) return value;
  }
  return {};
}

class Source {
 public:
  virtual ~Source() = default;
  /// Stable name of the partition: "orders.ndjson", "brushwatch.in.order/3", "http".
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Continues at `offset` (0 = from the beginning). Called before the first poll, and never while records are in use.
  virtual Result<void> seek(std::uint64_t offset) = 0;
  /// Replaces `out` by up to `max` records; returns at once with what there is, or waits up to `wait_ms` for the first one.
  virtual Result<void> poll(std::size_t max, int wait_ms, std::vector<SourceRecord>& out) = 0;
  /// The ledger holds every record below `next_offset` durably; told after each live round, on the polling thread.
  /// A source whose senders wait for that answers them now.
  virtual void durable_up_to(std::uint64_t next_offset) { (void)next_offset; }
  /// True when a bounded source has given its last record. An unbounded one is never at its end.
  [[nodiscard]] virtual bool at_end() const = 0;
  /// Records that wait in the transport behind what was polled, as far as it knows without asking anybody; nullopt when it
  /// cannot tell. On the polling thread.
  [[nodiscard]] virtual std::optional<std::uint64_t> backlog() const { return std::nullopt; }
};

}  // namespace brushwatch
