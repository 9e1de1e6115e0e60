#pragma once
/// The exit codes of every command: stable, and the same everywhere (docs/cli.md).

namespace brushwatch::app {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitFindings = 3;      ///< done, and something was found (verify, config check)
inline constexpr int kExitNotFound = 4;
inline constexpr int kExitUnavailable = 69;  ///< a dependency is away (sysexits' EX_UNAVAILABLE)
inline constexpr int kExitConfig = 78;       ///< sysexits' EX_CONFIG
inline constexpr int kExitInterrupted = 130;

}  // namespace brushwatch::app
