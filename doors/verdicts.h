#pragma once
/// What people made of each detector's voice: alerts in which it spoke for its family, by the latest word about them.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace brushwatch::doors {

struct DetectorVerdicts {
  std::uint64_t confirmed = 0;  ///< the case was confirmed by a second person, or went further
  std::uint64_t worthy = 0;     ///< an analyst opened a case that is not decided yet
  std::uint64_t rejected = 0;   ///< dismissed, or the case was closed without a confirmation
  std::uint64_t undecided = 0;  ///< nobody has decided
  [[nodiscard]] std::uint64_t decided() const { return confirmed + worthy + rejected; }
};
using VerdictsByDetector = std::map<std::string, DetectorVerdicts, std::less<>>;

/// Which of the four an alert counts in, from its own state and that of its case ("" when it has none).
std::uint64_t DetectorVerdicts::* verdict_of(std::string_view alert_state, std::string_view case_state);

/// Wilson's interval at 95 %, permille: what the share may be after so few decisions. {0, 1000} when there is none.
struct Share {
  std::int64_t low_permille = 0, high_permille = 1000;
};
Share wilson(std::uint64_t hits, std::uint64_t of);

}  // namespace brushwatch::doors
