#pragma once
/// What the rules leave to configuration: terms, and the ambiguities A1–A5 of the 2018 plan (domain facts §3.2).
///
/// Every number is a rule ("alliance.…", `brushwatch rules ls`): a change is a record in the ledger and replays.

#include <cstdint>
#include <span>

#include "alliance/calendar.h"
#include "engine/detect/rules.h"

namespace brushwatch {

struct Policy {
  std::int64_t calendar_version = 2;
  std::int64_t triage_wd = 1, evidence_wd = 5, explain_wd = 5, quiet_days = 7;
  std::int64_t two_levels = 1;            ///< A1: listing announces to members (L1); the public (L2) only by p16
  std::int64_t rectify_from_service = 1;  ///< A2: the three months run from the served notice, not from the listing
  std::int64_t reply_wd = 5;              ///< A3: window after the prior notice, which itself cannot be left out
  std::int64_t decision_needed = 1;       ///< A4: no listing without the number of a deciding document
  std::int64_t watch_suspected = 0;       ///< A5: 1 lets a confirmed, unpenalised case onto the watch list
  std::int64_t answer_wd = 10, notice_wd = 5, rectify_months = 3, verify_wd = 10, verify_pauses = 1, interview_wd = 10;
  std::int64_t repair_wd = 10;
  std::int64_t general_min_months = 3, general_max_months = 12, serious_min_months = 12, serious_max_months = 36;
  std::int64_t watch_max_months = 24, red_publicity_days = 7, red_valid_months = 24;
  std::int64_t bar_months = 12;           ///< no repair within this after the last one
  std::int64_t bar_repairs = 2, bar_window_months = 36;  ///< nor after so many within the window

  [[nodiscard]] const Calendar& calendar() const { return Calendar::version(static_cast<std::uint8_t>(calendar_version)); }

  static constexpr std::string_view kOwner = "alliance";
  static std::span<const ParamInfo> params();
  /// Values from `first` on, as params() was declared. What is out of range is taken as the nearest that makes sense: terms
  /// have at least one day.
  static Policy of(const Rules& rules, std::size_t first);
  /// The least and the greatest value that params()[i] takes.
  static std::pair<std::int64_t, std::int64_t> bounds(std::size_t i);
};

}  // namespace brushwatch
