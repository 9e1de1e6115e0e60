#include "tests/sim/sim_disk.h"

#include <algorithm>

namespace brushwatch::sim {
namespace {

class SimStore final : public StateStore {
 public:
  SimStore(Disk& disk, std::shared_ptr<Process> process) : disk_(disk), process_(std::move(process)), now_(disk.forced) {
    for (const auto& batch : disk_.waiting) Disk::apply(now_, batch);
  }

  Result<std::optional<std::string>> get(std::string_view key) override {
    BW_TRY(process_->step());
    return find(key);
  }
  Result<void> multi_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values) override {
    BW_TRY(process_->step());
    values.clear();
    for (const std::string& key : keys) values.push_back(find(key));
    return {};
  }
  Result<void> write(const StoreBatch& batch) override {
    std::vector<Disk::Operation> operations;
    batch.for_each([&](bool is_put, std::string_view key, std::string_view value) {
      if (process_->bug == Bug::kChainHeadNotStored && key.starts_with("H/chain/")) return;
      // A row's key begins with its task's prefix, T and three more bytes, and an r.
      if (process_->bug == Bug::kDirtyRowForgotten && key.size() > 4 && key[0] == 'T' && key[4] == 'r' && process_->chance->one_in(12)) return;
      operations.emplace_back(std::string(key), is_put ? std::optional<std::string>(value) : std::nullopt);
    });
    // A death in here leaves the batch or does not; only the bug leaves a part of it.
    const bool alive_before = !process_->dead;
    // A death in just this place is rare; the bug needs one.
    if (process_->bug == Bug::kTornEpoch && process_->dies_at != UINT64_MAX && process_->chance->one_in(6)) process_->dies_at = process_->steps;
    auto stepped = process_->step();
    if (!stepped && alive_before) {
      if (process_->bug == Bug::kTornEpoch) operations.resize(operations.size() / 2);
      else if (process_->chance->one_in(2)) return stepped;
      disk_.waiting.push_back(std::move(operations));
      return stepped;
    }
    if (!stepped) return stepped;
    if (process_->fails()) return fail(ErrorCode::kStateIo, "simulated: the batch was not written");
    Disk::apply(now_, operations);
    disk_.waiting.push_back(std::move(operations));
    // The device takes a batch now and then; all before it are there then.
    if (process_->chance->one_in(4)) {
      for (const auto& waiting : disk_.waiting) Disk::apply(disk_.forced, waiting);
      disk_.waiting.clear();
    }
    return {};
  }
  Result<void> scan_from(std::string_view from, std::string_view prefix, const Visit& visit) override {
    BW_TRY(process_->step());
    if (process_->bug == Bug::kTimersLostOnRestore && prefix.size() > 4 && prefix[0] == 'T' && prefix[4] == 't') return {};
    const auto copy = now_;
    for (auto it = copy.lower_bound(from); it != copy.end() && it->first.starts_with(prefix); ++it) {
      if (!visit(it->first, it->second)) break;
    }
    return {};
  }
  Result<void> snapshot(const std::string&) override { return fail(ErrorCode::kUnsupported, "the simulated store takes no snapshots"); }

 private:
  std::optional<std::string> find(std::string_view key) const {
    const auto found = now_.find(key);
    return found == now_.end() ? std::nullopt : std::optional<std::string>(found->second);
  }

  Disk& disk_;
  std::shared_ptr<Process> process_;
  std::map<std::string, std::string, std::less<>> now_;
};

class SimHome final : public app::StateHome {
 public:
  SimHome(Disk& disk, std::shared_ptr<Process> process) : disk_(disk), process_(std::move(process)) {}
  Result<std::unique_ptr<StateStore>> open() override {
    BW_TRY(process_->step());
    return std::make_unique<SimStore>(disk_, process_);
  }
  Result<void> discard() override {
    BW_TRY(process_->step());
    disk_.forced.clear();
    disk_.waiting.clear();
    return {};
  }

