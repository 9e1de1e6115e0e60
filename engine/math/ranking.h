#pragma once
/// How well scores rank the guilty above the honest: areas under curves and precision at the top.
///
/// Cost    one sort. Ties are broken by halves, so the result does not depend on the order of the input.
/// Source  Mann–Whitney U (Hanley & McNeil, Radiology 143, 1982); average precision as the area under the step curve.

#include <cstddef>
#include <span>
#include <vector>

namespace brushwatch {

struct Judged {
  double score = 0;
  bool guilty = false;
};

/// Chance that a guilty one scores above an honest one, ties counting half; 0.5 when either kind is absent.
double area_under_roc(std::span<const Judged> judged);
/// Mean over the guilty of the precision at their score; 0 when there is none. Of ties, all are drawn at once.
double average_precision(std::span<const Judged> judged);
/// Share of guilty ones among the k highest; of ties at the edge, their mean share counts.
double precision_at(std::span<const Judged> judged, std::size_t k);

}  // namespace brushwatch
