#pragma once
/// An evaluation as a page for people (Markdown), as pictures (SVG) and as one JSON object.

#include <string>

#include "evaluate/measure.h"

namespace brushwatch::evaluate {

struct Evaluation {
  std::string command;   ///< the command that gives it again
  std::string split;     ///< "test", "train", "foreign"
  Metrics attacks;       ///< worlds with attacks
  Metrics clean;         ///< fraud-free worlds; worlds == 0 when none were run
};

std::string markdown(const Evaluation& evaluation);
std::string json(const Evaluation& evaluation);
/// Recall of each attack with its interval, as bars.
std::string recall_svg(const Metrics& metrics);
/// Predicted probability against the share of guilty.
std::string reliability_svg(const Metrics& metrics);

}  // namespace brushwatch::evaluate
