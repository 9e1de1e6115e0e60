#include "evaluate/suite.h"

#include <algorithm>
#include <string_view>

#include "engine/base/time.h"
#include "simulate/scenario.h"

namespace brushwatch::evaluate {
namespace {

constexpr std::uint64_t kTrainSeeds = 1'000, kTestSeeds = 50'000;
constexpr std::string_view kNovel = "N1";  // never trained on
constexpr std::uint32_t kShops = 1000;
/// Two weeks: a detector that needs a baseline of some days gets it, and weekly windows close.
constexpr std::uint32_t kTrainDays = 14, kTestDays = 16;

simulate::WorldOptions world(Split split, std::uint32_t n) {
  simulate::WorldOptions o;
  const bool test = split == Split::kTest;
  o.seed = (test ? kTestSeeds : kTrainSeeds) + n;
  o.shops = kShops;
  o.days = test ? kTestDays : kTrainDays;
  o.orders_per_shop_day = test ? 2.2 : 1.8;
  o.views_per_order = test ? 5 : 6;
  o.camouflage = -1;
  // One ring of each script and half the usual share for S2–S5: together 4 % of the shops, as in the domain notes. A denser world
  // would fill the analysts' day with the loudest rings and say nothing of the others.
  o.guilty_shop_share = 0.02;
  o.quarrels = true;
  o.quiet_days = 5;  // S2–S5 brush from the first day on; the others meet shops with a history, as in life
  for (const simulate::ScenarioInfo& info : simulate::scenarios())
    if (info.role == "lookalike" && info.shops > 0) o.lookalikes.emplace_back(info.name);
  o.intensity = test ? 0.85 : 1.0;
  if (test) o.start = o.start - 42 * kDayMs;  // 21 September: before the sales season of the train worlds
  return o;
}

}  // namespace

std::vector<std::string> known_attacks() {
  std::vector<std::string> names;
  for (const simulate::ScenarioInfo& info : simulate::scenarios())
    if (info.role != "lookalike" && info.name != kNovel) names.emplace_back(info.name);
  return names;
}

simulate::WorldOptions attack_world(Split split, std::uint32_t n, const std::vector<std::string>& attacks) {
  simulate::WorldOptions o = world(split, n);
  o.attacks = attacks;
  if (split == Split::kTest && attacks == known_attacks()) o.attacks.emplace_back(kNovel);
  return o;
}

simulate::WorldOptions base_rate_world(Split split, std::uint32_t n, double guilty_shop_share) {
  simulate::WorldOptions o = world(split, n);
  o.seed += 200'000;
  o.attacks.clear();
  std::vector<const simulate::ScenarioInfo*> offenders;
  for (const simulate::ScenarioInfo& info : simulate::scenarios())
    if (info.role == "offender" && info.name != kNovel) offenders.push_back(&info);
  const double wanted = guilty_shop_share * o.shops;
  double taken = 0;
  constexpr std::size_t kStride = 5;  // prime to the number of scripts, so that a few worlds show them all
  for (std::size_t i = 0; i < offenders.size(); ++i) {
    const simulate::ScenarioInfo& info = *offenders[(n * kStride + i) % offenders.size()];
    const double shops = info.shops > 0 ? info.shops : 4;  // S2–S5 take at least two to four
    if (!o.attacks.empty() && taken + shops > wanted) continue;
    if (o.attacks.empty() && shops > std::max(1.0, wanted)) continue;
    o.attacks.emplace_back(info.name);
    taken += shops;
  }
  o.guilty_shop_share = std::max(0.0, (wanted - taken) / o.shops);
  return o;
}

simulate::WorldOptions clean_world(Split split, std::uint32_t n) {
  simulate::WorldOptions o = world(split, n);
  o.seed += 500'000;
  o.attacks.clear();
  return o;
}

}  // namespace brushwatch::evaluate
