#pragma once
/// The versions of the rules that a ledger has seen: which values, from which round on, by which record.

#include <optional>
#include <string>
#include <vector>

#include "apps/host.h"

namespace brushwatch::app {

struct RuleChange {
  std::string name;
  std::int64_t before = 0, after = 0;
  std::string source;         ///< of the record; empty: the configuration of the first start
  std::uint64_t offset = 0;
};

/// In force from `round` on, in every partition, until the next one.
struct RuleVersion {
  std::uint64_t digest = 0;   ///< the `rules` of an alert
  std::uint64_t round = 0;
  EventTime at{};             ///< processing time of the round
  std::vector<RuleChange> changes;  ///< from the version before; the first version's from the defaults
  Rules rules;
};

/// All of them, oldest first; the first is the defaults when the ledger begins without a change. Cost: reads one partition of
/// the ledger and decodes its reference and control records. Errors: those of the ledger.
Result<std::vector<RuleVersion>> rule_history(Log& ledger, const Operators& operators);

}  // namespace brushwatch::app
