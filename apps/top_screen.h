#pragma once
/// The screen of `brushwatch top`: from two scrapes to lines of text. Pure, so that a test can read it.

#include <string>
#include <vector>

#include "apps/prometheus_text.h"

namespace brushwatch::app {

struct TopLook {
  double at_s = 0;  ///< when it was scraped, any clock that only grows
  double wall_s = 0;  ///< Unix time
  MetricView metrics;
};

/// What top draws. `events` holds the events a second of the looks so far, newest last.
struct TopOptions {
  std::string address;
  unsigned width = 80;
  bool colour = false;
  std::vector<double> events;
};

/// Lines, each ending in a newline, at most `width` columns.
std::string top_screen(const TopLook& before, const TopLook& now, const TopOptions& options);

/// "▁▃█": the newest `cells` values, against the largest of them.
std::string sparkline(const std::vector<double>& values, std::size_t cells);

}  // namespace brushwatch::app
