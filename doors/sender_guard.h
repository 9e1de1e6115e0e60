#pragma once
/// What a sender may say: nobody speaks in another party's name, and only officers' doors carry commands and rules.

#include <memory>
#include <string>
#include <string_view>

#include "engine/log/decoder.h"

namespace brushwatch::doors {

struct SenderRights {
  bool commands = false;  ///< command.issued and rule.set
  std::string party{};    ///< whose source it is: every record is held to it, whatever its headers say; "" = kPartyHeader decides
};

/// May `party` send this event? Orders, reviews, views, shops and their items belong to the platform that the shop's id begins with;
/// scans and notices to their carrier (a notice also to the shop's platform); outlets, couriers and carriers to the carrier.
/// Complaints, reports and commitments about a shop may come from its platform. What names no party is an office's to send.
bool may_send(std::string_view party, const Event& event);

/// `inner`, with the rights of its source. A record without kPartyHeader, of a source that is nobody's, is not held to a party. Errors: those of `inner`, and
/// kBadEnvelope.
std::unique_ptr<Decoder> guard_sender(std::unique_ptr<Decoder> inner, SenderRights rights);

}  // namespace brushwatch::doors
