#pragma once
/// Reads Prometheus text 0.0.4, as far as this program writes it. For those who look at another instance of it.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace brushwatch::app {

struct MetricSample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

/// Lines that are no samples are skipped: a newer instance may write more than we know.
std::vector<MetricSample> parse_metrics(std::string_view text);

/// The samples of one scrape, asked by name and labels. A family that is not there sums up to 0.
class MetricView {
 public:
  explicit MetricView(std::vector<MetricSample> samples) : samples_(std::move(samples)) {}
  [[nodiscard]] double sum(std::string_view name, const std::map<std::string, std::string>& where = {}) const;
  /// By one label, in the order of the text.
  [[nodiscard]] std::vector<std::pair<std::string, double>> by(std::string_view name, const std::string& label, const std::map<std::string, std::string>& where = {}) const;
  [[nodiscard]] std::string label(std::string_view name, const std::string& label) const;

 private:
  std::vector<MetricSample> samples_;
};

}  // namespace brushwatch::app
