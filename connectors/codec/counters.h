#pragma once
/// What the codecs counted, and which platform number stands for which source; both shared by the decoders of a process.

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"

namespace brushwatch {

/// Thread-safe. The counters are monotone; a metrics door reads them at any time.
class CodecCounters {
 public:
  std::atomic<std::uint64_t> events{0};            ///< decoded
  std::atomic<std::uint64_t> rejected{0};          ///< records refused, all codes
  std::atomic<std::uint64_t> personal_data{0};     ///< members or values that looked like raw personal data
  std::atomic<std::uint64_t> unknown_words{0};     ///< enumeration words outside the contract, taken as "unknown"
  std::atomic<std::uint64_t> uscc_warnings{0};     ///< credit codes whose check does not hold
  std::atomic<std::uint64_t> waybill_warnings{0};  ///< numbers that do not look like their carrier's
  std::atomic<std::uint64_t> unknown_codes{0};     ///< status codes that nobody mapped

  void reject(ErrorCode code) {
    rejected.fetch_add(1, std::memory_order_relaxed);
    const auto index = static_cast<std::size_t>(code) - kFirstDecodeCode;
    if (index < by_code_.size()) by_code_[index].fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t rejected_with(ErrorCode code) const {
    const auto index = static_cast<std::size_t>(code) - kFirstDecodeCode;
    return index < by_code_.size() ? by_code_[index].load(std::memory_order_relaxed) : 0;
  }
  /// Counts one unmapped status code. At most kUnknownCodesMax pairs are kept by name; the rest only in `unknown_codes`.
  void unknown_code(std::string_view source, std::string_view code);
  struct UnknownCode {
    std::string source, code;
    std::uint64_t count = 0;
  };
  /// Sorted by source, then code.
  [[nodiscard]] std::vector<UnknownCode> unknown_code_list() const;

  /// A real code set has some hundred codes; beyond this somebody sends noise.
  static constexpr std::size_t kUnknownCodesMax = 1024;

 private:
  static constexpr std::size_t kFirstDecodeCode = 2000;
  std::array<std::atomic<std::uint64_t>, 32> by_code_{};
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> codes_;
};

/// Event::platform numbers. A number is a pure function of the source's name, so that the order in which sources are first
/// seen cannot change an event's bytes; two names may share a number (1 in 65,536), hence "for reports only".
/// Thread-safe.
class PlatformTable {
 public:
  /// hash64(source) & 0xffff; 1 instead of 0, which means unknown.
  static std::uint16_t number_of(std::string_view source);
  /// Remembers the name; at most kNamesMax of them.
  std::uint16_t note(std::string_view source);
  /// The first name seen for the number, empty when none was.
  [[nodiscard]] std::string name(std::uint16_t number) const;
  static constexpr std::size_t kNamesMax = 4096;

 private:
  mutable std::mutex mutex_;
  std::map<std::uint16_t, std::string> names_;
};

}  // namespace brushwatch
