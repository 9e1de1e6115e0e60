#pragma once
/// Review text to a 64-bit SimHash and a length; the text itself goes no further.
///
/// Text is normalised (Unicode NFKC, case folded, default-ignorable code points dropped) so that full-width letters, case and
/// zero-width joiners do not tell copies apart; then every run of three code points votes on 64 bits.
/// Paper   Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002, §3; with code point 3-grams as
///         features, each counted as often as it occurs.

#include <cstdint>
#include <string_view>
#include <vector>

namespace brushwatch {

struct TextPrint {
  std::uint64_t simhash = 0;  ///< 0 only when nothing was left of the text
  std::uint32_t points = 0;   ///< code points after normalisation
};

/// Reusable buffer around the computation. Cost ~60 ns a code point. Not thread-safe.
class SimHasher {
 public:
  /// `text` is valid UTF-8 (the decoder has checked); anything else gives an empty print.
  TextPrint print(std::string_view text);

 private:
  std::vector<std::int32_t> points_;
};

}  // namespace brushwatch
