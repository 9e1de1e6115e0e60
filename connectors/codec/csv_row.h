#pragma once
/// One line of RFC 4180 text to its cells.

#include <string>
#include <string_view>
#include <vector>

namespace brushwatch {

/// Splits one line; reused from line to line. Quoted cells may hold the delimiter and doubled quotes. A line break inside a
/// quoted cell is out of the line framing of our sources: such a line ends inside a quote and is refused.
class CsvRow {
 public:
  /// False when a quote stays open, or stands in the middle of a bare cell, or text follows a closing quote.
  /// A trailing CR is cut. Cells are valid until the next split, and while `line` is.
  bool split(std::string_view line, char delimiter);
  [[nodiscard]] const std::vector<std::string_view>& cells() const { return cells_; }

 private:
  std::vector<std::string_view> cells_;
  std::string unquoted_;  ///< text of the cells that held doubled quotes
};

}  // namespace brushwatch
