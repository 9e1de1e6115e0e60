#include "apps/hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <optional>

#include "engine/base/check.h"
#include "engine/base/failpoint.h"

namespace brushwatch::app {
namespace {

/// A writer that wakes up after its successor took over writes at most the rounds that it holds once more; twice their records.
constexpr std::size_t kRecentLines = 32'768;

/// Which stages write which output, so that a seal ends every chain, also one that never said anything.
bool writes(Output output, Stage stage) {
  switch (output) {
    case Output::kAlert: return stage == Stage::kSubject;
    case Output::kLate: return stage != Stage::kIntake && stage != Stage::kAlliance;  // nothing is late for a person's file
    case Output::kDeadLetter: return stage == Stage::kIntake;
    case Output::kCase: case Output::kList: case Output::kCredit: return stage == Stage::kAlliance;
  }
  return false;
}

/// "H/chain/alert/subject/3": by name, so that an output or a stage may be added.
std::string chain_key(std::size_t index, std::uint32_t partitions) {
  const auto output = static_cast<Output>(index / partitions / kStages);
  const auto stage = static_cast<Stage>(index / partitions % kStages);
  return fmt::format("H/chain/{}/{}/{}", output_name(output), stage_name(stage), index % partitions);
}

std::string mark_key(std::size_t output) { return fmt::format("H/mark/{}", output_name(static_cast<Output>(output))); }

/// The mark of a sink, and how many lines its chains had then: a build that knows no marks moves the chains on and leaves it behind.
struct SavedMark {
  std::uint64_t lines = 0;
  SinkMark mark;
};
Result<std::optional<SavedMark>> read_mark(StateStore& store, std::size_t output) {
  BW_ASSIGN(const auto bytes, store.get(mark_key(output)));
  if (!bytes) return std::nullopt;
  SavedMark saved;
  const char* from = bytes->data();
  if (bytes->size() != sizeof saved.lines + sizeof saved.mark.bytes + saved.mark.digest.size())
    return fail(ErrorCode::kStateCorrupt, "the mark of an output has the wrong size");
  const auto take = [&](void* to, std::size_t n) {
    std::memcpy(to, from, n);
    from += n;
  };
  take(&saved.lines, sizeof saved.lines);
  take(&saved.mark.bytes, sizeof saved.mark.bytes);
  take(saved.mark.digest.data(), saved.mark.digest.size());
  return saved;
}

}  // namespace

ChainedHub::ChainedHub(Sinks sinks, std::uint32_t partitions, Observer observer)
    : sinks_(std::move(sinks)), partitions_(partitions), observer_(std::move(observer)), chains_(kOutputs * kStages * partitions) {}

ChainedHub::ChainState& ChainedHub::state(Output output, Stage stage, std::uint32_t partition) {
  return chains_[(static_cast<std::size_t>(output) * kStages + static_cast<std::size_t>(stage)) * partitions_ + partition];
}

std::uint64_t ChainedHub::lines_of(std::size_t output) const {
  std::uint64_t lines = 0;
  for (std::size_t i = output * kStages * partitions_; i < (output + 1) * kStages * partitions_; ++i) lines += chains_[i].chain.seq;
  return lines;
}

Result<void> ChainedHub::restore(StateStore& store) {
  std::size_t index = 0;
  chains_.assign(chains_.size(), {});
  for (ChainState& c : chains_) {
    BW_ASSIGN(const auto saved, store.get(chain_key(index++, partitions_)));
    if (!saved) continue;
    if (saved->size() != sizeof(std::uint64_t) + sizeof(Digest) + 1) return fail(ErrorCode::kStateCorrupt, "a chain record has the wrong size");
    std::memcpy(&c.chain.seq, saved->data(), sizeof(std::uint64_t));
    std::memcpy(c.chain.head.data(), saved->data() + sizeof(std::uint64_t), sizeof(Digest));
    c.sealed = saved->back() != 0;
  }
  // An output's lines touch its own chains only. In whatever order they come, the first output that is wrong is the one that is named.
  std::array<std::future<Result<void>>, kOutputs> visiting;
  for (std::size_t o = 0; o < kOutputs; ++o) {
    if (!sinks_[o]) continue;
    BW_ASSIGN(auto saved, read_mark(store, o));
    if (saved && saved->lines != lines_of(o)) saved.reset();
    // Mark and visit in one go: a mark accepted for a visit that an earlier output's fault cut off would leave lines out of the next one.
    visiting[o] = std::async(sinks_[o]->waits() ? std::launch::async : std::launch::deferred, [this, o, saved]() -> Result<void> {
      if (saved) {
        BW_ASSIGN(const bool whole, sinks_[o]->begins_with(saved->mark));
        // Then the sink has all lines that the state counts: they were flushed before the state was written.
        for (std::size_t i = o * kStages * partitions_; whole && i < (o + 1) * kStages * partitions_; ++i) chains_[i].held = chains_[i].chain;
      }
      return sinks_[o]->for_each_existing([this, o](std::string_view line) { return take_held(static_cast<Output>(o), line); });
    });
  }
  for (std::size_t o = 0; o < kOutputs; ++o) {
    if (!sinks_[o]) continue;
    auto visited = visiting[o].get();
    if (!visited) return tl::unexpected<Error>(std::move(visited.error()).in("output " + std::string(output_name(static_cast<Output>(o)))));
    if (!sinks_[o]->keeps_all()) continue;
    for (std::size_t i = o * kStages * partitions_; i < (o + 1) * kStages * partitions_; ++i) {
      if (chains_[i].held.seq < chains_[i].chain.seq)
        return fail(ErrorCode::kStateCorrupt, "the output has lost lines that the state counts", static_cast<std::int64_t>(chains_[i].held.seq));
    }
  }
  return {};
}

Result<void> ChainedHub::take_held(Output output, std::string_view line) {
  BW_ASSIGN(const ParsedLine parsed, parse_line(line));
  if (parsed.partition >= partitions_) return fail(ErrorCode::kStateForeign, "the output has another number of partitions", parsed.of);
  const bool whole = sinks_[static_cast<std::size_t>(output)]->keeps_all();
  ChainState& c = state(output, parsed.stage, parsed.partition);
  if (parsed.hash != parsed.computed_hash()) return fail(ErrorCode::kLogCorrupt, "a line of the output was changed", static_cast<std::int64_t>(parsed.seq));
  if (!whole && parsed.seq < c.held.seq && c.held.seq - parsed.seq <= c.recent.size()) {
    // Of a chain's lines with one seq the first counts. Another one that says the same comes from a writer that was thought dead.
    if (c.recent[c.recent.size() - static_cast<std::size_t>(c.held.seq - parsed.seq)] == parsed.hash) return {};
  }
  // A topic may have dropped its beginning; a file has all.
  const bool begins = c.held.seq == 0 && (parsed.seq > 0 ? !whole : parsed.prev == chain_genesis(output, parsed.stage, parsed.partition));
  if (!(begins || (parsed.seq == c.held.seq && parsed.prev == c.held.head)))
    return fail(ErrorCode::kLogCorrupt, "a line of the output was changed, lost or moved", static_cast<std::int64_t>(parsed.seq));
  c.held = {parsed.seq + 1, parsed.hash};
  if (!whole) {
    if (begins) c.recent.clear();
    c.recent.push_back(parsed.hash);
    if (c.recent.size() > kRecentLines) c.recent.pop_front();
  }
  if (!unheard_.empty() && parsed.seq < c.chain.seq) {
    const auto chain = static_cast<std::size_t>(&c - chains_.data());
    const auto ours = std::find_if(unheard_.begin(), unheard_.end(), [&](const Unheard& u) { return u.chain == chain && u.seq == parsed.seq; });
    if (ours != unheard_.end()) {
      if (ours->hash != parsed.hash) return fail(ErrorCode::kDivergence, "another instance wrote a line that differs from ours", static_cast<std::int64_t>(parsed.seq));
      unheard_.erase(ours);
      ++suppressed_;
      return {};
    }
  }
  if (parsed.seq + 1 == c.chain.seq && parsed.hash != c.chain.head)
    return fail(ErrorCode::kStateCorrupt, "the state and the output know different lines", static_cast<std::int64_t>(parsed.seq));
  if (parsed.seq < c.chain.seq) return {};
  // A Kafka tail may begin in the middle of what is beyond the epoch; a file cannot.
  if (parsed.seq != c.chain.seq + c.existing.size()) return fail(ErrorCode::kLogCorrupt, "the output has a gap in its chain", static_cast<std::int64_t>(parsed.seq));
  c.existing.push_back(parsed.hash);
  return {};
}

Result<void> ChainedHub::hear() {
  for (std::size_t o = 0; o < kOutputs; ++o) {
    if (!sinks_[o]) continue;
    BW_TRY(sinks_[o]->for_each_new(false, [&](std::string_view line) { return take_held(static_cast<Output>(o), line); }));
  }
  return {};
}

Result<void> ChainedHub::speak() {
  if (!listening_) return {};
  for (std::size_t o = 0; o < kOutputs; ++o) {
    if (!sinks_[o]) continue;
    BW_TRY(sinks_[o]->for_each_new(true, [&](std::string_view line) { return take_held(static_cast<Output>(o), line); }));
  }
  listening_ = false;
  while (!unheard_.empty()) {
    const Unheard& next = unheard_.front();
    BW_TRY(send(next.output, next.partition, next.line));
    unheard_.pop_front();
  }
  return flush();
}

Result<void> ChainedHub::send(Output output, std::uint32_t partition, const std::string& line) {
  BW_FAILPOINT("chain-append");
  if (output == Output::kDeadLetter) BW_FAILPOINT("dlq-write");
  LineSink* sink = sinks_[static_cast<std::size_t>(output)].get();
  if (sink != nullptr) BW_TRY(sink->append(partition, line));
  if (observer_) observer_(output, line);
  return {};
}

Result<void> ChainedHub::write(Output output, Stage stage, std::uint32_t partition, std::uint64_t round, std::string_view fields) {
  BW_CHECK(writes(output, stage), "each output has its stages");
  ChainState& c = state(output, stage, partition);
  const std::string line = c.chain.seal_line(output, stage, partition, partitions_, round, fields);
  if (!c.existing.empty()) {
    if (c.existing.front() != c.chain.head) {
      return tl::unexpected<Error>(Error(ErrorCode::kDivergence, "a refolded line differs from the one written before", static_cast<std::int64_t>(c.chain.seq - 1))
                                       .in(std::string(output_name(output)) + " " + std::string(stage_name(stage)) + "/" + std::to_string(partition)));
    }
    c.existing.pop_front();
    ++suppressed_;
    return {};
  }
  if (listening_) {
    const auto chain = static_cast<std::size_t>(&c - chains_.data());
    if (sinks_[static_cast<std::size_t>(output)]) unheard_.push_back({chain, c.chain.seq - 1, c.chain.head, output, partition, line});
    return {};
  }
  return send(output, partition, line);
}

Result<void> ChainedHub::seal(std::uint64_t round) {
  for (std::size_t o = 0; o < kOutputs; ++o) {
    for (std::size_t s = 0; s < kStages; ++s) {
      const auto output = static_cast<Output>(o);
      const auto stage = static_cast<Stage>(s);
      if (!writes(output, stage) || outlives_the_stream(output)) continue;
      for (std::uint32_t p = 0; p < partitions_; ++p) {
        ChainState& c = state(output, stage, p);
        if (c.sealed) continue;
        BW_FAILPOINT("seal");
        const std::string line = c.chain.close(output, stage, p, partitions_, round);
        c.sealed = true;
        if (!c.existing.empty()) {
          if (c.existing.front() != c.chain.head || c.existing.size() > 1) {
            return tl::unexpected<Error>(Error(ErrorCode::kDivergence, "the output goes on where this run ends", static_cast<std::int64_t>(c.chain.seq - 1))
                                             .in(std::string(output_name(output)) + " " + std::string(stage_name(stage)) + "/" + std::to_string(p)));
          }
          c.existing.pop_front();
          ++suppressed_;
          continue;
        }
        if (!sinks_[o]) continue;
        // A standby folds the end of the input as well; the seal is its leader's to write.
        if (listening_) unheard_.push_back({static_cast<std::size_t>(&c - chains_.data()), c.chain.seq - 1, c.chain.head, output, p, line});
        else BW_TRY(sinks_[o]->append(p, line));
      }
    }
  }
  return flush();
}

Result<void> ChainedHub::flush() {
  if (listening_) return {};
  for (auto& sink : sinks_) if (sink) BW_TRY(sink->flush());
  return {};
}

void ChainedHub::serve() {
  for (auto& sink : sinks_) if (sink) sink->serve();
}

void ChainedHub::collect(StoreBatch& batch) {
  std::string value;
  for (std::size_t i = 0; i < chains_.size(); ++i) {
    const ChainState& c = chains_[i];
    if (c.chain.seq == 0) continue;
    value.assign(reinterpret_cast<const char*>(&c.chain.seq), sizeof c.chain.seq);
    value.append(reinterpret_cast<const char*>(c.chain.head.data()), c.chain.head.size());
    value.push_back(c.sealed ? 1 : 0);
    batch.put(chain_key(i, partitions_), value);
  }
  for (std::size_t o = 0; o < kOutputs; ++o) {
    const auto mark = sinks_[o] ? sinks_[o]->mark() : std::nullopt;
    if (!mark) {
      batch.erase(mark_key(o));
      continue;
    }
    const std::uint64_t lines = lines_of(o);
    value.assign(reinterpret_cast<const char*>(&lines), sizeof lines);
    value.append(reinterpret_cast<const char*>(&mark->bytes), sizeof mark->bytes);
    value.append(reinterpret_cast<const char*>(mark->digest.data()), mark->digest.size());
    batch.put(mark_key(o), value);
  }
}

}  // namespace brushwatch::app
