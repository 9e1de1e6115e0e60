#pragma once
/// A Kafka topic on the command line: kafka://HOST:PORT[,HOST:PORT…]/TOPIC.

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace brushwatch::app {

struct TopicAddress {
  std::string bootstrap, topic;
};
inline bool is_topic(std::string_view address) { return address.starts_with("kafka://"); }
/// Errors: kUsage.
inline Result<TopicAddress> parse_topic(const std::string& address) {
  const std::string rest = is_topic(address) ? address.substr(8) : std::string();
  const auto slash = rest.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == rest.size() || rest.find('/', slash + 1) != std::string::npos) {
    return tl::unexpected<Error>(Error(ErrorCode::kUsage, "a topic is kafka://HOST:PORT/TOPIC").in(address));
  }
  return TopicAddress{rest.substr(0, slash), rest.substr(slash + 1)};
}

}  // namespace brushwatch::app
