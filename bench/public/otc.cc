#include <algorithm>
#include <filesystem>

#include "bench/public/data.h"
#include "bench/public/forest.h"
#include "bench/public/otc_features.h"
#include "bench/public/report.h"
#include "engine/base/hash.h"
#include "engine/math/ranking.h"

namespace brushwatch::bench {
namespace {

constexpr unsigned kFolds = 10, kRepeats = 3;

/// Chance of guilt of each example from a forest that has not seen it; the folds keep the share of guilty ones.
std::vector<double> cross_validated(const std::vector<std::vector<double>>& rows, const std::vector<bool>& guilty, std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  std::vector<unsigned> fold(rows.size());
  for (const bool kind : {false, true}) {
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (guilty[i] == kind) of.push_back(i);
    }
    shuffle(of, chance);
    for (std::size_t i = 0; i < of.size(); ++i) fold[of[i]] = static_cast<unsigned>(i % kFolds);
  }
  std::vector<double> out(rows.size());
  for (unsigned f = 0; f < kFolds; ++f) {
    std::vector<std::vector<double>> train;
    std::vector<bool> label;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (fold[i] == f) continue;
      train.push_back(rows[i]);
      label.push_back(guilty[i]);
    }
    const Forest forest(train, label, {.seed = seed * 100 + f});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (fold[i] == f) out[i] = forest.probability(rows[i]);
    }
  }
  return out;
}

}  // namespace

void run_otc(Report& report, const std::string& data) {
  const std::filesystem::path folder = std::filesystem::path(data) / "bitcoin_otc";
  if (!std::filesystem::exists(folder / "otc_gt.csv")) {
    report.skipped.push_back("Bitcoin OTC: no " + (folder / "otc_gt.csv").string());
    return;
  }
  std::vector<Rating> ratings;
  std::uint32_t users = 0;
  for (const auto& line : lines(folder / "soc-sign-bitcoinotc.csv")) {
    const auto f = fields(line);
    if (f.size() < 4) continue;
    ratings.push_back({static_cast<std::uint32_t>(std::stoul(f[0])), static_cast<std::uint32_t>(std::stoul(f[1])), std::stod(f[2]), static_cast<std::int64_t>(std::stod(f[3]))});
    users = std::max({users, ratings.back().rater + 1, ratings.back().ratee + 1});
  }
  std::vector<std::uint32_t> labelled;
  std::vector<bool> guilty;
  for (const auto& line : lines(folder / "otc_gt.csv")) {
    const auto f = fields(line);
    if (f.size() < 2) continue;
    labelled.push_back(static_cast<std::uint32_t>(std::stoul(f[0])));
    guilty.push_back(f[1][0] == '-');
  }
  const auto views = view_raters(ratings, users);
  std::vector<Judged> all, kept_out, deviation, three;
  for (std::size_t i = 0; i < labelled.size(); ++i) {
    const RaterView& v = views[labelled[i]];
    if (v.ratings == 0) continue;
    all.push_back({v.suspicion(), guilty[i]});
    // How much the figure hangs on who is in it.
    if ((mix64(labelled[i]) & 1) == 0) kept_out.push_back({v.suspicion(), guilty[i]});
    deviation.push_back({v.deviation, guilty[i]});
    three.push_back({v.staying + v.company + v.deviation, guilty[i]});
  }
  report.add({"otc_unsup_auc", "Bitcoin OTC, 240 raters, no labels, outgoing information only: short stay and distrusted company", "0.807 (deviation from the ratee's mean)", 0.83, 0.88, area_under_roc(all), "AUC"});
  report.add({"", "half of the raters by hash of the id", "", {}, {}, area_under_roc(kept_out), "AUC"});
  report.add({"", "with the deviation as a third view", "", {}, {}, area_under_roc(three), "AUC"});
  report.add({"", "baseline: deviation alone", "0.807", {}, {}, area_under_roc(deviation), "AUC"});
  const auto rows = otc_features(ratings, users, labelled);
  double auc = 0, precision = 0;
  for (unsigned repeat = 1; repeat <= kRepeats; ++repeat) {
    const auto chance = cross_validated(rows, guilty, repeat);
    std::vector<Judged> judged;
    for (std::size_t i = 0; i < rows.size(); ++i) judged.push_back({chance[i], guilty[i]});
    auc += area_under_roc(judged) / kRepeats;
    precision += average_precision(judged) / kRepeats;
  }
  report.add({"otc_sup_auc", "Bitcoin OTC, 316 users, random forest, 10 folds, mean of 3 splits, no rating that the user received", "0.967 (TGFraud, full graph), 0.937 (forest, counts of incoming)", 0.94, 0.968, auc, "AUC"});
  report.add({"", "the same, average precision", "0.942", {}, {}, precision, "AP"});
}

}  // namespace brushwatch::bench
