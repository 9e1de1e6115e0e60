#pragma once
/// The words of an alert: its id and the members of its output line (api/schema/alert.schema.json).

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alliance/judgement.h"
#include "engine/detect/detector.h"

namespace brushwatch {

/// "A-" + 16 hex digits of SHA-256("pattern|kind|subject|week start|direction"): the same in every run.
std::string alert_id(SubjectKind kind, std::string_view subject, Direction direction, EventTime week);

/// More would not be read; the best of each family is always among them. `reasons_total` tells how many there were.
inline constexpr std::size_t kReasonsMax = 16;

/// Finds the sentences of a finding. The infos outlive it.
class ReasonBook {
 public:
  /// A bug in a template stops the program here, not in the night (validate_reasons).
  explicit ReasonBook(std::span<const DetectorInfo* const> detectors);
  struct Entry { const DetectorInfo* info = nullptr; const ReasonText* reason = nullptr; };
  /// Parts of a detector share its number: the part that has the reason wins. Null members when there is none.
  [[nodiscard]] Entry find(std::uint16_t detector, std::uint16_t reason) const;

 private:
  std::vector<const DetectorInfo*> infos_;
};

/// In the order of AlertChange, which tells the alliance stage the same.
enum class AlertEvent : std::uint8_t { kAlert, kUpdate, kWithdrawn };

struct AlertLine {
  AlertEvent event = AlertEvent::kAlert;
  std::uint32_t version = 1;
  Severity severity = Severity::kAlert;
  std::string_view withdrawn_reason;       ///< kWithdrawn only
  EventTime event_time{};                  ///< of the finding that caused it, or of the deadline that passed
  std::optional<EvidenceRef> caused_by;    ///< absent when time caused it
};

/// The inside of the JSON object, members in a fixed order.
std::string alert_fields(const AlertLine& line, const SubjectRow& row, const Judgement& judgement,
                         const FusionRules& rules, const ReasonBook& book, const SourceNames& sources,
                         std::uint64_t rules_digest);

/// The findings of a judgement that its line tells, loudest first; and how many there are in all.
std::vector<const HeldFinding*> told_findings(const SubjectRow& row, const Judgement& judgement, std::size_t& total);

}  // namespace brushwatch
