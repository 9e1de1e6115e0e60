#include "tests/sim/sim_input.h"

#include "tests/support/script_decoder.h"

namespace brushwatch::sim {
namespace {

constexpr std::int64_t kStartMs = 1'762'000'000'000;

class SimShop final : public StageOperator {
 public:
  struct State {
    std::uint64_t count;
    std::int64_t last;
    char shop[16];
  };
  explicit SimShop(Clock* clock) : clock_(clock) {}
  Stage stage() const override { return Stage::kShop; }
  void fold(const Event& event, std::byte* columns, std::string&, FoldContext& ctx) const override {
    auto& state = *reinterpret_cast<State*>(columns);
    const std::string_view shop = event.as<OrderEvent>().shop.text;
    ++state.count;
    state.last = std::max(state.last, event.event_time.ms);
    std::copy_n(shop.data(), std::min(shop.size(), sizeof state.shop - 1), state.shop);
    ctx.changed = true;
    ctx.wake_at(EventTime{state.last + kMinuteMs});
    say(state, 1, clock_ == nullptr ? 0 : clock_->now().ms, event.event_time, ctx);
  }
  bool on_timer(std::byte* columns, std::string&, FoldContext& ctx) const override {
    auto& state = *reinterpret_cast<State*>(columns);
    if (ctx.watermark.ms < state.last + kMinuteMs) {
      ctx.wake_at(EventTime{state.last + kMinuteMs});
      return true;
    }
    say(state, 2, 0, EventTime{state.last + kMinuteMs}, ctx);
    return false;
  }
  std::int64_t allowed_lateness_ms(EventType) const override { return kHourMs; }

 private:
  static void say(const State& state, std::uint16_t detector, std::int64_t value, EventTime at, FoldContext& ctx) {
    FindingEvent finding;
    finding.detector = detector;
    finding.subject = NamedId::of(state.shop);
    finding.count = static_cast<std::uint32_t>(state.count);
    finding.value_milli = value;
    ctx.emit(finding, at);
  }
  Clock* clock_;
};

class SimSubject final : public StageOperator {
 public:
  Stage stage() const override { return Stage::kSubject; }
  void fold(const Event& event, std::byte*, std::string& tail, FoldContext& ctx) const override {
    const auto& finding = event.as<FindingEvent>();
    tail.push_back(finding.detector == 1 ? 'o' : 'q');
    ctx.changed = true;
    const EvidenceRef from = event.position;
    ctx.outbox->output(Output::kAlert, "\"type\":\"" + std::string(finding.detector == 1 ? "order" : "quiet") + "\",\"shop\":\"" +
                                           std::string(finding.subject.text) + "\",\"count\":" + std::to_string(finding.count) + ",\"seen\":" +
                                           std::to_string(tail.size()) + ",\"value\":" + std::to_string(finding.value_milli) + ",\"from\":\"" +
                                           std::to_string(from.source()) + ":" + std::to_string(from.offset()) + "\"");
  }
  bool on_timer(std::byte*, std::string&, FoldContext&) const override { return true; }
  std::int64_t allowed_lateness_ms(EventType) const override { return kHourMs; }
};

}  // namespace

std::vector<Script> make_scripts(Chance& chance) {
  std::vector<Script> scripts(1 + chance.below(3));
  for (Script& script : scripts) {
    std::int64_t t = kStartMs + static_cast<std::int64_t>(chance.below(60'000));
    for (std::uint64_t n = 20 + chance.below(80); n > 0; --n) {
      t += static_cast<std::int64_t>(chance.below(20) == 0 ? chance.below(3 * kHourMs) : chance.below(9'000));
      // Mostly in order, sometimes a little late, rarely too late.
      const std::int64_t behind = static_cast<std::int64_t>(chance.below(25) == 0 ? 6 * kHourMs : chance.below(5'000));
      // Some so long that the frame they are in ends with them: rounds of several frames.
      if (chance.below(30) == 0) script.push_back("bad" + std::string(chance.below(6) == 0 ? 17'000 : 0, ' '));
      else script.push_back(std::to_string(t) + " " + std::to_string(t - behind) + " shop" + std::to_string(chance.below(9)));
    }
  }
  return scripts;
}

Result<void> SimSource::seek(std::uint64_t offset) {
  BW_TRY(process_->step());
  at_ = offset;
  return {};
}

Result<void> SimSource::poll(std::size_t max, int, std::vector<SourceRecord>& out) {
  out.clear();
  BW_TRY(process_->step());
  Chance& chance = *process_->chance;
  if (process_->fails()) return fail(ErrorCode::kBrokerUnavailable, "simulated: the source is away");
  if (live_ && chance.one_in(3)) return {};
  std::uint64_t from = at_;
  // After a rebalance or a reconnect a transport begins a little before where it was.
  if (chance.one_in(6)) from -= chance.below(std::min<std::uint64_t>(from, 5) + 1);
  if (process_->bug == Bug::kRedeliveryNotRecognised) moved_ += at_ - from;
  const std::uint64_t most = script_.size() > 1'000 ? 300 : 12;  // a dozen or two of polls a life, whatever the world
  const std::uint64_t end = std::min<std::uint64_t>({script_.size(), at_ + 1 + chance.below(most), from + max});
  for (std::uint64_t o = from; o < end; ++o) {
    SourceRecord record;
    record.bytes = script_[o];
    record.offset = o + moved_;
    record.next_offset = o + 1 + moved_;
    out.push_back(record);
  }
  at_ = std::max(at_, end);
  return {};
}

std::unique_ptr<Decoder> make_sim_decoder() { return std::make_unique<test::ScriptDecoder>(); }

std::vector<StageSpec> sim_stages(Clock* clock_in_the_fold) {
  // They outlive every pipeline of the program; one with a clock is made for each asker and kept.
  static const SimShop plain(nullptr);
  static const SimSubject subject;
  static std::vector<std::unique_ptr<SimShop>> clocked;
  const SimShop* shop = &plain;
  if (clock_in_the_fold != nullptr) shop = clocked.emplace_back(std::make_unique<SimShop>(clock_in_the_fold)).get();
  StageSpec first{shop, {}, false};
  first.layout.add("count", 1, sizeof(SimShop::State));
  StageSpec second{&subject, {}, true};
  second.layout.add("none", 1, 8);
  return {first, second};
}

}  // namespace brushwatch::sim
