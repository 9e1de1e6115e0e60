#include "alliance/verify.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

namespace brushwatch {
namespace {

struct Task {
  std::uint64_t next = 0;   ///< seq that must come
  std::uint64_t lines = 0;
  std::uint64_t last_line = 0;
  Digest claimed{};         ///< hash as the last line states it
  Digest computed{};        ///< hash of the last line's bytes
  bool sealed = false;
  std::vector<Digest> hashes;  ///< of a topic's lines, by seq
};

class Verifier {
 public:
  explicit Verifier(const VerifyOptions& options) : options_(options), output_(options.output) {}

  void line(std::string_view text) {
    ++report_.lines;
    const auto parsed = parse_line(text);
    if (!parsed) return found(Fault::kMalformed, {}, 0, std::string(parsed.error().text));
    check(*parsed);
  }

  VerifyReport finish() {
    line_ = 0;
    if (options_.signatures != nullptr) check_signed_ends();
    if (report_.lines == 0 && !options_.open_ended && !(output_ && outlives_the_stream(*output_))) {
      found(Fault::kEmpty, {}, 0, "the file is empty; even a run without alerts leaves a seal for each partition");
    }
    // Case, list and credit lines go on after the stream: an open end is their nature.
    if (!options_.open_ended && !(output_ && outlives_the_stream(*output_))) {
      for (const auto& [key, task] : tasks_) {
        if (task.sealed) continue;
        line_ = task.last_line;
        found(Fault::kUnsealed, name(key), task.next, "the chain has no seal: its end may have been cut off");
      }
      line_ = 0;
      std::map<Stage, bool> stages;
      for (const auto& [key, task] : tasks_) stages[key.first] = true;
      for (const Stage stage : options_.stages) stages[stage] = true;
      for (const auto& [stage, present] : stages) {
        for (std::uint32_t p = 0; p < of_; ++p) {
          if (!tasks_.contains({stage, p})) {
            found(Fault::kMissingPartition, name({stage, p}), 0,
                  fmt::format("no line of this partition, though there are {}", of_));
          }
        }
      }
    }
    for (const auto& [key, task] : tasks_) report_.tasks.push_back({name(key), task.lines, task.claimed, task.sealed});
    return std::move(report_);
  }

  void at(std::uint64_t line) { line_ = line; }

 private:
  using Key = std::pair<Stage, std::uint32_t>;
  static std::string name(const Key& key) { return fmt::format("{}/{}", stage_name(key.first), key.second); }

  void found(Fault what, std::string task, std::uint64_t seq, std::string sentence) {
    ++report_.faults;
    if (report_.findings.size() < options_.findings_max) {
      report_.findings.push_back({line_, std::move(task), seq, what, std::move(sentence)});
    }
  }

  /// What was signed must be there, and nothing may stand behind it unsigned.
  void check_signed_ends() {
    for (const auto& [key, task] : tasks_) {
      const auto last = options_.signatures->last_signed(key.first, key.second);
      line_ = task.last_line;
      if (!last || *last + 1 < task.next) found(Fault::kUnsigned, name(key), last ? *last + 1 : 0, "lines that nobody signed");
      if (last && *last >= task.next) found(Fault::kGap, name(key), task.next, "signed lines are missing at the end");
    }
    line_ = 0;
    for (const auto& chain : options_.signatures->chains()) {
      if (!tasks_.contains({chain.stage, chain.partition})) found(Fault::kGap, name({chain.stage, chain.partition}), 0, "a signed chain is missing");
    }
  }

  void check(const ParsedLine& line) {
    const Key key{line.stage, line.partition};
    const std::string task_name = name(key);
    Task& task = tasks_[key];

    const Digest computed = line.computed_hash();
    if (options_.topic && line.seq < task.hashes.size() && computed == line.hash && task.hashes[line.seq] == line.hash) {
      --report_.lines;
      ++report_.repeats;
      return;
    }
    if (of_ == 0) of_ = line.of;
    if (line.of != of_) {
      found(Fault::kMalformed, task_name, line.seq,
            fmt::format("says {} partitions where the file began with {}", line.of, of_));
    }
    const auto place = std::tuple(line.round, line.stage, line.partition, line.seq);
    if (!options_.topic && place_ && place <= *place_) {
      found(Fault::kOrder, task_name, line.seq, "lines must stand in the order of (round, stage, partition, seq)");
    }
    place_ = place;
    if (task.sealed) found(Fault::kOrder, task_name, line.seq, "a line after the chain's seal");

    const bool edited = computed != line.hash;
    if (edited) found(Fault::kEdited, task_name, line.seq, "the bytes of the line do not fit its hash");
    if (line.seq > task.next) {
      found(Fault::kGap, task_name, line.seq, fmt::format("{} line(s) missing before this one", line.seq - task.next));
    } else if (line.seq < task.next) {
      found(Fault::kRepeat, task_name, line.seq,
            fmt::format("seq {} again, or out of turn; {} was due", line.seq, task.next));
    } else if (!follows(line, task)) {
      found(Fault::kEdited, task_name, line.seq, "prev is not the hash of the line before it");
    }

    if (options_.signatures != nullptr) {
      const Digest* const signed_hash = options_.signatures->signed_hash(line.stage, line.partition, line.seq);
      if (signed_hash != nullptr && *signed_hash != line.hash) found(Fault::kForged, task_name, line.seq, "another line was signed for this place");
    }
    task.next = line.seq + 1;
    ++task.lines;
    task.last_line = line_;
    task.claimed = line.hash;
    task.computed = computed;
    if (options_.topic && task.hashes.size() == line.seq) task.hashes.push_back(line.hash);
    task.sealed = line.is_seal();
    if (line.type == "alert") ++report_.alerts;
    if (line.round > report_.last_round) report_.last_round = line.round;
  }

  bool follows(const ParsedLine& line, const Task& task) {
    if (line.seq == 0) {
      for (std::size_t i = 0; !output_ && i < kOutputs; ++i) {
        if (line.prev == chain_genesis(static_cast<Output>(i), line.stage, line.partition))
          output_ = static_cast<Output>(i);
      }
      return output_ && line.prev == chain_genesis(*output_, line.stage, line.partition);
    }
    // An edited line contradicts itself; either of its two hashes links its successor, so that one edit is one finding.
    return line.prev == task.claimed || line.prev == task.computed;
  }

  const VerifyOptions& options_;
  VerifyReport report_;
  std::map<Key, Task> tasks_;
  std::optional<Output> output_;
  std::optional<std::tuple<std::uint64_t, Stage, std::uint32_t, std::uint64_t>> place_;
  std::uint32_t of_ = 0;
  std::uint64_t line_ = 0;
};

}  // namespace

std::string_view fault_name(Fault fault) {
  constexpr std::string_view kNames[] = {"empty",  "malformed", "edited",   "gap",
                                         "repeat", "order",     "unsealed", "missing_partition",
                                         "forged", "unsigned"};
  return kNames[static_cast<unsigned>(fault)];
}

VerifyReport verify_lines(const std::function<bool(std::string&)>& next_line, const VerifyOptions& options) {
  Verifier verifier(options);
  std::string text;
  for (std::uint64_t n = 1; next_line(text); ++n) {
    verifier.at(n);
    verifier.line(text);
  }
  return verifier.finish();
}

}  // namespace brushwatch
