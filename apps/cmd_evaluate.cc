// `evaluate`: worlds through the whole pipeline, and what the verdicts are worth beside the truth.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "apps/commands.h"
#include "apps/evaluation.h"
#include "apps/exit_codes.h"
#include "apps/session.h"
#include "apps/terminal.h"
#include "evaluate/report.h"
#include "evaluate/suite.h"

namespace brushwatch::app {
namespace {

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot write the report").in(path));
  return {};
}

Result<void> write_report(const std::string& directory, const evaluate::Evaluation& evaluation) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot create the report's folder", code.value()).in(directory));
  BW_TRY(write_file(directory + "/report.md", evaluate::markdown(evaluation)));
  BW_TRY(write_file(directory + "/recall.svg", evaluate::recall_svg(evaluation.attacks)));
  return write_file(directory + "/reliability.svg", evaluate::reliability_svg(evaluation.attacks));
}

Result<evaluate::Evaluation> evaluate_foreign(const Operators& operators, const EvaluateOptions& options, const EvaluationRules& rules) {
  evaluate::Evaluation out;
  out.split = "foreign";
  out.command = fmt::format("brushwatch evaluate --events {} --truth {}", options.events, options.truth);
  BW_ASSIGN(const evaluate::JudgedWorld world, judge_folder(operators, options.events, options.truth, rules));
  out.attacks = evaluate::measure({&world, 1}, 0);
  return out;
}

/// Each detector and each family left out in turn.
Result<std::vector<evaluate::Ablation>> ablate(const Operators& operators, const std::vector<evaluate::JudgedWorld>& worlds, const std::vector<FindingTape>& tapes,
                                               const EvaluationRules& rules) {
  std::vector<evaluate::Ablation> out;
  const auto without = [&](const std::string& name, const std::function<bool(const FindingEvent&)>& drop) -> Result<void> {
    std::vector<evaluate::JudgedWorld> left;
    for (std::size_t i = 0; i < worlds.size(); ++i) {
      evaluate::JudgedWorld& world = left.emplace_back(worlds[i]);
      BW_ASSIGN(world.cases, fuse_again(operators, tapes[i], rules, drop));
    }
    out.push_back(evaluate::ablation_row(name, evaluate::measure(left, evaluate::kBudgetPer1000ShopDays)));
    return {};
  };
  BW_TRY(without("nothing", [](const FindingEvent&) { return false; }));
  for (std::size_t f = 0; f < kFamilies; ++f) {
    const auto family = static_cast<Family>(f);
    BW_TRY(without(fmt::format("family {}", family_letter(family)), [&](const FindingEvent& finding) { return finding.family == family; }));
  }
  for (const std::string& detector : operators.detectors()) {
    const int number = std::atoi(detector.c_str() + 1);
    BW_TRY(without(detector, [&](const FindingEvent& finding) { return finding.detector == number; }));
  }
  return out;
}

