#include "engine/base/failpoint.h"

#ifdef BW_FAILPOINTS

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace brushwatch::failpoint {
namespace {

enum class Action { kKill, kError, kEnospc, kEio, kThrow, kDelay, kShort, kPart };
constexpr std::array<std::string_view, 8> kActions = {"kill", "error", "enospc", "eio", "throw", "delay", "short", "part"};

struct Armed {
  Action action;
  std::uint64_t at;
};

[[noreturn]] void usage(std::string_view what) {
  std::fprintf(stderr, "brushwatch: BRUSHWATCH_FAILPOINTS is not understood at \"%.*s\"\n", static_cast<int>(what.size()), what.data());
  std::_Exit(2);
}

class Points {
 public:
  Points() {
    const char* text = std::getenv("BRUSHWATCH_FAILPOINTS");
    for (std::string_view rest = text == nullptr ? "" : text; !rest.empty();) {
      const std::string_view one = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
      const auto equals = one.find('=');
      if (equals == std::string_view::npos) usage(one);
      const std::string_view name = one.substr(0, equals);
      std::string_view action = one.substr(equals + 1);
      std::uint64_t at = 1;
      if (const auto sign = action.find('@'); sign != std::string_view::npos) {
        const auto [end, bad] = std::from_chars(action.data() + sign + 1, action.data() + action.size(), at);
        if (bad != std::errc() || end != action.data() + action.size() || at == 0) usage(one);
        action = action.substr(0, sign);
      }
      std::size_t index = 0;
      while (index < kActions.size() && kActions[index] != action) ++index;
      if (index == kActions.size()) usage(one);
      armed_.emplace(std::string(name), Armed{static_cast<Action>(index), at});
    }
    if (const char* counts = std::getenv("BRUSHWATCH_FAILPOINT_COUNTS")) counts_path_ = counts;
  }
  ~Points() {
    if (counts_path_.empty()) return;
    std::FILE* file = std::fopen(counts_path_.c_str(), "w");
    if (file == nullptr) return;
    for (const auto& [name, count] : passes_) std::fprintf(file, "%s %llu\n", name.c_str(), static_cast<unsigned long long>(count));
    std::fclose(file);
  }

  std::optional<Action> pass(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = passes_.find(name);
    const std::uint64_t count = found == passes_.end() ? (passes_.emplace(name, 1), 1) : ++found->second;
    const auto [first, last] = armed_.equal_range(name);
    for (auto it = first; it != last; ++it) {
      if (it->second.at == count) return it->second.action;
    }
    return std::nullopt;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> passes_;
  std::multimap<std::string, Armed, std::less<>> armed_;
  std::string counts_path_;
};

Points& points() {
  static Points all;
  return all;
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();  // the signal is on its way; nothing more may happen
}

Result<void> act(Action action) {
  switch (action) {
    case Action::kKill:
    case Action::kShort: die();
    case Action::kError: return fail(ErrorCode::kIo, "a failpoint said so");
    case Action::kPart:
    case Action::kEnospc: return fail(ErrorCode::kIo, "a failpoint said: the disk is full", ENOSPC);
    case Action::kEio: return fail(ErrorCode::kIo, "a failpoint said: the device failed", EIO);
    case Action::kThrow: throw std::runtime_error("a failpoint threw this");
    case Action::kDelay: std::this_thread::sleep_for(std::chrono::milliseconds(300)); return {};
  }
  return {};
}

}  // namespace

Result<void> pass(std::string_view name) {
  const auto action = points().pass(name);
  return action ? act(*action) : Result<void>();
}

Result<void> pass_write(std::string_view name, int fd, std::string_view bytes, std::uint64_t position) {
  const auto action = points().pass(name);
  if (!action) return {};
  if (*action == Action::kShort || *action == Action::kPart) {
    const ssize_t ignored = ::pwrite(fd, bytes.data(), bytes.size() / 2, static_cast<off_t>(position));
    (void)ignored;
  }
  return act(*action);
}

}  // namespace brushwatch::failpoint

#endif
