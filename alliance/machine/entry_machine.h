#pragma once
/// An entry of the black, watch or red list, from the proposal to its end.
///
/// Nobody is listed without prior notice (black, watch) or publicity (red), and never by fewer than two persons of two offices.

#include <array>
#include <string>
#include <vector>

#include "alliance/machine/machine.h"

namespace brushwatch {

enum class List : std::uint8_t { kBlack, kWatch, kRed };
/// "BLACK".
std::string_view list_name(List list);
std::optional<List> list_from_name(std::string_view name);

enum class EntryState : std::uint8_t {
  kNone, kProposed, kWithdrawn, kReview, kPreNoticed, kPublicity, kObjected, kReviewDone, kRejected,
  kListed, kRectifying, kVerify, kOverdue, kInterviewed, kSanctioned, kRectified, kRepairReview, kEducated,
  kRepaired, kExpired, kRevoked, kRemoved,
};
inline constexpr std::size_t kEntryStates = 22;
/// "REPAIR_REVIEW".
std::string_view state_name(EntryState state);
/// Listed: from the listing to its end, whatever happens meanwhile.
constexpr bool in_force(EntryState s) { return s >= EntryState::kListed && s <= EntryState::kEducated; }
/// Nothing can follow.
constexpr bool final_state(EntryState s) {
  return s == EntryState::kWithdrawn || s == EntryState::kRejected || s >= EntryState::kRepaired;
}

/// Class of a breach: it decides the least and the most posting.
enum class Grade : std::uint8_t { kNone, kGeneral, kSerious };
std::string_view grade_name(Grade grade);

/// The two who decided.
struct Decided {
  Role role_a = Role::kSystem;
  std::string actor_a;
  Role role_b = Role::kSystem;
  std::string actor_b;
  bool operator==(const Decided&) const = default;
};

/// A joint measure (plan art. 12): a record of its own, which ends with the entry at the latest.
struct Measure {
  std::string code;  ///< one of measure_codes()
  Role role = Role::kSystem;
  std::string actor, basis;
  EventTime from{};
  EventTime to = EventTime::max();  ///< max: in force
  bool operator==(const Measure&) const = default;
};
/// "inspection", "bar_officers", "limit_trading", "limit_goods", "limit_finance", "refuse_entry", "lower_grade", "close_shop",
/// "freeze_account", "expose".
std::span<const std::string_view> measure_codes();

struct Entry {
  using State = EntryState;
  std::string id;                 ///< "L-…"
  List list = List::kBlack;
  State state = State::kNone;
  std::uint32_t version = 0;
  std::uint8_t level = 0;         ///< 0 internal, 1 announced to members and authorities, 2 public
  Role proposer_role = Role::kSystem;
  std::string proposer, case_id;
  std::string behaviour, facts, basis, document, issuer;
  EventTime document_date{};
  Grade grade = Grade::kNone;
  Approval pending;               ///< the first of two persons
  Decided seconded;               ///< the last two who acted together
  Decided reviewers;              ///< who listed it
  EventTime proposed_at{}, noticed_at{}, listed_at{}, served_at{}, ended_at{};
  Due due;
  Due rectify;                    ///< the three months; kept while `due` is a verification's
  EventTime paused_at{};          ///< of the verification that stops their clock
  std::int64_t min_until = INT64_MAX, max_until = INT64_MAX;  ///< Date::day; INT64_MAX: none
  bool notice_late = false, answer_late = false, verify_late = false, interview_late = false, repair_late = false;
  bool commitment = false, corrected = false, uncorrected_at_end = false;
  std::string commitment_document, objection, answer, interview, posting, end_reason;
  EventTime commitment_at{};
  std::uint32_t objections = 0, extensions = 0, repair_requests = 0, corrections = 0;
  std::string evidence;           ///< root hash of the evidence
  std::vector<Measure> measures;

  [[nodiscard]] bool takes(const Rule<Entry>& rule) const;
};
inline constexpr std::size_t kMeasuresMax = 64;

/// Rows p1–p22 of domain facts §3.4 (WATCH: w…, RED: r… where they differ). Each row serves the lists of `entry_lists(row)`.
std::span<const Rule<Entry>> entry_rules();
/// Bit per List that the row serves.
std::uint8_t entry_lists(const Rule<Entry>& rule);

/// Ends what ends with the entry: level and measures.
void end_entry(Entry& entry, EventTime at, std::string_view reason);

}  // namespace brushwatch
