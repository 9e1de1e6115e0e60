#pragma once
/// BW_CHECK: what must hold. A failure is a bug: print where, and stop; the process restarts from its last epoch.

namespace brushwatch {
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const char* why);
}  // namespace brushwatch

#define BW_CHECK(condition, why)                                                     \
  do {                                                                               \
    if (!(condition)) [[unlikely]]                                                   \
      ::brushwatch::check_failed(#condition, __FILE__, __LINE__, why);               \
  } while (false)
