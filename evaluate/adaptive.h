#pragma once
/// An attacker who adapts: random restarts and hill climbing over what he may hide and how much he brushes, black box.
///
/// Shape   a plan is a script, a volume and the eight knobs; a try runs it and tells which of its campaigns were penalised. The
///         attacker sees nothing else, and that seven days late: within a search he only learns from whole tries.
/// Goal    the least yuan per fake order that survives, subject to kSurvive of them surviving.
/// Cost    `tries` calls of the given function; the search itself is nothing beside them. Order: a function of the seed.
/// Source  detection notes §7.4 ("evasion cost"); prices: domain notes §1.1, those that no source gives are marked [B] in the .cc.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "simulate/world.h"

namespace brushwatch::evaluate {

/// At least so many of the fake orders must survive for a plan to be worth anything.
inline constexpr double kSurvive = 0.8;

struct AttackPlan {
  std::string script;          ///< an attack of simulate/scenario.h
  double volume = 1;           ///< of the script's own orders per campaign
  simulate::Knobs knobs{};
  bool operator==(const AttackPlan&) const = default;
};

/// What a try brought, before any price is put on it.
struct TryOutcome {
  std::uint64_t orders = 0;    ///< fake orders made
  std::uint64_t surviving = 0; ///< those of campaigns that were not penalised
  std::uint32_t campaigns = 0, penalised = 0;
};
/// Runs the plan in a world of its own (`n` tells them apart).
using RunPlan = std::function<Result<TryOutcome>(const AttackPlan& plan, std::uint32_t n)>;

/// Yuan of a fake order under the plan: commission, parcel, and what each knob costs.
double yuan_per_order(const AttackPlan& plan);
/// Yuan of a campaign that do not grow with its orders.
double yuan_per_campaign();
/// Yuan per surviving order; nullopt when fewer than kSurvive survive.
std::optional<double> yuan_per_surviving(const AttackPlan& plan, const TryOutcome& outcome);

struct KnobAlone {
  std::string name;            ///< of the knob; "volume" for brushing less and hiding nothing
  bool survives = false;       ///< at some volume
  double yuan = 0;             ///< per surviving order, the cheapest that survives
};

struct AdaptiveResult {
  std::uint32_t tries = 0;
  double free_yuan = 0;        ///< per order without a detector: nothing hidden, full volume, the cheapest script
  bool found = false;          ///< some plan survives
  AttackPlan best;
  double best_yuan = 0;        ///< its mean over the confirming tries
  double best_survives = 0;    ///< share of its orders in them
  std::vector<KnobAlone> alone;
  /// Cost against the cost without a detector; 0 when nothing survives (the ratio has no bound then).
  [[nodiscard]] double ratio() const { return found && free_yuan > 0 ? best_yuan / free_yuan : 0; }
};

struct AdaptiveOptions {
  std::uint32_t tries = 200;   ///< black-box tries of the search, confirmations included
  std::uint64_t seed = 1;
  std::vector<std::string> scripts = {"M3", "S2", "M4S", "P4", "P5", "M5"};
};

/// Errors: those of `run`.
Result<AdaptiveResult> search_evasion(const AdaptiveOptions& options, const RunPlan& run, const std::function<void(std::uint32_t done)>& progress = {});

}  // namespace brushwatch::evaluate
