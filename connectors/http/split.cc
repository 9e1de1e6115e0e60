#include "connectors/http/split.h"

#include <cstddef>

namespace brushwatch {
namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// [begin, end) without the white space at both ends.
BodySlice trimmed(std::string_view body, std::size_t begin, std::size_t end) {
  while (begin < end && blank(body[begin])) ++begin;
  while (end > begin && blank(body[end - 1])) --end;
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
}

std::vector<BodySlice> split_lines(std::string_view body) {
  std::vector<BodySlice> out;
  for (std::size_t begin = 0; begin < body.size();) {
    std::size_t end = body.find('\n', begin);
    if (end == std::string_view::npos) end = body.size();
    if (const BodySlice line = trimmed(body, begin, end); line.size > 0) out.push_back(line);
    begin = end + 1;
  }
  return out;
}

/// The elements of the array that `body` (trimmed, beginning with '[') is. False when it is not one.
bool split_array(std::string_view body, std::uint32_t base, std::vector<BodySlice>& out) {
  std::size_t depth = 0;
  std::size_t element = 1;
  bool in_string = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_string) {
      if (c == '\\') ++i;  // whatever is escaped cannot end the string
      else if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') { in_string = true; continue; }
    if (c == '[' || c == '{') { ++depth; continue; }
    const bool closes = c == ']' || c == '}';
    if (closes) --depth;  // never below 0: the scan ends at the first return to 0
    const bool ends_array = closes && depth == 0;
    if (!ends_array && !(c == ',' && depth == 1)) continue;
    BodySlice slice = trimmed(body, element, i);
    // "[]" has no element; an empty place anywhere else is a mistake.
    if (slice.size > 0) out.push_back({slice.begin + base, slice.size});
    else if (!(ends_array && out.empty())) return false;
    if (ends_array) return c == ']' && i + 1 == body.size();
    element = i + 1;
  }
  return false;  // the array never ends
}

}  // namespace

std::vector<BodySlice> split_body(std::string_view body, BodyForm form) {
  if (form == BodyForm::kLines) return split_lines(body);
  const BodySlice whole = trimmed(body, 0, body.size());
  if (whole.size == 0) return {};
  std::vector<BodySlice> out;
  if (body[whole.begin] == '[' && split_array(body.substr(whole.begin, whole.size), whole.begin, out)) return out;
  return {whole};
}

}  // namespace brushwatch
