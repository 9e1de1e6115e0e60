#include "alliance/machine/policy.h"

#include <algorithm>
#include <array>

namespace brushwatch {
namespace {

struct Entry {
  ParamInfo info;
  std::int64_t Policy::* member;
  std::int64_t low, high;
};

// 120 months bound what date arithmetic must hold; no term of the rules is near it.
constexpr Entry kEntries[] = {
    {{"calendar_version", 2, "version", "of the working-day calendar; a newer table takes effect by this rule"}, &Policy::calendar_version, 1, 255},
    {{"triage_wd", 1, "working days", "a taken alert is looked at the next working day"}, &Policy::triage_wd, 1, 250},
    {{"evidence_wd", 5, "working days", "for the member that is asked for evidence"}, &Policy::evidence_wd, 1, 250},
    {{"explain_wd", 5, "working days", "for the subject to explain"}, &Policy::explain_wd, 1, 250},
    {{"quiet_days", 7, "days", "an alert of one family that nobody strengthens expires"}, &Policy::quiet_days, 1, 365},
    {{"a1_two_levels", 1, "0 or 1", "A1: 'announced' stands twice in the plan; first to members, to the public only after the gate of p16"}, &Policy::two_levels, 0, 1},
    {{"a2_rectify_from_service", 1, "0 or 1", "A2: the plan gives no start of the three months; the served notice is the fairer one"}, &Policy::rectify_from_service, 0, 1},
    {{"a3_reply_wd", 5, "working days", "A3: the plan has no prior notice; later rules demand one, with a window to reply"}, &Policy::reply_wd, 1, 250},
    {{"a4_decision_needed", 1, "0 or 1", "A4: a member's suspicion is no decision; without one a subject stays an internal tip"}, &Policy::decision_needed, 0, 1},
    {{"a5_watch_suspected", 0, "0 or 1", "A5: the watch list is for the penalised; 1 lets confirmed suspicion on it"}, &Policy::watch_suspected, 0, 1},
    {{"answer_wd", 10, "working days", "to answer an objection"}, &Policy::answer_wd, 1, 250},
    {{"notice_wd", 5, "working days", "plan art. 16: the rectification notice after the black list was announced"}, &Policy::notice_wd, 1, 250},
    {{"rectify_months", 3, "months", "plan art. 16: rectified within three months"}, &Policy::rectify_months, 1, 120},
    {{"verify_wd", 10, "working days", "to verify what the subject says it has put right"}, &Policy::verify_wd, 1, 250},
    {{"verify_pauses_clock", 1, "0 or 1", "the subject does not lose the days on which it waits for an answer"}, &Policy::verify_pauses, 0, 1},
    {{"interview_wd", 10, "working days", "to hold the interview after an overdue rectification"}, &Policy::interview_wd, 1, 250},
    {{"repair_wd", 10, "working days", "to answer a request for repair; 20 in complex cases"}, &Policy::repair_wd, 1, 250},
    {{"general_min_months", 3, "months", "least posting of a general breach, from the deciding document"}, &Policy::general_min_months, 1, 120},
    {{"general_max_months", 12, "months", "most posting of a general breach"}, &Policy::general_max_months, 1, 120},
    {{"serious_min_months", 12, "months", "least posting of a serious breach"}, &Policy::serious_min_months, 1, 120},
    {{"serious_max_months", 36, "months", "most posting of a serious breach"}, &Policy::serious_max_months, 1, 120},
    {{"watch_max_months", 24, "months", "a watch entry ends after two years at the latest"}, &Policy::watch_max_months, 1, 120},
    {{"red_publicity_days", 7, "days", "anybody may object before a red entry"}, &Policy::red_publicity_days, 1, 365},
    {{"red_valid_months", 24, "months", "validity of a red entry"}, &Policy::red_valid_months, 1, 120},
    {{"bar_months", 12, "months", "no repair within a year after the last one"}, &Policy::bar_months, 0, 120},
    {{"bar_repairs", 2, "count", "no repair after so many of them in the window"}, &Policy::bar_repairs, 1, 100},
    {{"bar_window_months", 36, "months", "the window in which repairs are counted"}, &Policy::bar_window_months, 1, 120},
};

constexpr auto kInfos = [] {
  std::array<ParamInfo, std::size(kEntries)> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = kEntries[i].info;
  return out;
}();

}  // namespace

std::span<const ParamInfo> Policy::params() { return kInfos; }

std::pair<std::int64_t, std::int64_t> Policy::bounds(std::size_t i) { return {kEntries[i].low, kEntries[i].high}; }

Policy Policy::of(const Rules& rules, std::size_t first) {
  Policy policy;
  for (std::size_t i = 0; i < std::size(kEntries); ++i) {
    policy.*kEntries[i].member = std::clamp(rules.value(first + i), kEntries[i].low, kEntries[i].high);
  }
  return policy;
}

}  // namespace brushwatch
