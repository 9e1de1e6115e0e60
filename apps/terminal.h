#pragma once
/// What people see: colours only where they are seen, a progress line that never floods a log, errors with the next step.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace brushwatch::app {

/// Colours on this stream? NO_COLOR and a pipe both say no.
bool colour_on(int fd);
std::string paint(std::string_view text, std::string_view sgr, bool on);
/// "1,234,567".
std::string grouped(std::uint64_t n);
/// "12.3 MiB".
std::string bytes_text(std::uint64_t n);

/// One line that is rewritten on a terminal, and printed at most every `every_ms` elsewhere. To stderr.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  void show(const std::string& text, bool force = false);
  /// A show() now would be seen: ask before putting a text together at every round.
  [[nodiscard]] bool due() const;
  /// Makes room for a line of its own (an alert) above the progress line.
  void clear();
  [[nodiscard]] bool terminal() const { return terminal_; }

 private:
  bool quiet_, terminal_, drawn_ = false;
  std::int64_t last_ns_ = 0;
};

/// "brushwatch: E2010 bad time (17): orders.ndjson\n  next: …" on stderr; returns the exit code that fits.
int report(const Error& error);

/// CPU time and memory of this process.
struct ProcessUsage {
  double user_s = 0, system_s = 0;
  std::uint64_t peak_rss_bytes = 0;
};
ProcessUsage process_usage();
std::uint64_t current_rss_bytes();

}  // namespace brushwatch::app
