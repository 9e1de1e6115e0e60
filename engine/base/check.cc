#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace brushwatch {

void check_failed(const char* expression, const char* file, int line, const char* why) {
  std::fprintf(stderr, "brushwatch: bug: %s (%s) at %s:%d\n", why, expression, file, line);
  std::abort();
}

}  // namespace brushwatch
