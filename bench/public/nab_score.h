#pragma once
/// The score of the Numenta Anomaly Benchmark: rewards for the first report in a labelled window, penalties for reports outside.
///
/// Source  Lavin & Ahmad, "Evaluating real-time anomaly detection algorithms", ICMLA'15, §III; weights of the profiles "standard" and
///         "reward low FP". As in the benchmark the threshold is the best for the whole corpus. Checked against the
///         benchmark's published scores of two detectors (70.10 and 69.90).

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace brushwatch::bench {

struct Series {
  std::string name;
  std::vector<std::int64_t> time_s;
  std::vector<double> value;
  std::vector<std::pair<std::size_t, std::size_t>> windows;  ///< first and last point of each labelled anomaly
};

/// Points at the beginning of a series that are not judged: 15 %, at most 750.
std::size_t probation(const Series& series);
/// 100 = each window reported at its first point and nothing else; 0 = silence. scores[i][k] belongs to point k of series i.
double nab_score(const std::vector<Series>& corpus, const std::vector<std::vector<double>>& scores, double false_positive_weight);
/// The series of labels/combined_windows.json that are there.
std::vector<Series> read_nab(const std::filesystem::path& folder);

}  // namespace brushwatch::bench
