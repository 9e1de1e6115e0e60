#pragma once
/// An evaluation as a page for people (Markdown), as pictures (SVG) and as one JSON object.

#include <optional>
#include <string>
#include <vector>

#include "evaluate/adaptive.h"
#include "evaluate/measure.h"

namespace brushwatch::evaluate {

/// The same worlds judged without one detector, or without one family.
struct Ablation {
  std::string without;             ///< "nothing", "D5", "family G"
  double found = 0;                ///< share of offenders' campaigns within the budget
  double precision_at_100 = 0, pr_auc = 0;
  std::uint64_t false_cases = 0;
  double victims_named = 0;
};

/// Worlds with another share of guilty shops.
struct BaseRate {
  double guilty_shops = 0, fake_orders = 0;  ///< shares
  Metrics metrics;
};

struct Evaluation {
  std::string command;   ///< the command that gives it again
  std::string split;     ///< "test", "train", "foreign"
  Metrics attacks;       ///< worlds with attacks
  Metrics clean;         ///< fraud-free worlds; worlds == 0 when none were run
  std::vector<BaseRate> base_rates;
  std::vector<Ablation> ablation;  ///< the first is "nothing"
  std::optional<AdaptiveResult> adaptive;
  std::string cases;     ///< case_lines() of the worlds
};

/// The row of an ablation: `without` and what the metrics say.
Ablation ablation_row(std::string without, const Metrics& metrics);

std::string markdown(const Evaluation& evaluation);
std::string json(const Evaluation& evaluation);
/// Recall of each attack with its interval, as bars.
std::string recall_svg(const Metrics& metrics);
/// Predicted probability against the share of guilty.
std::string reliability_svg(const Metrics& metrics);

}  // namespace brushwatch::evaluate
