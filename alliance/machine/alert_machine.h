#pragma once
/// An alert as officers see it: raised and withdrawn by the engine, taken, dismissed or opened as a case by people.

#include <string>

#include "alliance/machine/machine.h"

namespace brushwatch {

enum class AlertState : std::uint8_t { kNone, kNew, kWithdrawn, kExpired, kTriage, kDismissed, kInCase };
inline constexpr std::size_t kAlertStates = 7;
/// "NEW".
std::string_view state_name(AlertState state);

struct AlertFile {
  using State = AlertState;
  std::string id;                ///< "A-…"
  State state = State::kNone;
  std::uint32_t version = 0;     ///< of this file; the alert's own versions are in its line
  EventTime week{};
  Direction direction = Direction::kPromote;
  std::uint8_t severity = 0, families = 0;
  std::uint16_t posterior_permille = 0;
  bool possibly_framed = false;
  bool retracted = false;        ///< the engine took it back after somebody had taken it; people decide
  std::string taken_by;
  std::string reason;            ///< of a dismissal
  EventTime raised_at{};
  Due due;

  [[nodiscard]] bool over() const { return state == State::kWithdrawn || state == State::kExpired || state == State::kDismissed; }
  static bool takes(const Rule<AlertFile>&) { return true; }
};

/// Rows a1–a7 of domain facts §3.3.
std::span<const Rule<AlertFile>> alert_rules();

}  // namespace brushwatch
