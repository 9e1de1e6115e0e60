#include "apps/terminal.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "apps/exit_codes.h"
#include "engine/base/time.h"

namespace brushwatch::app {

bool colour_on(int fd) {
  const char* none = std::getenv("NO_COLOR");
  return (none == nullptr || *none == 0) && ::isatty(fd) == 1;
}

std::string paint(std::string_view text, std::string_view sgr, bool on) {
  return on ? fmt::format("\x1b[{}m{}\x1b[0m", sgr, text) : std::string(text);
}

std::string grouped(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string bytes_text(std::uint64_t n) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(n);
  int unit = 0;
  for (; value >= 1024 && unit < 4; ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} B", n) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

ProgressLine::ProgressLine(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

bool ProgressLine::due() const {
  if (quiet_) return false;
  // Ten times a second pleases the eye; a log wants a line every few seconds.
  const std::int64_t every_ns = terminal_ ? 100'000'000 : 5'000'000'000;
  return last_ns_ == 0 || system_clock().monotonic_ns() - last_ns_ >= every_ns;
}

void ProgressLine::show(const std::string& text, bool force) {
  if (quiet_ || (!force && !due())) return;
  last_ns_ = system_clock().monotonic_ns();
  if (terminal_) std::fprintf(stderr, "\r\x1b[K%s%s", text.c_str(), force ? "\n" : "");
  else std::fprintf(stderr, "%s\n", text.c_str());
  std::fflush(stderr);
  drawn_ = terminal_ && !force;
}

void ProgressLine::clear() {
  if (drawn_) std::fprintf(stderr, "\r\x1b[K");
  drawn_ = false;
}

int report(const Error& error) {
  const bool colour = colour_on(STDERR_FILENO);
  std::fprintf(stderr, "%s %s\n  next: %s\n", paint("brushwatch:", "1;31", colour).c_str(), error.message().c_str(),
               std::string(next_step(error.code)).c_str());
  const auto n = static_cast<unsigned>(error.code);
  if (error.code == ErrorCode::kUsage) return kExitUsage;
  if (error.code == ErrorCode::kNotFound) return kExitNotFound;
  if (n < 2000) return kExitConfig;
  if (error.code == ErrorCode::kBrokerUnavailable) return kExitUnavailable;
  return kExitFailed;
}

ProcessUsage process_usage() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return {seconds(usage.ru_utime), seconds(usage.ru_stime), static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
}

std::uint64_t current_rss_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace brushwatch::app
