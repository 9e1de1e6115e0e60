#pragma once
/// Failpoints: named places where a test makes the program die, fail, or wait. Nothing of them is in a build without
/// BW_FAILPOINTS: the macros are empty, and a test looks for their symbols in the product's binary.
///
/// BRUSHWATCH_FAILPOINTS="ledger-sync=kill@3;fold=error@120" arms points: the action happens at the n-th pass of the point in
/// this process (from 1; without @n at the first), once. Actions: kill (SIGKILL), error (a plain error), enospc, eio (an
/// error with that errno), throw (an exception that nobody expects), delay (300 ms, then on), short (writing points: half of
/// the bytes, then SIGKILL) and part (writing points: half of the bytes, then ENOSPC).
/// BRUSHWATCH_FAILPOINT_COUNTS=FILE writes "name passes" lines there when the process ends by itself.

#ifdef BW_FAILPOINTS

#include <cstdint>
#include <string_view>

#include "engine/base/result.h"

namespace brushwatch::failpoint {

/// Counts the pass and does what is armed for it. Errors: kIo, number = errno. Cost: a look-up by name and an atomic add.
Result<void> pass(std::string_view name);
/// The same for a place that is about to write `bytes` at `position` of `fd`: short and part write half of them first.
Result<void> pass_write(std::string_view name, int fd, std::string_view bytes, std::uint64_t position);

}  // namespace brushwatch::failpoint

/// In a function that returns a Result.
#define BW_FAILPOINT(name) BW_TRY(::brushwatch::failpoint::pass(name))
#define BW_FAILPOINT_WRITE(name, fd, bytes, position) BW_TRY(::brushwatch::failpoint::pass_write(name, fd, bytes, position))

#else

#define BW_FAILPOINT(name) static_cast<void>(0)
#define BW_FAILPOINT_WRITE(name, fd, bytes, position) static_cast<void>(0)

#endif