 private:
  Disk& disk_;
  std::shared_ptr<Process> process_;
};

class SimSink final : public app::LineSink {
 public:
  SimSink(Disk::File& file, std::shared_ptr<Process> process) : file_(file), process_(std::move(process)) {}
  Result<void> append(std::uint32_t, std::string_view line) override {
    BW_TRY(process_->step());
    buffer_.emplace_back(line);
    if (process_->chance->one_in(20)) write();  // the buffer was full
    return {};
  }
  Result<void> flush() override {
    BW_TRY(process_->step());
    if (process_->fails()) return fail(ErrorCode::kIo, "simulated: the lines were not written");
    // The bug: what is flushed leaves only with the next flush, when the state has counted it.
    if (process_->bug == Bug::kStateBeforeOutputs) std::swap(buffer_, held_);
    write();
    if (process_->bug == Bug::kStateBeforeOutputs) std::swap(buffer_, held_);
    if (process_->chance->one_in(3)) file_.forced = file_.lines.size();
    return {};
  }
  Result<void> for_each_existing(const std::function<Result<void>(std::string_view)>& visit) override {
    BW_TRY(process_->step());
    if (process_->bug == Bug::kOutputsNotReadOnRestore) return {};
    for (const std::string& line : file_.lines) BW_TRY(visit(line));
    return {};
  }
  bool keeps_all() const override { return process_->bug != Bug::kStateBeforeOutputs && process_->bug != Bug::kOutputsNotReadOnRestore; }

 private:
  void write() {
    for (std::string& line : buffer_) file_.lines.push_back(std::move(line));
    buffer_.clear();
  }

  Disk::File& file_;
  std::shared_ptr<Process> process_;
  std::vector<std::string> buffer_, held_;
};

class SimTopic final : public app::LineSink {
 public:
  SimTopic(Disk::File& file, std::shared_ptr<Process> process) : file_(file), process_(std::move(process)) {}
  ~SimTopic() override { send(process_->chance->below(buffer_.size() + 1)); }
  Result<void> append(std::uint32_t, std::string_view line) override {
    BW_TRY(process_->step());
    buffer_.emplace_back(line);
    if (process_->chance->one_in(4)) send(process_->chance->below(buffer_.size() + 1));  // a connection sends when it likes
    return {};
  }
  Result<void> flush() override {
    BW_TRY(process_->step());
    if (process_->fails()) return fail(ErrorCode::kIo, "simulated: nobody knows whether the lines arrived");
    send(buffer_.size());
    return {};
  }
  Result<void> for_each_existing(const std::function<Result<void>(std::string_view)>& visit) override {
    next_ = 0;
    return for_each_new(true, visit);
  }
  Result<void> for_each_new(bool to_end, const std::function<Result<void>(std::string_view)>& visit) override {
    BW_TRY(process_->step());
    // A fetch may bring less than there is, unless all of it was asked for.
    const std::size_t left = file_.lines.size() - next_;
    for (std::size_t n = to_end ? left : process_->chance->below(left + 1); n > 0; --n) BW_TRY(visit(file_.lines[next_++]));
    return {};
  }

 private:
  void send(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) file_.lines.push_back(std::move(buffer_[i]));
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(count));
  }

  Disk::File& file_;
  std::shared_ptr<Process> process_;
  std::vector<std::string> buffer_;
  std::size_t next_ = 0;
};

}  // namespace

void Disk::apply(std::map<std::string, std::string, std::less<>>& to, const std::vector<Operation>& batch) {
  for (const auto& [key, value] : batch) {
    if (value) to.insert_or_assign(key, *value);
    else to.erase(key);
  }
}

void Disk::power_cut(Chance& chance, Bug bug) {
  const std::size_t kept = chance.below(waiting.size() + 1);
  const bool bug_here = bug == Bug::kEpochLostBetweenOthers;
  if (waiting.size() > 1 && (bug_here || chance.one_in(8))) {
    // Damage in the middle: a batch goes and a later one stays. The ring of epochs shows it; the bug is a store without one.
    auto& lost = waiting[chance.below(waiting.size() - 1)];
    std::erase_if(lost, [&](const Operation& o) { return !bug_here || !o.first.starts_with("E/"); });
  } else {
    waiting.resize(kept);
  }
  for (File& file : files) {
    file.lines.resize(file.forced + chance.below(file.lines.size() - file.forced + 1));
  }
}

std::shared_ptr<app::StateHome> make_sim_home(Disk& disk, std::shared_ptr<Process> process) {
  return std::make_shared<SimHome>(disk, std::move(process));
}

app::ChainedHub::Sinks make_sim_sinks(Disk& disk, std::shared_ptr<Process> process) {
  app::ChainedHub::Sinks sinks;
  for (std::size_t o = 0; o < kOutputs; ++o) sinks[o] = std::make_unique<SimSink>(disk.files[o], process);
  return sinks;
}

app::ChainedHub::Sinks make_sim_topics(Disk& topics, std::shared_ptr<Process> process) {
  app::ChainedHub::Sinks sinks;
  for (std::size_t o = 0; o < kOutputs; ++o) sinks[o] = std::make_unique<SimTopic>(topics.files[o], process);
  return sinks;
}

}  // namespace brushwatch::sim
