#include "evaluate/adaptive.h"

#include <algorithm>
#include <array>

#include "simulate/chance.h"

namespace brushwatch::evaluate {
namespace {

using simulate::Chance;
using simulate::Knob;
using simulate::kKnobs;

/// Shares of the script's own volume; the least is two or three orders of a campaign.
constexpr std::array kVolumes = {1.0, 0.5, 0.25, 0.12, 0.05};
/// A new best must hold in so many worlds more: one lucky world is no plan.
constexpr std::uint32_t kConfirm = 2;
/// After so many steps without gain the climber begins somewhere else.
constexpr std::uint32_t kPatience = 10;

/// Yuan of each knob's levels for one fake order. A view task is 0.5–2, a photo review 5–20, a waybill number 0.3–1.5 yuan (domain
/// notes §1.1); aged accounts, cover orders, filled parcels, and waiting have no source [B].
constexpr std::array<std::array<double, 4>, kKnobs> kKnobYuan = {{
    {0, 0.2, 0.5, 1.0},   // pace: workers who wait are paid for it [B]
    {0, 1.0, 4.0, 8.0},   // accounts: aged, with a phone each [B]
    {0, 2.0, 6.0, 6.0},   // cover: freight and returns of one or three orders elsewhere [B]
    {0, 0, 1.6, 3.2},     // weight: 40 % or 80 % of the parcels sent as real ones, some 4 yuan more
    {0, 0.5, 1.0, 2.0},   // browsing: the price of view tasks
    {0, 1.0, 2.5, 5.0},   // words: written by hand; with photographs at the top
    {0, 0, 0, 0.5},       // money: a messenger's fee [B]
    {0, 0.3, 0.7, 4.0},   // track: fresher numbers; a copied track is a real parcel
}};
/// Commission: 5–20 yuan, mode 9. A real empty bag or a number, and the parcel of a rented buyer's real goods.
constexpr double kCommission = 9, kBag = 1.5, kRealParcel = 5;
/// What a shop's owner pays before the first order: a task platform's deposit is 300–500 yuan, of which a third is never seen again [B].
constexpr double kCampaign = 130;

struct Tried {
  double yuan = 0, survives = 0;
  std::uint32_t worlds = 0;
  bool feasible = false;
};

/// Less is better: what survives first, then the price.
double objective(const Tried& t) { return t.feasible ? t.yuan : 1'000 + 1'000 * (kSurvive - t.survives); }

struct Search {
  const AdaptiveOptions& options;
  const RunPlan& run;
  const std::function<void(std::uint32_t)>& progress;
  Chance chance;
  std::uint32_t tries = 0;

