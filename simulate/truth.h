#pragma once
/// The truth of a simulated world, and how a list of alerts scores against it. No detector reads this.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/event/event.h"

namespace brushwatch::simulate {

/// One attack, or one honest look-alike, of the world.
struct TruthRing {
  std::string scenario;              ///< "S2", "M3", "P5", "H1" … (docs/world.md)
  std::string role;                  ///< "offender" | "victim" | "lookalike"
  std::string direction;             ///< "promote" | "demote" | "victim"; empty for look-alikes
  std::vector<std::string> subjects; ///< canonical shop ids "platform:S…", and the ids of complicit outlets
  std::vector<std::string> related;  ///< operators, gift warehouses' outlets: naming them is neither found nor false
  EventTime first_fake{}, last_fake{};
  std::uint64_t orders = 0;
  std::uint64_t waybills = 0;
  int camouflage = 0;                ///< 0 .. 3: how much of the script's habits the attacker hides
};
/// One order of a ring; look-alikes' orders are not listed, they are honest.
struct TruthOrder {
  std::uint32_t ring = 0;  ///< index into the rings
  std::string order;       ///< canonical order id
  std::string waybill;     ///< empty when nothing was shipped
  EventTime created{};     ///< ms 0 when the file does not say
};

/// One NDJSON line without the line end.
std::string truth_line(const TruthRing& ring);
/// Reads `truth/truth.ndjson`. Errors: kIo when it cannot be opened, kNotJson or kMissingField with the line number.
Result<std::vector<TruthRing>> read_truth(const std::string& path);
/// Reads `truth/orders.ndjson`. Errors: as read_truth.
Result<std::vector<TruthOrder>> read_truth_orders(const std::string& path);

struct JudgedAlert {
  std::string subject;  ///< canonical shop id (a leading "PLAT:" is dropped), outlet, courier or operator
  Direction direction = Direction::kPromote;
  bool withdrawn = false;
};
/// Counts of distinct subjects, so several alerts on one subject weigh as one.
struct Score {
  std::uint32_t found = 0;               ///< offenders with a standing promote alert
  std::uint32_t missed = 0;
  std::uint32_t rings_found = 0;         ///< offender rings with at least one subject found
  std::uint32_t rings_missed = 0;
  std::uint32_t falsely_accused = 0;     ///< honest subjects with a standing promote alert, victims included
  std::uint32_t victims_named = 0;       ///< victims with a standing victim or demote alert
  std::uint32_t victims_missed = 0;
  std::uint32_t victims_accused = 0;     ///< victims with a standing promote alert; the target is 0
  std::uint32_t lookalikes_accused = 0;  ///< part of falsely_accused
  std::uint32_t withdrawn = 0;           ///< alerts taken back; they count for nothing else
  std::vector<std::string> false_subjects, missed_subjects;  ///< sorted
  [[nodiscard]] double recall() const { return found + missed == 0 ? 1.0 : static_cast<double>(found) / (found + missed); }
  [[nodiscard]] double precision() const {
    return found + falsely_accused == 0 ? 1.0 : static_cast<double>(found) / (found + falsely_accused);
  }
};
/// Couriers of a complicit outlet ("<outlet>-K<n>") are counted as related.
Score score_alerts(std::span<const TruthRing> truth, std::span<const JudgedAlert> alerts);

}  // namespace brushwatch::simulate