Result<evaluate::Evaluation> evaluate_suite(const Operators& operators, const EvaluateOptions& options, const EvaluationRules& rules) {
  evaluate::Evaluation out;
  const auto split = options.train ? evaluate::Split::kTrain : evaluate::Split::kTest;
  out.split = options.train ? "train" : "test";
  out.command = fmt::format("brushwatch evaluate --seeds {} --clean {}{}{}{}{}", options.seeds, options.clean, options.train ? " --train" : "",
                            options.base_rates.empty() ? "" : fmt::format(" --base-rates {}", fmt::join(options.base_rates, ",")), options.ablation ? " --ablation" : "",
                            options.adaptive > 0 ? fmt::format(" --adaptive {}", options.adaptive) : "");
  const std::vector<std::string> attacks = options.attacks.empty() ? evaluate::known_attacks() : options.attacks;
  ProgressLine line(options.quiet || options.json);
  std::vector<evaluate::JudgedWorld> worlds, clean;
  std::vector<FindingTape> tapes;
  for (std::uint32_t n = 0; n < options.seeds + options.clean && !stop_requested(); ++n) {
    line.show(fmt::format("evaluate  world {} of {}", n + 1, options.seeds + options.clean));
    const bool attacked = n < options.seeds;
    const simulate::WorldOptions world =
        attacked ? evaluate::attack_world(split, options.first + n, attacks) : evaluate::clean_world(split, options.first + n - options.seeds);
    if (attacked && options.ablation) tapes.emplace_back();
    BW_ASSIGN(auto judged, judge_simulated(operators, world, rules, attacked && options.ablation ? &tapes.back() : nullptr));
    (attacked ? worlds : clean).push_back(std::move(judged));
  }
  for (const double percent : options.base_rates) {
    evaluate::BaseRate rate;
    rate.guilty_shops = percent / 100;
    std::vector<evaluate::JudgedWorld> judged;
    std::uint64_t fakes = 0;
    for (std::uint32_t n = 0; n < options.seeds && !stop_requested(); ++n) {
      line.show(fmt::format("evaluate  {} % of the shops, world {} of {}", percent, n + 1, options.seeds));
      BW_ASSIGN(auto one, judge_simulated(operators, evaluate::base_rate_world(split, options.first + n, rate.guilty_shops), rules));
      for (const auto& ring : one.rings) fakes += ring.role == "offender" ? ring.orders : 0;
      judged.push_back(std::move(one));
    }
    rate.metrics = evaluate::measure(judged, evaluate::kBudgetPer1000ShopDays);
    rate.fake_orders = rate.metrics.orders == 0 ? 0 : static_cast<double>(fakes) / static_cast<double>(rate.metrics.orders);
    out.base_rates.push_back(std::move(rate));
  }
  if (options.ablation) {
    BW_ASSIGN(out.ablation, ablate(operators, worlds, tapes, rules));
  }
  if (options.adaptive > 0 && !stop_requested()) {
    evaluate::AdaptiveOptions adaptive;
    adaptive.tries = options.adaptive;
    auto found = evaluate::search_evasion(
        adaptive,
        [&](const evaluate::AttackPlan& plan, std::uint32_t n) -> Result<evaluate::TryOutcome> {
          if (stop_requested()) return evaluate::TryOutcome{};
          return run_attack_plan(operators, plan, n, rules);
        },
        [&](std::uint32_t done) { if (line.due()) line.show(fmt::format("evaluate  the attacker's try {} of {}", done, adaptive.tries)); });
    if (!found) return tl::unexpected<Error>(std::move(found.error()));
    // Tries that were never run would read as campaigns that did not survive: an interrupted search says nothing.
    if (!stop_requested()) out.adaptive = std::move(*found);
  }
  line.clear();
  for (const auto* set : {&worlds, &clean}) for (const evaluate::JudgedWorld& world : *set) out.cases += evaluate::case_lines(world);
  out.attacks = evaluate::measure(worlds, evaluate::kBudgetPer1000ShopDays);
  out.clean = evaluate::measure(clean, evaluate::kBudgetPer1000ShopDays);
  return out;
}

}  // namespace

int evaluate_command(const EvaluateOptions& options) {
  if (options.events.empty() != options.truth.empty()) return report(Error(ErrorCode::kUsage, "--events and --truth belong together"));
  const Operators operators;
  EvaluationRules rules;
  auto parsed = parse_rules(operators, options.rules);
  if (!parsed) return report(parsed.error());
  rules.rules = std::move(*parsed);
  rules.threads = options.threads;
  auto evaluation = options.events.empty() ? evaluate_suite(operators, options, rules) : evaluate_foreign(operators, options, rules);
  if (!evaluation) return report(evaluation.error());
  if (!options.out.empty()) {
    if (auto written = write_report(options.out, *evaluation); !written) return report(written.error());
  }
  std::printf("%s\n", (options.json ? evaluate::json(*evaluation) : evaluate::markdown(*evaluation)).c_str());
  if (options.missed && !options.json) {
    std::printf("%s", evaluation->cases.c_str());
    for (const std::string& m : evaluation->attacks.missed) std::printf("missed  %s\n", m.c_str());
    for (const evaluate::Metrics* m : {&evaluation->attacks, &evaluation->clean})
      for (const std::string& n : m->near) std::printf("near    %s\n", n.c_str());
    for (const std::string& f : evaluation->attacks.false_subjects) std::printf("false   %s\n", f.c_str());
    for (const std::string& f : evaluation->clean.false_subjects) std::printf("false   %s (fraud-free)\n", f.c_str());
  }
  return stop_requested() ? kExitInterrupted : kExitOk;
}

}  // namespace brushwatch::app
