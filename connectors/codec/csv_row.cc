#include "connectors/codec/csv_row.h"

namespace brushwatch {

bool CsvRow::split(std::string_view line, char delimiter) {
  cells_.clear();
  unquoted_.clear();
  unquoted_.reserve(line.size());  // never longer than the line: the views into it stay
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::size_t at = 0;
  while (true) {
    if (at < line.size() && line[at] == '"') {
      const std::size_t begin = ++at, kept = unquoted_.size();
      bool doubled = false;
      std::size_t from = begin;
      while (true) {
        const std::size_t quote = line.find('"', at);
        if (quote == std::string_view::npos) return false;
        if (quote + 1 < line.size() && line[quote + 1] == '"') {
          doubled = true;
          unquoted_.append(line.substr(from, quote + 1 - from));
          from = at = quote + 2;
          continue;
        }
        if (doubled) {
          unquoted_.append(line.substr(from, quote - from));
          cells_.push_back(std::string_view(unquoted_).substr(kept));
        } else {
          cells_.push_back(line.substr(begin, quote - begin));
        }
        at = quote + 1;
        break;
      }
      if (at == line.size()) return true;
      if (line[at] != delimiter) return false;
      ++at;
    } else {
      const std::size_t end = std::min(line.find(delimiter, at), line.size());
      const std::string_view cell = line.substr(at, end - at);
      if (cell.find('"') != std::string_view::npos) return false;
      cells_.push_back(cell);
      if (end == line.size()) return true;
      at = end + 1;
    }
  }
}

}  // namespace brushwatch
