#pragma once
/// Framing campaigns: somebody orders fakes for an innocent shop, to make it look like a brusher. One small world each, folded by
/// the whole pipeline; and officers who wave every alert through.

#include <cstdint>
#include <string>

namespace brushwatch::app {
class Operators;
}

namespace brushwatch::test {

/// What the campaign did and what came of it.
struct Framing {
  std::uint32_t fakes = 0, accounts = 0;
  bool one_device = false, praised = false;
  bool told = false;       ///< at least one alert about the shop stands
  bool marked = false;     ///< one that stands is marked possibly framed
  bool accused = false;    ///< an accusation stands without the mark
  bool confirmed = false;  ///< the waving officers got a case confirmed
  bool listed = false;     ///< and an entry in force
};
/// Campaign `seed`: 50 to 1,500 fake orders (log-uniform) of a cheap item from 1–10 accounts within one to three days, 80–100 % of
/// them refunded within 1–25 minutes (the Dong case, domain facts §1.1 and S8); in half of them all accounts share one device, in
/// a third they leave five stars. The shop sells 20–120 honest orders a day. The same seed gives the same campaign.
Framing framing_campaign(const app::Operators& operators, std::uint64_t seed);

}  // namespace brushwatch::test
