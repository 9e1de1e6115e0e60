// `replay`, `generate`, `convert`: from files to files.

#include <fmt/format.h>

#include <cstdio>

#include "apps/commands.h"
#include "apps/exit_codes.h"
#include "apps/session.h"
#include "apps/terminal.h"
#include "connectors/codec/convert.h"
#include "evaluate/suite.h"
#include "simulate/world.h"

namespace brushwatch::app {

int replay(const ReplayOptions& options) {
  if (options.input.empty() == options.ledger.empty()) {
    return report(Error(ErrorCode::kUsage, "give one of --input and --ledger"));
  }
  const Operators operators;
  ProgressLine line(options.quiet);
  SessionOptions session;
  session.input = options.input;
  session.ledger = options.ledger;
  session.mapping = options.mapping;
  session.out = options.out;
  session.source = options.source;
  session.restore = options.restore;
  session.threads = options.threads;
  session.partitions = options.partitions;
  session.memory_mib = options.memory_mib;
  session.epoch_records = options.epoch_records;
  session.rules = options.rules;
  session.force = options.force;
  session.on_progress = [&](double share, std::uint64_t events, EventTime watermark) {
    if (line.due()) line.show(fmt::format("replay  {:5.1f} %  {} records  stream time {}", share * 100, grouped(events), format_time(watermark)));
  };
  auto summary = run_session(operators, session);
  line.clear();
  if (!summary) return report(summary.error());
  if (options.json) {
    std::printf("%s\n", summary->json().c_str());
  } else {
    if (summary->was_complete) std::printf("nothing left to do: %s is complete\n", options.out.c_str());
    std::printf("events        %s\ndead letters  %s\nlate          %s\nalerts        %s (%s lines)\ntime          %.2f s, %s events/s, %s events per CPU-second\nnext          brushwatch verify %s/alerts.ndjson\n",
                grouped(summary->events).c_str(), grouped(summary->rejected).c_str(), grouped(summary->late).c_str(),
                grouped(summary->alerts).c_str(), grouped(summary->alert_lines).c_str(), summary->wall_s,
                grouped(static_cast<std::uint64_t>(static_cast<double>(summary->events) / summary->wall_s)).c_str(),
                grouped(static_cast<std::uint64_t>(static_cast<double>(summary->events) / summary->cpu_s)).c_str(), options.out.c_str());
  }
  if (!summary->complete && options.ledger.empty()) {
    std::fprintf(stderr, "brushwatch: stopped before the end; the same command goes on from here\n");
    return kExitInterrupted;
  }
  return kExitOk;
}

int generate(const GenerateOptions& options) {
  simulate::WorldOptions world;
  world.seed = options.seed;
  world.shops = options.shops;
  world.days = options.days;
  world.intensity = options.intensity;
  if (!options.attacks.empty()) world.attacks = options.attacks;
  if (options.attacks == std::vector<std::string>{"none"}) world.attacks.clear();
  if (!options.suite.empty()) {
    const auto split = options.suite.starts_with("train") ? evaluate::Split::kTrain : evaluate::Split::kTest;
    world = options.suite.ends_with("-clean") ? evaluate::clean_world(split, options.number) : evaluate::attack_world(split, options.number, evaluate::known_attacks());
  }
  ProgressLine line(options.quiet);
  auto summary = simulate::generate_to_directory(world, options.out, [&](std::uint32_t done, std::uint32_t days, std::uint64_t lines) {
    line.show(fmt::format("generate  day {} of {}  {} lines", done, days, grouped(lines)));
  });
  line.clear();
  if (!summary) return report(std::move(summary.error()).in(options.out));
  if (options.json) {
    std::printf("{\"lines\":%llu,\"bytes\":%llu,\"orders\":%llu,\"fake_orders\":%llu,\"rings\":%zu}\n", static_cast<unsigned long long>(summary->lines),
                static_cast<unsigned long long>(summary->bytes), static_cast<unsigned long long>(summary->orders),
                static_cast<unsigned long long>(summary->fake_orders), summary->rings.size());
  } else {
    std::printf("world     %s (seed %llu)\nlines     %s (%s)\norders    %s, of them fake %s\nrings     %zu; the truth is in %s/truth\nnext      brushwatch replay --input %s --out out/replay\n",
                options.out.c_str(), static_cast<unsigned long long>(world.seed), grouped(summary->lines).c_str(), bytes_text(summary->bytes).c_str(),
                grouped(summary->orders).c_str(), grouped(summary->fake_orders).c_str(), summary->rings.size(), options.out.c_str(), options.out.c_str());
  }
  return kExitOk;
}

int convert(const ConvertOptions& options) {
  auto summary = convert_csv(options.mapping, options.input, options.out);
  if (!summary) return report(summary.error());
  const auto rows = static_cast<unsigned long long>(summary->rows), events = static_cast<unsigned long long>(summary->events),
             rejected = static_cast<unsigned long long>(summary->rejected);
  if (options.json) std::printf("{\"rows\":%llu,\"events\":%llu,\"rejected\":%llu}\n", rows, events, rejected);
  else std::printf("rows      %s\nevents    %s\nrejected  %s\nnext      brushwatch replay --input %s --out out/replay\n", grouped(rows).c_str(), grouped(events).c_str(), grouped(rejected).c_str(), options.out.c_str());
  return kExitOk;
}

}  // namespace brushwatch::app
