#pragma once
/// What may be set while the stream runs, and files of changes: read, checked, and turned into records of the public contract.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/config.h"
#include "apps/host.h"
#include "connectors/codec/rule_set_decoder.h"

namespace brushwatch::app {

using RuleValues = std::vector<std::pair<std::string, std::int64_t>>;

/// Names, defaults and bounds of all rules of this program.
class RuleBook {
 public:
  explicit RuleBook(const Operators& operators);
  /// Errors: kConfigUnknownKey, kConfigRange.
  [[nodiscard]] Result<void> check(std::string_view name, std::int64_t value) const;
  /// What is wrong, in words that name the bounds or the nearest rule; empty when nothing is.
  [[nodiscard]] std::string complaint(std::string_view name, std::int64_t value) const;
  [[nodiscard]] const Operators::Param* find(std::string_view name) const;
  [[nodiscard]] const std::vector<Operators::Param>& params() const { return params_; }
  /// For decoders; copies what it needs.
  [[nodiscard]] RuleCheck checker() const;

 private:
  std::vector<Operators::Param> params_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

/// A file of changes (docs/operating/rules.md): [rules], [[promotion]], [[public_place]].
struct RuleFile {
  RuleValues rules;                 ///< in the order of their names
  std::vector<std::string> places;  ///< records of public places and promotions: JSON without event_time, brace open

  /// The records to send, each dated `at`: reference data first, then the rules, all in one record.
  [[nodiscard]] std::vector<std::string> records(EventTime at) const;
  [[nodiscard]] bool empty() const { return rules.empty() && places.empty(); }
};

/// Reads and checks the whole file; nothing is taken from one that has a problem. Errors: kNotFound; kConfigSyntax when there are
/// problems, each of them with file:line:column in `problems`.
Result<RuleFile> read_rule_file(const std::string& path, const RuleBook& book, std::vector<ConfigProblem>& problems);

/// "off", "0", "30" …: the value of a rule as people write it; the words are those of a detector's switch. nullopt: neither.
std::optional<std::int64_t> rule_value(std::string_view name, std::string_view text);

}  // namespace brushwatch::app
