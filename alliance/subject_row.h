#pragma once
/// What the subject stage remembers about one subject: its findings that still stand, and the alerts told about it.
///
/// Findings are kept sorted by identity, so two orders of arrival that end with the same findings keep them as the same
/// bytes. Layout: docs/formats/alert.md, "The subject's row".

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/event/event.h"

namespace brushwatch {

inline constexpr std::int64_t kWeekMs = 7 * kDayMs;
/// Three weeks of a subject under attack from every family fit: 28 detectors, of which a few speak per item or per day.
inline constexpr std::size_t kHeldMax = 64;
/// Enough for an officer to check by hand; the count says how many there were. 64 × 64 refs keep a row below ~40 KiB.
inline constexpr std::size_t kEvidenceKept = 64;

/// Monday 00:00 (Shanghai) of the week of `t`.
constexpr EventTime week_of(EventTime t) { return window_start(t, kWeekMs); }

/// A finding as the row holds it. Views live as long as the row and the bytes it was read from.
struct HeldFinding {
  std::uint16_t detector = 0, version = 0, reason = 0;
  Family family = Family::kOrder;
  Direction direction = Direction::kPromote;
  EventTime window_start{}, window_end{};
  std::uint64_t scope = 0;
  std::int64_t llr_milli = 0, value_milli = 0, baseline_milli = 0, threshold_milli = 0;
  std::array<std::int64_t, kFindingParams> params{};
  std::uint32_t count = 0;
  std::string_view evidence;  ///< encoded; see evidence_of()
  std::string_view bytes;     ///< the whole finding, encoded

  using Identity = std::tuple<Direction, std::uint16_t, EventTime, std::uint64_t>;
  [[nodiscard]] Identity identity() const { return {direction, detector, window_start, scope}; }
  [[nodiscard]] EventTime week() const { return week_of(window_start); }
};
/// Sorted, unique, at most kEvidenceKept: the smallest, so that the sample does not depend on the order of arrival.
std::vector<EvidenceRef> evidence_of(const HeldFinding& finding);

/// Public spelling: "notice" accuses nobody (any more), "alert", "urgent".
enum class Severity : std::uint8_t { kNotice, kAlert, kUrgent };
std::string_view severity_name(Severity severity);

/// What has been told about (direction, week). Kept after a withdrawal, for the version.
struct AlertRecord {
  Direction direction = Direction::kPromote;
  EventTime week{};
  std::uint32_t version = 0;          ///< of the last line told
  bool standing = false;              ///< told and not withdrawn
  Severity severity = Severity::kNotice;
  int posterior_permille = 0;         ///< as last told
  std::uint8_t families = 0;          ///< bit per Family, as last told
  std::uint8_t told = 0;              ///< as last told; victim: 1 = it holds back the promote alert of this week, 2 = of the
                                      ///< next; 4 = possibly framed
  std::uint64_t content = 0;          ///< hash of what was last told
  std::uint16_t counted = 0;          ///< its place for the discovery control as last told; 0: not counted (a victim, a withdrawn
                                      ///< alert, one told by a build that did not count)
  EventTime due =
      EventTime::max();  ///< when what is pending (a revision, a weak alert) is settled; max = nothing pending
};

class SubjectRow {
 public:
  SubjectRow() = default;
  SubjectRow(SubjectKind kind, std::string_view subject) : kind_(kind), subject_(subject) {}
  SubjectRow(const SubjectRow&) = delete;
  SubjectRow& operator=(const SubjectRow&) = delete;

  /// Reads a row. `tail` must outlive this object. False when the bytes are no row of this version.
  bool read(std::string_view tail);
  [[nodiscard]] std::string write() const;

  [[nodiscard]] SubjectKind kind() const { return kind_; }
  [[nodiscard]] const std::string& subject() const { return subject_; }
  [[nodiscard]] const std::vector<HeldFinding>& findings() const { return findings_; }
  /// Findings taken back so far.
  [[nodiscard]] std::uint64_t retractions() const { return retractions_; }
  /// Findings dropped because the row was full.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Weeks that begin before the horizon are judged no more: their evidence begins to expire.
  [[nodiscard]] EventTime horizon() const { return horizon_; }
  [[nodiscard]] bool empty() const { return findings_.empty() && records_.empty(); }

  /// Adds, replaces or (retracted) removes. Returns whether anything changed. At most one call a row object.
  bool apply(const FindingEvent& finding);
  /// Moves the horizon and drops the findings and records that no week at or after it needs.
  void expire(EventTime horizon);

  [[nodiscard]] std::vector<AlertRecord>& records() { return records_; }
  [[nodiscard]] const std::vector<AlertRecord>& records() const { return records_; }
  [[nodiscard]] const AlertRecord* record(Direction direction, EventTime week) const;
  /// Made when it is not there.
  AlertRecord& record_for(Direction direction, EventTime week);

 private:
  void drop_one();

  SubjectKind kind_ = SubjectKind::kShop;
  std::string subject_;
  std::uint64_t retractions_ = 0, dropped_ = 0;
  EventTime horizon_ = EventTime::min();
  std::vector<AlertRecord> records_;   // by (week, direction)
  std::vector<HeldFinding> findings_;  // by identity
  std::string fresh_;                  // the bytes of the finding that apply() added
};

}  // namespace brushwatch
