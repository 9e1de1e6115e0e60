#pragma once
/// The numbers that people may change while the stream runs: thresholds, priors, switches. Changed by rule.set records.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace brushwatch {

/// One parameter. `reason` says why the default is what it is.
struct ParamInfo {
  std::string_view name;  ///< short: "min_count"; its full name is "<owner>.<name>"
  std::int64_t value;     ///< default
  std::string_view unit;  ///< "count", "ms", "g", "permille", "milli-nats"
  std::string_view reason;
};

/// All parameters with their present values. Value type; one a partition, changed only between rounds.
class Rules {
 public:
  /// Adds the owner's parameters ("D1", "fusion"); returns the index of the first. Owners are added in registry order.
  std::size_t declare(std::string_view owner, const ParamInfo* params, std::size_t count);
  [[nodiscard]] std::int64_t value(std::size_t index) const { return values_[index]; }
  /// False when there is no such parameter (the record is then reported, not lost).
  bool set(std::string_view full_name, std::int64_t value);
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] const std::string& name(std::size_t index) const { return names_[index]; }
  /// hash over all names and values: the `rules` of an alert. Changes when any value changes.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  void rehash();
  std::vector<std::string> names_;
  std::vector<std::int64_t> values_;
  std::uint64_t digest_ = 0;
};

}  // namespace brushwatch
