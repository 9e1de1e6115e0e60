#include "engine/math/ranking.h"

#include <algorithm>

namespace brushwatch {
namespace {

/// Calls group(guilty, honest) for each distinct score, from the highest down.
template <class Group>
void each_score(std::span<const Judged> judged, Group&& group) {
  std::vector<Judged> sorted(judged.begin(), judged.end());
  std::sort(sorted.begin(), sorted.end(), [](const Judged& a, const Judged& b) { return a.score > b.score; });
  for (std::size_t i = 0; i < sorted.size();) {
    double guilty = 0, honest = 0;
    const double score = sorted[i].score;
    for (; i < sorted.size() && sorted[i].score == score; ++i) (sorted[i].guilty ? guilty : honest) += 1;
    group(guilty, honest);
  }
}

}  // namespace

double area_under_roc(std::span<const Judged> judged) {
  double above = 0, honest_all = 0, won = 0;
  each_score(judged, [&](double guilty, double honest) {
    won += honest * (above + guilty / 2);
    above += guilty;
    honest_all += honest;
  });
  return above > 0 && honest_all > 0 ? won / above / honest_all : 0.5;
}

double average_precision(std::span<const Judged> judged) {
  double found = 0, drawn = 0, sum = 0;
  each_score(judged, [&](double guilty, double honest) {
    found += guilty;
    drawn += guilty + honest;
    sum += guilty * found / drawn;
  });
  return found > 0 ? sum / found : 0;
}

double precision_at(std::span<const Judged> judged, std::size_t k) {
  double left = static_cast<double>(std::min(k, judged.size())), found = 0;
  const double all = left;
  each_score(judged, [&](double guilty, double honest) {
    const double taken = std::min(left, guilty + honest);
    found += taken * guilty / (guilty + honest);
    left -= taken;
  });
  return all > 0 ? found / all : 0;
}

}  // namespace brushwatch
