// Which of very many byte strings stand in these files?   find_forms PATTERNS FILE…
//
// PATTERNS holds one a line: '=' and the bytes, or '#' and the bytes when they may not touch a hexadecimal digit (eleven digits of a
// phone stand in any long hash by chance). NUL bytes of the files are left out, as those of UTF-16 are in the patterns. Prints
// "FILE<tab>PATTERN" a hit, each pair once. Every pattern has at least eight bytes.
//
// One pass over the files, whatever the number of patterns: the first eight bytes of each are in a table, before it a bit array that turns
// away all but a few places. ~40 bytes a pattern besides its own.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::uint64_t head_of(const char* at) {
  std::uint64_t head = 0;
  std::memcpy(&head, at, sizeof head);
  return head;
}
/// 2^29 bits: with four million patterns under one place in a hundred is looked at twice.
constexpr unsigned kBits = 29;
std::uint64_t bit_of(std::uint64_t head) { return (head * 0x9E3779B97F4A7C15ULL) >> (64 - kBits); }
bool hexadecimal(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

struct Pattern {
  std::uint64_t head;
  std::string_view text;
  bool bounded;
};

std::string read(const char* path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::string("cannot read ") + path;
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) throw std::string("usage: find_forms PATTERNS FILE…");
  const std::string text = read(argv[1]);
  std::vector<Pattern> patterns;
  std::vector<bool> bits(1ULL << kBits);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.size() < 9 || (line[0] != '=' && line[0] != '#')) throw std::string("a pattern is a mark and eight bytes or more");
    patterns.push_back({head_of(line.data() + 1), line.substr(1), line[0] == '#'});
    bits[bit_of(patterns.back().head)] = true;
  }
  std::sort(patterns.begin(), patterns.end(), [](const Pattern& a, const Pattern& b) { return a.head < b.head; });
  for (int f = 2; f < argc; ++f) {
    std::string data = read(argv[f]);
    data.erase(std::remove(data.begin(), data.end(), '\0'), data.end());
    std::set<std::string_view> found;
    for (std::size_t at = 0; at + 8 <= data.size(); ++at) {
      const std::uint64_t head = head_of(data.data() + at);
      if (!bits[bit_of(head)]) continue;
      auto it = std::lower_bound(patterns.begin(), patterns.end(), head, [](const Pattern& p, std::uint64_t h) { return p.head < h; });
      for (; it != patterns.end() && it->head == head; ++it) {
        if (data.compare(at, it->text.size(), it->text) != 0) continue;
        const std::size_t end = at + it->text.size();
        if (it->bounded && ((at > 0 && hexadecimal(data[at - 1])) || (end < data.size() && hexadecimal(data[end])))) continue;
        found.insert(it->text);
      }
    }
    for (const std::string_view hit : found) std::printf("%s\t%.*s\n", argv[f], static_cast<int>(hit.size()), hit.data());
  }
  return 0;
} catch (const std::string& why) {
  std::fprintf(stderr, "find_forms: %s\n", why.c_str());
  return 1;
}
