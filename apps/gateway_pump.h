#pragma once
/// Moves a member's records through the gateway: from a file, standard input or a topic, to a file, standard output or a topic.
///
/// Order     kept: a topic's partition becomes the partition of the same number, so the topic written to has as many as the one
///           read from (it is made when it is missing).
/// Delivery  at least once: the position file is replaced after what was read before it is acknowledged. A record that comes
///           twice has the same id and is dropped by the pipeline.

#include <string>

#include "doors/gateway.h"

namespace brushwatch::app {

struct GatewayEnds {
  std::string in = "-", out = "-";  ///< path, "-" or kafka://HOST:PORT/TOPIC
  std::string position;             ///< of a topic that is read: file to go on from; "" = from its beginning
  bool follow = false;              ///< a topic: wait for more until asked to stop, instead of ending where it ends now
};
/// Refused records are told on stderr by their place and why, never by what stood there. Errors: kNotFound, kUsage, kTopicMismatch,
/// kBrokerUnavailable, kIo.
Result<void> pump(const GatewayEnds& ends, doors::Gateway& gateway);

}  // namespace brushwatch::app
