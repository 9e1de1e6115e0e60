#include "evaluate/suite.h"

#include "engine/base/time.h"

namespace brushwatch::evaluate {
namespace {

constexpr std::uint64_t kTrainSeeds = 1'000, kTestSeeds = 50'000;
constexpr std::uint32_t kShops = 600;
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
  o.intensity = test ? 0.85 : 1.0;
  if (test) o.start = o.start - 42 * kDayMs;  // 21 September: before the sales season of the train worlds
  return o;
}

}  // namespace

std::vector<std::string> known_attacks() { return {"S2", "S3", "S4", "S5", "S8"}; }

simulate::WorldOptions attack_world(Split split, std::uint32_t n, const std::vector<std::string>& attacks) {
  simulate::WorldOptions o = world(split, n);
  o.attacks = attacks;
  return o;
}

simulate::WorldOptions clean_world(Split split, std::uint32_t n) {
  simulate::WorldOptions o = world(split, n);
  o.seed += 500'000;
  o.attacks.clear();
  return o;
}

}  // namespace brushwatch::evaluate
