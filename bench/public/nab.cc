#include <filesystem>

#include "bench/public/nab_score.h"
#include "bench/public/report.h"
#include "engine/math/series_anomaly.h"

namespace brushwatch::bench {
namespace {

constexpr double kStandard = 0.11, kLowFalsePositives = 0.22;

double judged(const std::vector<Series>& corpus, double false_positive_weight, double* ns = nullptr) {
  std::vector<std::vector<double>> scores;
  double spent = 0, points = 0;
  for (const auto& series : corpus) {
    const double begin = cpu_seconds();
    // A series' length is not known to a detector; the benchmark gives it the probation, and the silence is taken from that.
    SeriesAnomaly detector({.warmup = static_cast<std::uint32_t>(probation(series)), .rest = static_cast<std::uint32_t>(probation(series) * 2 / 15)});
    scores.emplace_back();
    scores.back().reserve(series.value.size());
    for (std::size_t i = 0; i < series.value.size(); ++i) scores.back().push_back(detector.add(series.time_s[i], series.value[i]));
    spent += cpu_seconds() - begin;
    points += static_cast<double>(series.value.size());
  }
  if (ns != nullptr) *ns = spent / points * 1e9;
  return nab_score(corpus, scores, false_positive_weight);
}

}  // namespace

void run_nab(Report& report, const std::string& data) {
  const std::filesystem::path folder = std::filesystem::path(data) / "nab";
  const auto corpus = read_nab(folder);
  if (corpus.empty()) {
    report.skipped.push_back("NAB: no series under " + folder.string());
    return;
  }
  std::vector<Series> other;
  std::size_t windows = 0;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    if (i % 2 == 1) other.push_back(corpus[i]);
    windows += corpus[i].windows.size();
  }
  double ns = 0;
  const double standard = judged(corpus, kStandard, &ns);
  const std::string of = std::to_string(corpus.size()) + " series, " + std::to_string(windows) + " windows";
  report.add({"nab_standard", "NAB standard profile, " + of, "74.9 (ARTime), 70.1 (HTM) on all 58", 60, 75, standard, "score"});
  report.add({"nab_low_fp", "NAB profile of few false positives, " + of, "67.0 (CAD OSE) on all 58", 55, 67, judged(corpus, kLowFalsePositives), "score"});
  report.add({"", "NAB standard, every second series alone", "", {}, {}, judged(other, kStandard), "score"});
  report.add({"", "NAB, a point", "99,000 (RCF core)", {}, {}, ns, "ns"});
}

}  // namespace brushwatch::bench
