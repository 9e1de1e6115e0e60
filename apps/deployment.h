#pragma once
/// The parts of a configured deployment that more than one command opens: ledger, outputs, and what the outputs hold.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "apps/config.h"
#include "apps/hub.h"
#include "apps/session.h"
#include "engine/log/log.h"

namespace brushwatch::app {

/// The ledger to write; `statistics` hears its Kafka clients. Errors: those of the log; kStateForeign when another process writes a
/// file ledger.
Result<std::unique_ptr<Log>> open_ledger(const Config& config, std::shared_ptr<KafkaStatistics> statistics = {});
/// A sink an output; folders are made.
Result<ChainedHub::Sinks> open_outputs(const Config& config, std::shared_ptr<KafkaStatistics> statistics = {});
/// The same ledger, to read beside its writer; made anew each time, and never made where there is none. Errors: kNotFound; those of the log.
Result<std::unique_ptr<Log>> open_ledger_to_read(const Config& config);
/// What the state directory belongs to.
std::uint64_t identity_of(const Config& config);

/// Visits the lines an output holds now, oldest first in each partition: of a deployment, or of an embedded run's folder.
/// Errors: kNotFound (no such file or topic), kIo, kBrokerUnavailable.
Result<void> each_line(const Config& config, Output output, const std::function<void(std::string_view)>& visit);
Result<void> each_line(const std::string& folder, Output output, const std::function<void(std::string_view)>& visit);

}  // namespace brushwatch::app
