#pragma once
/// The officer's desk: where the lines of cases, lists and archives are, and how a command gets into the ledger.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/commands.h"
#include "apps/deployment.h"

namespace brushwatch::app {

/// A place to read from and write to: an embedded run's folder (demo, replay) or a configured deployment.
class Desk {
 public:
  /// Errors: those of load_config(), reported with all their problems.
  static Result<Desk> open(const DeskOptions& options);

  /// Visits the lines of an output. A folder without the file reads as empty: an older run had no such output.
  Result<void> each_line(Output output, const std::function<void(std::string_view)>& visit) const;

  /// What came of a command, or of time passing.
  struct Answer {
    std::vector<std::pair<Output, std::string>> lines;  ///< new lines of case, list and credit outputs, in order
    EventTime at{};                                     ///< the moment it was dated
  };
  /// Appends one record (JSON of the public contract; empty: only time passes) to the ledger at `at`, folds it, and gives what
  /// came of it. `at` nullopt: now, or the ledger's own time when that is ahead. Takes the ledger's lock: kStateForeign while
  /// another process writes it. Errors: kUsage when the ledger stands later than `at`; decode errors of the record.
  Result<Answer> append(const std::function<std::string(EventTime at)>& record, std::optional<EventTime> at) const;

 private:
  DeskOptions options_;
  std::optional<Config> config_;
};

/// A moment of the command line: RFC 3339, or a date, which means its noon in Shanghai.
Result<EventTime> parse_moment(std::string_view text);

/// Sends a record to a topic that a running pipeline reads. Address: kafka://HOST:PORT/TOPIC; the topic must exist.
Result<void> send_to_topic(const std::string& address, const std::string& record);

}  // namespace brushwatch::app
