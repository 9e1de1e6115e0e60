#pragma once
/// Where a ledger is: a directory, or kafka://HOST:PORT[,HOST:PORT…]/TOPIC.

#include <memory>
#include <string>

#include "engine/log/log.h"

namespace brushwatch::app {

/// Opens it for reading, with all its partitions; never makes or changes anything. Errors: kUsage (not an address),
/// kNotFound, kTopicMismatch (no such topic), kBrokerUnavailable.
Result<std::unique_ptr<Log>> open_ledger_to_read(const std::string& address);

}  // namespace brushwatch::app
