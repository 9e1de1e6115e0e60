#pragma once
/// A case: evidence is asked for, the subject is heard, two persons confirm, a regulator decides.

#include <string>
#include <vector>

#include "alliance/machine/machine.h"

namespace brushwatch {

enum class CaseState : std::uint8_t {
  kNone, kOpen, kEvidence, kExplain, kConfirmed, kClosedVictim, kClosedUnproven, kClosedCleared, kReferred, kPenalised,
  kClosedDropped, kLinked,
};
inline constexpr std::size_t kCaseStates = 12;
/// "CLOSED_VICTIM".
std::string_view state_name(CaseState state);

struct CaseFile {
  using State = CaseState;
  std::string id;                     ///< "C-…"
  State state = State::kNone;
  std::uint32_t version = 0;
  std::string alert;                  ///< the alert it was opened from
  bool possibly_framed = false;       ///< of that alert: to confirm, framing must be ruled out
  std::vector<std::string> analysts;  ///< who worked on it: none of them may confirm
  std::vector<std::string> evidence;  ///< SHA-256, hex, in order of arrival
  std::string asked;                  ///< the member that was asked last
  std::string dossier;                ///< SHA-256 of the sealed dossier
  std::string confirmed_by, penalty_document, penalty_issuer, reason, behaviour;
  EventTime penalty_date{}, opened_at{}, confirmed_at{};
  std::string entry;                  ///< the list entry it led to
  std::uint32_t reopened = 0;
  Due due;

  [[nodiscard]] bool closed() const {
    return state >= State::kClosedVictim && state <= State::kClosedCleared ? true : state == State::kClosedDropped;
  }
  static bool takes(const Rule<CaseFile>&) { return true; }
};
/// More are counted in the chain of lines; a dossier seals them all.
inline constexpr std::size_t kCaseEvidenceMax = 64;

/// Rows c1–c10 of domain facts §3.3; opening (a7) makes the object.
std::span<const Rule<CaseFile>> case_rules();

}  // namespace brushwatch
