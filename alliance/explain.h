#pragma once
/// An alert line told to a person: who, since when, why, how sure, and where the evidence lies.

#include <string>
#include <string_view>

#include "alliance/sentence.h"

namespace brushwatch {

enum class Colour : std::uint8_t { kNone, kAnsi };

/// Several lines of text, ending in a newline. Everything comes from the line itself: what is shown is what was
/// recorded when the alert was made. `alert_line` is a line of the alert output of type alert, alert_update or
/// alert_withdrawn. Errors: kNotJson when it is no JSON object, kBadType when it is no alert or a member is missing.
Result<std::string> explain_text(std::string_view alert_line, Lang lang, Colour colour);

/// One line: the evidence of an accusation beside the bar of its week, as the discovery control counts both (discovery.h), and what
/// it makes of it. `control_line` is the newest line of type control of the alert's week. "" for a victim's verdict and a withdrawn
/// alert, which are not counted. Errors: as above, of either line.
Result<std::string> control_text(std::string_view alert_line, std::string_view control_line, Lang lang);

/// For machines the line is its own explanation.
inline std::string explain_json(std::string_view alert_line) { return std::string(alert_line); }

}  // namespace brushwatch
