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
enum class Topic : std::uint8_t { kAlert, kCase, kList, kCredit };
inline constexpr std::size_t kTopics = 4;
std::string_view topic_name(Topic topic);
std::optional<Topic> topic_from_name(std::string_view name);
/// nullopt for outputs that are not read through the doors.
std::optional<Topic> topic_of(Output output);

struct Record {
  StreamKey key;
  Topic topic = Topic::kAlert;
  std::string id;
  std::uint64_t version = 0;
  std::string subject_kind, subject;  ///< "" when the line names none
  std::string pattern, direction, severity, state, list;
  std::int64_t posterior_permille = 0;
  EventTime event_time{};
  Marking marking;
  std::string hash;  ///< 64 hex digits: the line's own, its ETag
  bool states_itself = false, marks_itself = false;  ///< the line has these members already
};

/// Reads a whole output line. nullopt for a seal and for a line of an output that is not read. Errors: kLogCorrupt when it
/// is no line of a chain, or lacks id or event_time.
Result<std::optional<Record>> read_record(Output output, std::string_view line);

/// The line as it is served: its own bytes, then `state` (alerts have none of their own) and `marking`.
std::string served_json(const Record& record, std::string_view line);

/// "taobao" of "taobao:S-9" and of "PLAT:taobao:S-9"; "" when the id names no party (a credit code).
std::string party_of(std::string_view subject);
/// The marking of a line that does not state its own: docs/access.md has the table.
Marking default_marking(Topic topic, std::string_view direction, std::string_view state, std::string_view owner);

}  // namespace brushwatch::doors
