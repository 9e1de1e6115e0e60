#pragma once
/// Who does what in a procedure: roles, verbs, and one act with its papers.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "alliance/calendar.h"
#include "engine/event/event.h"

namespace brushwatch {

/// Domain facts §3.3. SYS is the engine: it raises and withdraws alerts and lets deadlines pass, and nothing else.
enum class Role : std::uint8_t {
  kSystem,        ///< SYS
  kAnalyst,       ///< AN  analyst of the alliance or the association
  kSenior,        ///< SR  senior analyst
  kPlatform,      ///< PL
  kCarrier,       ///< CR
  kRegulator,     ///< RG
  kAuthority,     ///< CA  credit authority
  kWorkingGroup,  ///< WG
  kSubject,       ///< SB  the subject itself
};
inline constexpr std::size_t kRoles = 9;
/// "SYS", "AN", …
std::string_view role_name(Role role);
/// Accepts the short names in either case and the words "analyst", "senior", "platform", … nullopt: none of ours.
std::optional<Role> role_from_name(std::string_view name);

class RoleMask {
 public:
  constexpr RoleMask() = default;
  constexpr RoleMask(std::initializer_list<Role> roles) {
    for (const Role r : roles) bits_ |= static_cast<std::uint16_t>(1U << static_cast<unsigned>(r));
  }
  [[nodiscard]] constexpr bool has(Role r) const { return ((bits_ >> static_cast<unsigned>(r)) & 1U) != 0; }
  /// "AN SR".
  [[nodiscard]] std::string text() const;

 private:
  std::uint16_t bits_ = 0;
};
inline constexpr RoleMask kAnyPerson{Role::kAnalyst,   Role::kSenior,       Role::kPlatform, Role::kCarrier, Role::kRegulator,
                                     Role::kAuthority, Role::kWorkingGroup, Role::kSubject};

/// The word of a command. The engine's own come last and are refused in a command.
enum class Verb : std::uint8_t {
  // alerts
  kTake, kDismiss, kOpen,
  // cases
  kRequestEvidence, kSubmitEvidence, kAskSubject, kAnswer, kConfirm, kClose, kRefer, kAcceptReferral, kPenalise, kDrop,
  kPropose, kReopen,
  // list entries
  kWithdraw, kReview, kNotify, kPublicise, kObject, kUphold, kReject, kList, kDecline, kCommit, kFix, kAccept, kRefuse,
  kExtend, kInterview, kPost, kRequestRepair, kGrant, kRevoke, kCorrect, kEducate, kRemove, kMeasure, kEndMeasure,
  // the engine
  kRaise, kMerge, kRetract, kQuiet, kElapse, kExpire, kSupersede,
};
inline constexpr std::size_t kVerbs = static_cast<std::size_t>(Verb::kSupersede) + 1;
/// "request_evidence".
std::string_view verb_name(Verb verb);
/// One line of help.
std::string_view verb_help(Verb verb);
/// Either spelling, "request_evidence" or "request-evidence". nullopt: none of ours.
std::optional<Verb> verb_from_name(std::string_view name);
constexpr bool of_the_engine(Verb verb) { return verb >= Verb::kRaise; }

/// What is put on the file with an act. Owned text: an approval waits for its second.
struct Papers {
  std::string reason, document, issuer, basis, behaviour, grade, evidence, measure, member, list, note;
  EventTime document_date{};  ///< 0: none
  EventTime until{};          ///< 0: none
  /// Takes over what `other` has and this lacks.
  void complete_from(const Papers& other);
  bool operator==(const Papers&) const = default;
};

/// One act: somebody in a role says a verb at a moment.
struct Act {
  Verb verb = Verb::kTake;
  Role role = Role::kSystem;
  std::string actor;   ///< the officer's or member's name in the alliance; "engine" for SYS
  EventTime at{};
  Papers papers;
};
/// The act a command states. Errors: kBadType with what is wrong as text (unknown verb or role, a verb of the engine, the
/// role SYS).
Result<Act> act_of(const CommandEvent& command, EventTime at);

/// A procedure's own deadline: what runs, since when, by which calendar, and when it ends.
enum class DueKind : std::uint8_t {
  kNone, kTriage, kEvidence, kExplain, kQuiet, kReply, kAnswer, kPublicity, kNotice, kRectify, kVerify, kInterview, kRepair,
};
std::string_view due_name(DueKind kind);

struct Due {
  enum class Unit : std::uint8_t { kWorkingDays, kDays, kMonths, kMoment };
  DueKind kind = DueKind::kNone;
  EventTime at = EventTime::max();  ///< the moment it has passed
  Date from{};
  Unit unit = Unit::kWorkingDays;
  std::uint32_t count = 0;
  std::uint8_t calendar = 0;
  bool provisional = false;

  [[nodiscard]] bool runs() const { return kind != DueKind::kNone; }
  /// Counts again when it was provisional under an older calendar.
  void recount(const Calendar& calendar);
  static Due in(DueKind kind, EventTime from, Unit unit, std::uint32_t count, const Calendar& calendar);
  static Due at_moment(DueKind kind, EventTime at, const Calendar& calendar);
  bool operator==(const Due&) const = default;
};

}  // namespace brushwatch
