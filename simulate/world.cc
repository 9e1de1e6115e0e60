#include "simulate/world.h"

#include <algorithm>
#include <string>

#include "simulate/honest.h"
#include "simulate/journal.h"
#include "simulate/outbox.h"
#include "simulate/parcel.h"
#include "simulate/province.h"
#include "simulate/scenario.h"
#include "simulate/scripts.h"

namespace brushwatch::simulate {
namespace {

/// Orders, reviews and complaints end this long after the last day; the slowest parcel (Guangzhou, 44 h in the shop) is home.
constexpr std::int64_t kTailMs = 6 * kDayMs;

constexpr std::array<std::string_view, kKnobs> kKnobNames = {"pace", "accounts", "cover", "weight", "browsing", "words", "money", "track"};

Result<void> check(const WorldOptions& o) {
  const auto range = [](std::string_view what) {
    return tl::unexpected<Error>(Error(ErrorCode::kConfigRange, "a world option is out of range").in(std::string(what)));
  };
  const auto share = [](double x) { return x >= 0 && x <= 1; };
  if (o.shops < 1 || o.shops > 999'999) return range("shops: 1 .. 999999");
  if (o.days < 1 || o.days > 366) return range("days: 1 .. 366");
  if (!(o.orders_per_shop_day >= 0 && o.orders_per_shop_day <= 10'000)) return range("orders_per_shop_day: 0 .. 10000");
  if (!(o.views_per_order >= 0 && o.views_per_order <= 1'000)) return range("views_per_order: 0 .. 1000");
  if (!share(o.guilty_shop_share)) return range("guilty_shop_share: 0 .. 1");
  if (!(o.intensity > 0 && o.intensity <= 100)) return range("intensity: above 0, up to 100");
  if (!(o.time_compression >= 1 && o.time_compression <= 100)) return range("time_compression: 1 .. 100");
  if (!share(o.late_share) || !share(o.duplicate_share) || !share(o.out_of_order_share)) return range("late, duplicate, out_of_order: 0 .. 1");
  if (o.start != window_start(o.start, kDayMs) || o.start.ms < kDayMs) return range("start: midnight in Shanghai, after 1970");
  const auto known = [](const std::string& name, bool lookalike) {
    const auto scenario = scenario_named(name);
    return scenario && (info_of(*scenario).role == "lookalike") == lookalike && (!lookalike || info_of(*scenario).shops > 0);
  };
  for (const std::string& attack : o.attacks) if (!known(attack, false)) return range("attacks: " + attack);
  for (const std::string& lookalike : o.lookalikes) if (!known(lookalike, true)) return range("lookalikes: " + lookalike);
  if (o.camouflage < -1 || o.camouflage > 3) return range("camouflage: -1 .. 3");
  if (o.knobs && std::any_of(o.knobs->begin(), o.knobs->end(), [](std::uint8_t k) { return k > 3; })) return range("knobs: 0 .. 3");
  if (o.rings_per_script < 1 || o.rings_per_script > 1'000) return range("rings_per_script: 1 .. 1000");
  if (const std::uint32_t needed = script_shops(o).sum(); needed > o.shops)
    return range("shops: the attacks and look-alikes asked for need " + std::to_string(needed));
  return {};
}

}  // namespace

std::string_view knob_name(Knob knob) { return kKnobNames[static_cast<std::size_t>(knob)]; }

Result<WorldSummary> generate_world(const WorldOptions& options, EventSink& sink, const Progress& progress) {
  BW_TRY(check(options));
  WorldSummary summary;
  Province province(options);
  Network network(province, options, summary);
  Honest honest(options, province, network);
  Scripts scripts(options, province, honest, network);
  Outbox outbox(options, sink, summary);
  Journal journal(province, outbox, options.start + options.days * kDayMs + kTailMs, options.seed);
  province.write_reference(outbox, scripts.public_rooms());
  for (std::uint32_t day = 0; day < options.days; ++day) {
    scripts.write_day(day, journal, summary);
    for (std::uint32_t shop = 0; shop < options.shops; ++shop) honest.write_day(day, shop, journal, summary);
    BW_TRY(outbox.end_day(day));
    if (progress) progress(day + 1, options.days, summary.lines);
  }
  BW_TRY(outbox.end_world());
  scripts.tell_truth(summary);
  return summary;
}

}  // namespace brushwatch::simulate
