#pragma once
/// D10: page views that all last the same time, as a script waits.
///
/// Input    traffic.view with a dwell time, declared crawlers left out; key shop.
/// Output   findings, family traffic, direction promote, one a week.
/// State    sizeof(ScriptedShop) bytes a shop.
/// Cost     one search in 32 steps and two counters a view; the histogram is read every sixteenth view.
/// Order    counts only.
/// Fails    on scripts that wait as long as people read (lognormal, sigma near 0.9); on pages with a film of fixed length.
/// Source   domain catalogue D10 (dwell CV < 0.15). Instead of the CV of all, the fullest fifth of a logarithmic scale: a share
///          of scripted views among honest ones shows there and not in a CV.

#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct ScriptedWeek {
  static constexpr std::size_t kBuckets = 32;  ///< steps of 10 % from 6 s to 127 s
  WeekHead head;
  std::uint32_t views, reserved;
  std::array<std::uint16_t, kBuckets> buckets;          ///< saturating
  std::array<std::uint64_t, kBuckets / 4> refs;         ///< the smallest position of each four buckets; 0 = none
};
struct ScriptedShop {
  Weeks<ScriptedWeek> weeks;
};

const Detector& d10_shop();

}  // namespace brushwatch
