#include "apps/detector_silence.h"

#include <algorithm>

namespace brushwatch::app {

void DetectorSilence::look(std::size_t d, EventTime watermark, std::uint64_t findings, bool expected) {
  if (watermark == EventTime::min()) return;
  One& one = of_[d];
  const bool spoke = findings != one.findings;
  one.findings = findings;
  one.now = watermark;
  if (one.last == EventTime::min()) {  // what came before the first word is not known to be silence
    if (spoke) one.first = one.last = watermark;
    return;
  }
  if (!expected) {
    one.last = watermark;
  } else if (spoke) {
    one.longest_ms = std::max(one.longest_ms, watermark.ms - one.last.ms);
    one.last = watermark;
    ++one.runs;
  }
}

double DetectorSilence::ratio(std::size_t d) const {
  const One& one = of_[d];
  if (one.runs < kRuns || one.last.ms - one.first.ms < kSpanMs) return 0;
  return static_cast<double>(one.now.ms - one.last.ms) / static_cast<double>(std::max(one.longest_ms, kShortestMs));
}

}  // namespace brushwatch::app
