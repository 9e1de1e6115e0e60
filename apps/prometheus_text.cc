#include "apps/prometheus_text.h"

#include <algorithm>
#include <cstdlib>

namespace brushwatch::app {
namespace {

/// `a="x",b="y"` up to the closing brace; false when it does not read so.
bool take_labels(std::string_view& rest, std::map<std::string, std::string>& out) {
  while (!rest.empty() && rest.front() != '}') {
    const auto equals = rest.find("=\"");
    if (equals == std::string_view::npos) return false;
    std::string name(rest.substr(0, equals)), value;
    rest.remove_prefix(equals + 2);
    while (!rest.empty() && rest.front() != '"') {
      if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
      value.push_back(rest.front());
      rest.remove_prefix(1);
    }
    if (rest.empty()) return false;
    rest.remove_prefix(1);
    if (!rest.empty() && rest.front() == ',') rest.remove_prefix(1);
    out.emplace(std::move(name), std::move(value));
  }
  if (rest.empty()) return false;
  rest.remove_prefix(1);
  return true;
}

bool fits(const MetricSample& sample, std::string_view name, const std::map<std::string, std::string>& where) {
  if (sample.name != name) return false;
  return std::all_of(where.begin(), where.end(), [&](const auto& wanted) {
    const auto found = sample.labels.find(wanted.first);
    return found != sample.labels.end() && found->second == wanted.second;
  });
}

}  // namespace

std::vector<MetricSample> parse_metrics(std::string_view text) {
  std::vector<MetricSample> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    MetricSample sample;
    const auto name_end = line.find_first_of("{ ");
    if (name_end == std::string_view::npos) continue;
    sample.name = line.substr(0, name_end);
    line.remove_prefix(name_end);
    if (line.front() == '{') {
      line.remove_prefix(1);
      if (!take_labels(line, sample.labels)) continue;
    }
    const std::string number(line);
    char* stop = nullptr;
    sample.value = std::strtod(number.c_str(), &stop);
    if (stop == number.c_str()) continue;
    out.push_back(std::move(sample));
  }
  return out;
}

double MetricView::sum(std::string_view name, const std::map<std::string, std::string>& where) const {
  double total = 0;
  for (const MetricSample& s : samples_) if (fits(s, name, where)) total += s.value;
  return total;
}

std::vector<std::pair<std::string, double>> MetricView::by(std::string_view name, const std::string& label, const std::map<std::string, std::string>& where) const {
  std::vector<std::pair<std::string, double>> out;
  for (const MetricSample& s : samples_) {
    if (!fits(s, name, where)) continue;
    const auto found = s.labels.find(label);
    const std::string value = found == s.labels.end() ? std::string() : found->second;
    const auto known = std::find_if(out.begin(), out.end(), [&](const auto& o) { return o.first == value; });
    if (known == out.end()) out.emplace_back(value, s.value);
    else known->second += s.value;
  }
  return out;
}

std::string MetricView::label(std::string_view name, const std::string& label) const {
  for (const MetricSample& s : samples_) {
    const auto found = s.labels.find(label);
    if (s.name == name && found != s.labels.end()) return found->second;
  }
  return {};
}

}  // namespace brushwatch::app
