#include "tests/sim/sim_oracle.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "alliance/verify.h"

namespace brushwatch::sim {

std::string chains_of(const Disk& disk, bool sealed) {
  for (std::size_t o = 0; o < kOutputs; ++o) {
    std::size_t at = 0;
    VerifyOptions options;
    options.open_ended = !sealed;
    options.output = static_cast<Output>(o);
    const auto& lines = disk.files[o].lines;
    const VerifyReport report = verify_lines([&](std::string& line) { return at < lines.size() && (line = lines[at++], true); }, options);
    if (!report.ok()) return "the chains of " + std::string(output_name(static_cast<Output>(o))) + " are broken: " + report.findings.front().sentence;
  }
  return {};
}

std::string conservation(const std::vector<Script>& scripts, const Disk& disk) {
  std::map<std::pair<std::string, std::string>, int> seen;
  const auto text_after = [](const std::string& line, std::string_view key, char end) {
    const auto at = line.find(key);
    return at == std::string::npos ? std::string() : line.substr(at + key.size(), line.find(end, at + key.size()) - at - key.size());
  };
  for (const std::string& line : disk.files[0].lines) {
    if (line.find("\"type\":\"order\"") == std::string::npos) continue;
    const std::string from = text_after(line, "\"from\":\"", '"');
    const auto colon = from.find(':');
    ++seen[{"s" + from.substr(0, colon), from.substr(colon + 1)}];
  }
  for (std::size_t o = 1; o < kOutputs; ++o) {
    for (const std::string& line : disk.files[o].lines) {
      if (line.find("\"type\":\"seal\"") != std::string::npos) continue;
      std::string offset = text_after(line, "\"offset\":", ',');
      ++seen[{text_after(line, "\"source\":\"", '"'), offset}];
    }
  }
  std::size_t expected = 0;
  for (const Script& script : scripts) expected += script.size();
  for (const auto& [record, times] : seen) {
    if (times != 1) return "record " + record.first + ":" + record.second + " is in " + std::to_string(times) + " lines";
  }
  if (seen.size() != expected) return std::to_string(seen.size()) + " of " + std::to_string(expected) + " records are in a line";
  return {};
}

std::string compare(const Disk& found, const Disk& expected, std::string_view what) {
  for (std::size_t o = 0; o < kOutputs; ++o) {
    const auto &a = found.files[o].lines, &b = expected.files[o].lines;
    if (a == b) continue;
    const auto at = static_cast<std::size_t>(std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())), b.begin()).first - a.begin());
    return std::string(output_name(static_cast<Output>(o))) + " differs from " + std::string(what) + " at line " + std::to_string(at + 1) + ": " +
           std::to_string(a.size()) + " lines for " + std::to_string(b.size()) + "\n  found    " + (at < a.size() ? a[at] : "nothing") +
           "\n  expected " + (at < b.size() ? b[at] : "nothing");
  }
  return {};
}

Disk without_repeats(const Disk& topics) {
  Disk out;
  for (std::size_t o = 0; o < kOutputs; ++o) {
    std::set<std::string_view> seen;
    for (const std::string& line : topics.files[o].lines)
      if (seen.insert(line).second) out.files[o].lines.push_back(line);
  }
  return out;
}

void sort_by_round(Disk& disk) {
  // Chains of one topic interleave as their writers did; the order of a file is that of the rounds.
  for (Disk::File& file : disk.files) {
    std::stable_sort(file.lines.begin(), file.lines.end(), [](const std::string& a, const std::string& b) {
      const auto x = parse_line(a), y = parse_line(b);
      if (!x || !y) return false;
      return std::tuple(x->round, x->stage, x->partition, x->seq) < std::tuple(y->round, y->stage, y->partition, y->seq);
    });
  }
}

}  // namespace brushwatch::sim
