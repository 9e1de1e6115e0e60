#pragma once
/// What an output line is about, as far as the doors need to know to find it and to decide who may see it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "doors/access.h"
#include "doors/stream_key.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace brushwatch::doors {

/// The topics that people read; late events and dead letters stay with those who run the pipeline.
///   alert        what the engine says             alert_state  what people did with an alert
///   case         a case                            refusal      a command that was refused, and why
///   list         an entry of a list                credit       a subject's archive
///   sighting     what a member says of an alert    receipt      how far a member holds the stream
enum class Topic : std::uint8_t { kAlert, kAlertState, kCase, kRefusal, kList, kCredit, kSighting, kReceipt };
inline constexpr std::size_t kTopics = 8;
std::string_view topic_name(Topic topic);
std::optional<Topic> topic_from_name(std::string_view name);
/// Outputs that are read through the doors.
bool is_read(Output output);

struct Record {
  StreamKey key;
  Topic topic = Topic::kAlert;
  std::string id;
  std::uint64_t version = 0;
  std::string subject_kind, subject;  ///< "" when the line names none
  std::string pattern, direction, severity, state, list;
  std::vector<std::string> voices;  ///< of an alert: the detectors that speak for their families
  std::string alert;                ///< of a case: the alert it was opened from
  std::int64_t posterior_permille = 0;
  std::uint8_t level = 0;  ///< of a list entry: 0 internal, 1 announced, 2 public
  EventTime event_time{};
  Marking marking;
  std::string hash;  ///< 64 hex digits: the line's own, its ETag
  bool states_itself = false, times_itself = false, counts_itself = false, marks_itself = false;  ///< the line has these members
};

/// Reads a whole output line. nullopt for a seal and for a line of an output that is not read. Errors: kLogCorrupt when it
/// is no line of a chain, or lacks id or time (`event_time`, or `at` where people act).
Result<std::optional<Record>> read_record(Output output, std::string_view line);

/// The line as it is served: its own bytes, then `state`, `event_time` and `version` where the line has them deeper or not at
/// all, and `marking`.
std::string served_json(const Record& record, std::string_view line);

/// "taobao" of "taobao:S-9" and of "PLAT:taobao:S-9"; "" when the id names no party (a credit code).
std::string party_of(std::string_view subject);
/// The marking of a line that does not state its own: docs/access.md has the table. `asked` is the member that a case asks for
/// evidence.
Marking default_marking(const Record& record, std::string_view asked);

}  // namespace brushwatch::doors
