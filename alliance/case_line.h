#pragma once
/// The words of the case, list and credit outputs: one line a change (docs/formats/case.md; api/schema/{case,list,credit}.schema.json).

#include <optional>
#include <string>
#include <string_view>

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

/// The line of a subject's identity in the credit output: made when a register names it.
std::string identity_fields(const SubjectFile& file, EventTime at, const LineCause& cause);

}  // namespace brushwatch
