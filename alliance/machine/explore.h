#pragma once
/// Exhaustive exploration of the machines: every state × event × role × person, from every state that can be reached.
///
/// An object's configuration is all that its table can see: state, who waits for whom, what runs and whether it has passed,
/// what is on the file. Counters and exact dates are left out, since no guard reads them. From each configuration every verb is
/// tried by every role, by three persons, with full and with empty papers and with each reason a guard knows; and time is let
/// pass to the next deadline and to the end of the minimum term. What must never happen is watched from outside, by what was
/// accepted on the way and not by what the object says of itself:
/// - the engine confirms, refers, penalises, proposes or lists nobody;
/// - nobody is confirmed by somebody who worked on the case, nor while possibly framed without saying so;
/// - nobody is listed without prior notice (or publicity) whose window is over or whose objection was answered, nor by fewer than
///   two persons of two offices, nor without a deciding document;
/// - what has ended has no level and no running measure.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "alliance/machine/policy.h"

namespace brushwatch {

struct Explored {
  std::string machine;                             ///< "alert", "case", "entry BLACK", …
  std::map<std::string, std::uint64_t> states;     ///< reachable state → configurations in it
  std::uint64_t configurations = 0, tried = 0, accepted = 0;
  std::vector<std::string> steps;                  ///< "LISTED -notify/WG-> RECTIFYING", each once, sorted
  std::vector<std::string> reasons;                ///< keys of the refusals met, sorted
  std::vector<std::string> unsafe;                 ///< each path that must not be, as told steps; empty is the goal
};

/// All five machines under a policy. Cost: a few seconds.
std::vector<Explored> explore_machines(const Policy& policy);

}  // namespace brushwatch
