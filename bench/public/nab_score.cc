#include "bench/public/nab_score.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "bench/public/data.h"

namespace brushwatch::bench {
namespace {

constexpr std::size_t kOutside = ~std::size_t{0};
struct Point {
  double score, worth;
  std::size_t window;  ///< number in the corpus; kOutside
};

/// 1 early in a window … 0 at its end … −1 long after it.
double sigmoid(double position) { return position > 3 ? -1 : 2 / (1 + std::exp(5 * position)) - 1; }

}  // namespace

std::size_t probation(const Series& series) { return static_cast<std::size_t>(std::min(std::floor(0.15 * static_cast<double>(series.value.size())), 750.0)); }

double nab_score(const std::vector<Series>& corpus, const std::vector<std::vector<double>>& scores, double false_positive_weight) {
  std::vector<Point> points;
  std::size_t windows = 0;
  for (std::size_t s = 0; s < corpus.size(); ++s) {
    const auto& of = corpus[s].windows;
    std::size_t next = 0;
    for (std::size_t i = 0; i < corpus[s].value.size(); ++i) {
      while (next < of.size() && i > of[next].second) ++next;
      Point p{scores[s][i], -false_positive_weight, kOutside};
      if (next < of.size() && i >= of[next].first) {
        const auto width = static_cast<double>(of[next].second - of[next].first + 1);
        p.worth = sigmoid(-static_cast<double>(of[next].second - i + 1) / width) / sigmoid(-1);
        p.window = windows + next;
      } else if (next > 0) {
        const auto width = static_cast<double>(of[next - 1].second - of[next - 1].first);
        p.worth = false_positive_weight * sigmoid(static_cast<double>(i - of[next - 1].second) / width);
      }
      if (i >= probation(corpus[s])) points.push_back(p);
    }
    windows += of.size();
  }
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.score > b.score; });
  const auto all = static_cast<double>(windows);
  std::vector<double> best(windows, -1);  // a window that nobody reports costs one
  double now = -all, highest = now;
  for (std::size_t i = 0; i < points.size();) {
    const double score = points[i].score;
    for (; i < points.size() && points[i].score == score; ++i) {
      const Point& p = points[i];
      if (p.window == kOutside) {
        now += p.worth;
      } else if (p.worth > best[p.window]) {
        now += p.worth - best[p.window];
        best[p.window] = p.worth;
      }
    }
    highest = std::max(highest, now);
  }
  return windows == 0 ? 0 : 100 * (highest + all) / (2 * all);
}

std::vector<Series> read_nab(const std::filesystem::path& folder) {
  std::ifstream file(folder / "labels" / "combined_windows.json");
  std::stringstream text;
  text << file.rdbuf();
  rapidjson::Document json;
  json.Parse(text.str().c_str());
  std::vector<Series> corpus;
  if (json.HasParseError() || !json.IsObject()) return corpus;
  for (const auto& member : json.GetObject()) {
    Series series;
    series.name = member.name.GetString();
    // The benchmark keeps its series under data/; a copy may hold them beside the labels.
    auto path = folder / series.name;
    if (!std::filesystem::exists(path)) path = folder / "data" / series.name;
    if (!std::filesystem::exists(path)) continue;
    std::map<std::int64_t, std::size_t> place;
    for (const auto& line : lines(path)) {
      const auto f = fields(line);
      if (f.size() < 2 || seconds(f[0]) < 0) continue;
      place.try_emplace(seconds(f[0]), series.value.size());
      series.time_s.push_back(seconds(f[0]));
      series.value.push_back(std::stod(f[1]));
    }
    for (const auto& window : member.value.GetArray()) {
      const auto first = place.find(seconds(window[0].GetString())), last = place.find(seconds(window[1].GetString()));
      if (first != place.end() && last != place.end()) series.windows.emplace_back(first->second, last->second);
    }
    corpus.push_back(std::move(series));
  }
  return corpus;
}

}  // namespace brushwatch::bench
