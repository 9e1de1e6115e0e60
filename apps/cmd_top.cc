// `top`: a running instance at a glance, redrawn as long as one looks.

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "apps/commands.h"
#include "apps/exit_codes.h"
#include "apps/terminal.h"
#include "apps/top_screen.h"
#include "connectors/http/client.h"
#include "engine/base/time.h"

namespace brushwatch::app {
namespace {

constexpr int kTimeoutMs = 5'000;

Result<TopLook> look_at(const HttpAddress& address) {
  BW_ASSIGN(const std::string text, http_get(address, "/metrics", kTimeoutMs));
  Clock& clock = system_clock();
  return TopLook{static_cast<double>(clock.monotonic_ns()) / 1e9, static_cast<double>(clock.now().ms) / 1e3, MetricView(parse_metrics(text))};
}

unsigned terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

Result<int> watch(const TopCommandOptions& options) {
  BW_ASSIGN(const HttpAddress address, parse_http_address(options.address));
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  TopOptions screen;
  screen.address = address.host + ":" + std::to_string(address.port);
  screen.colour = colour_on(STDOUT_FILENO);
  BW_ASSIGN(TopLook before, look_at(address));
  for (std::uint64_t drawn = 0; !stop_requested();) {
    const std::int64_t until_ns = system_clock().monotonic_ns() + options.interval_ms * 1'000'000LL;
    while (!stop_requested() && system_clock().monotonic_ns() < until_ns) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (stop_requested()) break;
    BW_ASSIGN(TopLook now, look_at(address));
    const char* records = "brushwatch_ingest_records_total";
    screen.events.push_back((now.metrics.sum(records) - before.metrics.sum(records)) / std::max(1e-3, now.at_s - before.at_s));
    screen.width = terminal_width();
    // Home, then each line and the rest of the screen cleared: nothing flickers, nothing old stays.
    std::string text = top_screen(before, now, screen);
    if (terminal && !options.once) {
      std::string cleared = "\x1b[H";
      for (const char c : text) cleared += c == '\n' ? "\x1b[K\n" : std::string(1, c);
      text = (drawn == 0 ? "\x1b[2J" : "") + cleared + "\x1b[J";
    }
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    before = std::move(now);
    ++drawn;
    if (options.once) break;
  }
  return kExitOk;
}

}  // namespace

int top(const TopCommandOptions& options) {
  auto done = watch(options);
  return done ? *done : report(done.error());
}

}  // namespace brushwatch::app
