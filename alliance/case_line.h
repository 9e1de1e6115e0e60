#pragma once
/// The words of the case, list and credit outputs: one line a change (docs/formats/case.md; api/schema/{case,list,credit}.schema.json).

#include <optional>
#include <string>
#include <string_view>

#include "alliance/discovery.h"
#include "alliance/subject_file.h"
#include "engine/detect/fold.h"

namespace brushwatch {

/// The output a change is told in: alerts, cases and refusals in `case`, entries in `list`, archive items in `credit`.
Output output_of(const Change& change);

/// Where a line's cause stands: the place of the command or event, or nothing when a deadline passed.
struct LineCause {
  std::optional<EvidenceRef> caused_by;
  const SourceNames* sources = nullptr;
};

/// The inside of the JSON object, members in a fixed order. Every line carries the whole state of what changed, so that the last
/// line of an id is all there is to know about it (a compacted topic keeps it).
std::string change_fields(const Change& change, const SubjectFile& file, const LineCause& cause);

/// What members say back beside the procedures; commands of these names are no act of a machine and move no state.
///   sight        of an alert or an entry: `reason` says confirmed, false_positive or expired; a member's newest word counts
///   acknowledge  a receipt: `evidence` is the place in the stream up to which `member` holds everything, `measure` the channel
inline constexpr std::string_view kSight = "sight", kAcknowledge = "acknowledge";
inline constexpr std::string_view kSightings[] = {"confirmed", "false_positive", "expired"};
inline constexpr std::string_view kChannels[] = {"webhook", "sse", "kafka", "poll"};
/// The member in whose name it is said: the party, or whoever says it.
std::string_view member_of(const CommandEvent& command);
/// The line of a sighting. `direction` of the alert; "" for an entry.
std::string sighting_fields(const CommandEvent& command, const SubjectFile& file, std::string_view direction, EventTime at, const LineCause& cause);
/// The line of a receipt; it is about no subject.
std::string receipt_fields(const CommandEvent& command, EventTime at, const LineCause& cause);

/// The line of a week's bar (discovery.h); it is about no subject.
std::string control_fields(EventTime week, const WeekBar& bar, const DiscoveryRules& rules, EventTime at, const LineCause& cause);

/// The line of a subject's identity in the credit output: made when a register names it.
std::string identity_fields(const SubjectFile& file, EventTime at, const LineCause& cause);

}  // namespace brushwatch
