#include "apps/ledger_address.h"

#include "connectors/file/file_log.h"
#include "connectors/kafka/kafka_log.h"

namespace brushwatch::app {

Result<std::unique_ptr<Log>> open_ledger_to_read(const std::string& address) {
  constexpr std::string_view kKafka = "kafka://";
  if (address.starts_with(kKafka)) {
    const std::string rest = address.substr(kKafka.size());
    const auto slash = rest.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == rest.size() || rest.find('/', slash + 1) != std::string::npos)
      return tl::unexpected<Error>(Error(ErrorCode::kUsage, "a ledger on Kafka is kafka://HOST:PORT/TOPIC").in(address));
    KafkaLogOptions options;
    options.bootstrap = rest.substr(0, slash);
    options.topic = rest.substr(slash + 1);
    options.partitions = 0;
    options.create_if_missing = false;
    return open_kafka_log(options);
  }
  FileLogOptions options;
  options.directory = address;
  options.partitions = 0;
  options.read_only = true;
  return open_file_log(options);
}

}  // namespace brushwatch::app