  Result<Tried> attempt(const AttackPlan& plan, std::uint32_t worlds) {
    TryOutcome sum;
    Tried t;
    for (; t.worlds < worlds && tries < options.tries; ++t.worlds) {
      BW_ASSIGN(const TryOutcome outcome, run(plan, tries));
      ++tries;
      if (progress) progress(tries);
      sum.orders += outcome.orders;
      sum.surviving += outcome.surviving;
      sum.campaigns += outcome.campaigns;
    }
    t.survives = sum.orders == 0 ? 0 : static_cast<double>(sum.surviving) / static_cast<double>(sum.orders);
    const auto yuan = yuan_per_surviving(plan, sum);
    t.feasible = yuan.has_value();
    t.yuan = yuan.value_or(0);
    return t;
  }
  AttackPlan anywhere() {
    AttackPlan p;
    p.script = options.scripts[chance.below(options.scripts.size())];
    p.volume = kVolumes[chance.below(kVolumes.size())];
    for (auto& k : p.knobs) k = static_cast<std::uint8_t>(chance.below(4));
    return p;
  }
  /// One thing changed: the script, the volume by a step, or a knob by a step.
  AttackPlan neighbour(AttackPlan p) {
    const std::uint64_t what = chance.below(kKnobs + 3);
    const bool up = chance.permille(500);
    if (what == kKnobs) {
      p.script = options.scripts[chance.below(options.scripts.size())];
    } else if (what > kKnobs) {
      const auto at = std::find(kVolumes.begin(), kVolumes.end(), p.volume) - kVolumes.begin();
      const std::ptrdiff_t to = std::clamp<std::ptrdiff_t>(at + (up ? 1 : -1), 0, static_cast<std::ptrdiff_t>(kVolumes.size()) - 1);
      p.volume = kVolumes[static_cast<std::size_t>(to)];
    } else {
      p.knobs[what] = static_cast<std::uint8_t>(std::clamp(p.knobs[what] + (up ? 1 : -1), 0, 3));
    }
    return p;
  }
};

}  // namespace

double yuan_per_order(const AttackPlan& plan) {
  double yuan = kCommission + (plan.script == "M5" ? kRealParcel : kBag);
  for (std::size_t k = 0; k < kKnobs; ++k) yuan += kKnobYuan[k][plan.knobs[k]];
  return yuan;
}

double yuan_per_campaign() { return kCampaign; }

std::optional<double> yuan_per_surviving(const AttackPlan& plan, const TryOutcome& o) {
  if (o.orders == 0 || static_cast<double>(o.surviving) < kSurvive * static_cast<double>(o.orders)) return std::nullopt;
  return (static_cast<double>(o.orders) * yuan_per_order(plan) + o.campaigns * kCampaign) / static_cast<double>(o.surviving);
}

Result<AdaptiveResult> search_evasion(const AdaptiveOptions& options, const RunPlan& run, const std::function<void(std::uint32_t)>& progress) {
  AdaptiveResult result;
  // Without a detector everything survives: the world is asked only for how many orders a campaign makes.
  for (const std::string& script : options.scripts) {
    AttackPlan open;
    open.script = script;
    BW_ASSIGN(TryOutcome outcome, run(open, UINT32_MAX));
    outcome.surviving = outcome.orders;
    const double yuan = yuan_per_surviving(open, outcome).value_or(0);
    if (yuan > 0 && (result.free_yuan == 0 || yuan < result.free_yuan)) result.free_yuan = yuan;
  }

  Search search{options, run, progress, Chance::of(options.seed, 0xADA7), 0};
  // First what one knob alone can do, at its top, from full volume downwards: a quarter of the tries.
  for (std::size_t k = 0; k <= kKnobs; ++k) {
    KnobAlone alone;
    alone.name = k == kKnobs ? "volume" : std::string(simulate::knob_name(static_cast<Knob>(k)));
    for (const double volume : kVolumes) {
      AttackPlan plan;
      plan.script = options.scripts.front();
      plan.volume = volume;
      if (k < kKnobs) plan.knobs[k] = 3;
      BW_ASSIGN(const Tried t, search.attempt(plan, 1));
      if (!t.feasible) continue;
      alone.survives = true;
      alone.yuan = t.yuan;
      break;
    }
    result.alone.push_back(std::move(alone));
  }

  while (search.tries < options.tries) {
    AttackPlan here = search.anywhere();
    BW_ASSIGN(Tried at, search.attempt(here, 1));
    for (std::uint32_t idle = 0; idle < kPatience && search.tries < options.tries;) {
      const AttackPlan next = search.neighbour(here);
      if (next == here) continue;
      BW_ASSIGN(const Tried t, search.attempt(next, 1));
      if (objective(t) < objective(at)) {
        here = next;
        at = t;
        idle = 0;
      } else {
        ++idle;
      }
      if (!at.feasible || (result.found && at.yuan >= result.best_yuan) || idle > 0) continue;
      BW_ASSIGN(const Tried confirmed, search.attempt(here, kConfirm));
      if (confirmed.worlds == 0 || !confirmed.feasible) {
        at.feasible = false;  // a lucky world
        at.survives = confirmed.survives;
        continue;
      }
      const double yuan = (at.yuan + confirmed.worlds * confirmed.yuan) / (1 + confirmed.worlds);
      if (result.found && yuan >= result.best_yuan) continue;
      result.found = true;
      result.best = here;
      result.best_yuan = yuan;
      result.best_survives = confirmed.survives;
    }
  }
  result.tries = search.tries;
  return result;
}

}  // namespace brushwatch::evaluate
