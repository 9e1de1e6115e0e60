/// What every detector of the registry must hold to, asked of each without its author writing a test.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/conformance/detectors/scenarios.h"
#include "tests/support/detector_bench.h"
#include "tests/support/seeds.h"

namespace brushwatch::test {
namespace {

constexpr std::int64_t kRoundMs = 2 * kHourMs;

/// An event and when it is delivered.
struct Delivery {
  EventTime at;
  const Event* event;
};
std::vector<Delivery> in_time(const World& world) {
  std::vector<Delivery> out;
  for (const Event& e : world.events) out.push_back({e.event_time, &e});
  std::stable_sort(out.begin(), out.end(), [](const Delivery& a, const Delivery& b) { return a.at < b.at; });
  return out;
}

/// How late an event of this type may be so that all who take it still count it.
std::int64_t shared_lateness_ms(EventType type) {
  std::int64_t least = 48 * kHourMs;
  for (const Detector* d : default_registry().detectors) {
    if (d->info().inputs.has(type)) least = std::min(least, d->info().lateness_ms);
  }
  // Scans and notices are taken by the core.
  for (const StageCore* c : default_registry().cores) {
    if (c->info().inputs.has(type) && c->info().stage == Stage::kParcel) least = std::min(least, c->info().lateness_ms);
  }
  return least;
}
/// Each event is delivered later by chance, within what is allowed.
std::vector<Delivery> shuffled(const World& world, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Delivery> out = in_time(world);
  for (Delivery& d : out) d.at = d.at + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(shared_lateness_ms(d.event->type)));
  std::stable_sort(out.begin(), out.end(), [](const Delivery& a, const Delivery& b) { return a.at < b.at; });
  return out;
}

/// Rounds of two hours; the watermark follows the newest event.
class Player {
 public:
  Player(DetectorBench& bench, const World& world, std::vector<Delivery> deliveries) : bench_(bench), deliveries_(std::move(deliveries)) {
    for (const Event& r : world.reference) bench_.reference().apply(r);
  }
  void play(std::size_t until = SIZE_MAX) {
    for (; next_ < std::min(until, deliveries_.size()); ++next_) {
      const Delivery& d = deliveries_[next_];
      if (d.at - round_start_ >= kRoundMs) {
        bench_.close_round(newest_);
        round_start_ = d.at;
      }
      newest_ = std::max(newest_, d.event->event_time);
      bench_.feed(*d.event);
    }
  }
  void finish() {
    play();
    bench_.close_round(newest_);
    bench_.settle();
  }
  void continue_from(const Player& other) {
    next_ = other.next_;
    round_start_ = other.round_start_;
    newest_ = other.newest_;
  }

 private:
  DetectorBench& bench_;
  std::vector<Delivery> deliveries_;
  std::size_t next_ = 0;
  EventTime round_start_{0}, newest_{0};
};

/// The numbers of the registry, each once.
std::vector<std::uint16_t> numbers() {
  std::set<std::uint16_t> out;
  for (const Detector* d : default_registry().detectors) out.insert(d->info().number);
  return {out.begin(), out.end()};
}
World world_of(std::uint16_t detector, std::uint64_t seed) {
  WorldMaker maker(seed);
  World world = maker.honest();
  if (detector != 0) maker.inject(detector, world);
  return world;
}
/// All patterns at once: the busiest world there is.
World every_pattern(std::uint64_t seed) {
  WorldMaker maker(seed);
  World world = maker.honest();
  for (const std::uint16_t n : numbers()) maker.inject(n, world);
  return world;
}
std::unique_ptr<DetectorBench> judged(const World& world) {
  auto bench = std::make_unique<DetectorBench>();
  Player player(*bench, world, in_time(world));
  player.finish();
  return bench;
}
std::set<FindingKey> identities(const DetectorBench& bench) {
  std::set<FindingKey> out;
  for (const auto& [key, finding] : bench.verdicts()) out.insert(key);
  return out;
}

TEST(EveryDetector, SaysNothingOfAColumnThatIsZero) {
  Rules rules;
  Reference reference;
  std::vector<std::unique_ptr<DetectorStage>> stages;
  for (const Stage stage : {Stage::kParcel, Stage::kShop, Stage::kParty, Stage::kRing}) {
    stages.push_back(std::make_unique<DetectorStage>(stage, default_registry()));
    stages.back()->declare(rules);
  }
  for (const auto& stage : stages) {
    Outbox outbox;
    FoldContext ctx;
    ctx.key = 7;
    ctx.watermark = {1'800'000'000'000};
    ctx.stage = stage->stage();
    ctx.rules = &rules;
    ctx.reference = &reference;
    ctx.outbox = &outbox;
    std::vector<std::uint64_t> row(stage->row_bytes() / 8 + 1);
    std::string tail;
    EXPECT_FALSE(stage->on_timer(reinterpret_cast<std::byte*>(row.data()), tail, ctx)) << static_cast<int>(stage->stage());
    EXPECT_EQ(ctx.timer(), EventTime::max()) << static_cast<int>(stage->stage());
    for (const Stage to : {Stage::kShop, Stage::kParty, Stage::kRing, Stage::kSubject}) EXPECT_TRUE(outbox.records(to).empty());
    EXPECT_EQ(std::count(row.begin(), row.end(), 0U), static_cast<std::ptrdiff_t>(row.size()));
  }
}

TEST(EveryDetector, SaysTheSameBytesOfTheSameEvents) {
  const World world = every_pattern(1);
  const auto first = judged(world), second = judged(world);
  EXPECT_FALSE(first->bytes().empty());
  EXPECT_TRUE(first->bytes() == second->bytes());
}

TEST(EveryDetector, HasTheSameFutureAfterItsRowsWereStoredAndRestored) {
  const World world = every_pattern(2);
  for (const double part : {0.2, 0.55, 0.8}) {
    DetectorBench straight;
    Player player(straight, world, in_time(world));
    player.play(static_cast<std::size_t>(part * static_cast<double>(world.events.size())));
    DetectorBench restored;
    Player rest(restored, world, in_time(world));
    restored.restore_from(straight);
    rest.continue_from(player);
    const std::size_t before = straight.bytes().size();
    player.finish();
    rest.finish();
    EXPECT_TRUE(straight.bytes().substr(before) == restored.bytes()) << "restored after " << part;
  }
}

TEST(EveryDetector, ReachesTheSameVerdictsWhateverTheOrderWithinTheAllowedLateness) {
  for_each_seed(4, [](std::uint64_t seed) {
    const World world = every_pattern(seed);
    const auto in_order = judged(world);
    DetectorBench bench;
    Player player(bench, world, shuffled(world, seed * 77));
    player.finish();
    EXPECT_EQ(bench.late(), 0U);
    EXPECT_EQ(identities(bench), identities(*in_order));
  });
}

TEST(EveryDetector, TellsFindingsThatCanBeReadAndChecked) {
  const auto bench = judged(every_pattern(3));
  std::set<std::uint16_t> spoke;
  for (const FindingEvent& f : bench->findings()) {
    const DetectorInfo* info = nullptr;
    for (const Detector* d : default_registry().detectors) {
      for (const ReasonText& reason : d->info().reasons) {
        if (d->info().number == f.detector && (f.retracted || reason.code == f.reason)) info = &d->info();
      }
    }
    ASSERT_NE(info, nullptr) << "D" << f.detector << " gives reason " << f.reason << ", which it does not list";
    spoke.insert(f.detector);
    EXPECT_EQ(f.version, info->version) << "D" << f.detector;
    EXPECT_EQ(f.family, info->family) << "D" << f.detector;
    EXPECT_FALSE(f.subject.text.empty()) << "D" << f.detector;
    EXPECT_LT(f.window_start, f.window_end) << "D" << f.detector;
    const std::int64_t length = f.window_end - f.window_start;
    EXPECT_TRUE(length == kDayMs || length == 7 * kDayMs) << "D" << f.detector << ": fusion joins days and weeks";
    EXPECT_EQ(window_start(f.window_start, length), f.window_start) << "D" << f.detector;
    EXPECT_LE(f.evidence.size(), kEvidenceMax) << "D" << f.detector;
    EXPECT_GE(f.llr_milli, 0) << "D" << f.detector;
    EXPECT_LT(f.llr_milli, 100'000) << "D" << f.detector << ": e^100 is a claim about nothing";
    if (f.retracted) continue;
    EXPECT_GT(f.llr_milli, 0) << "D" << f.detector;
    EXPECT_GT(f.count, 0U) << "D" << f.detector;
    EXPECT_FALSE(f.evidence.empty()) << "D" << f.detector;
    EXPECT_TRUE(std::is_sorted(f.evidence.begin(), f.evidence.end())) << "D" << f.detector;
  }
  const std::vector<std::uint16_t> all = numbers();
  EXPECT_EQ(spoke, std::set<std::uint16_t>(all.begin(), all.end()));
}

TEST(EveryDetector, FindsItsPatternInEveryWorldAndNothingInTheHonestOnes) {
  constexpr std::uint64_t kWorlds = 20;
  std::map<std::uint16_t, std::vector<std::int64_t>> honest;  // strongest evidence a world
  for (std::uint64_t seed = 1; seed <= kWorlds; ++seed) {
    const auto bench = judged(world_of(0, seed));
    for (const std::uint16_t n : numbers()) {
      std::int64_t strongest = 0;
      for (const FindingEvent& f : bench->verdicts_of(n)) strongest = std::max(strongest, f.llr_milli);
      honest[n].push_back(strongest);
    }
  }
  for (const std::uint16_t n : numbers()) {
    WorldMaker probe(0);
    World unused;
    ASSERT_TRUE(probe.inject(n, unused)) << "tell scenarios.h what D" << n << " looks for";
    std::size_t found = 0, quiet = 0, wins2 = 0;  // wins2: twice the pairs in which the injected world outscores the honest one
    for (std::uint64_t seed = 1; seed <= kWorlds; ++seed) {
      const auto bench = judged(world_of(n, seed + 1000));
      std::int64_t strongest = 0;
      for (const FindingEvent& f : bench->verdicts_of(n)) strongest = std::max(strongest, f.llr_milli);
      found += strongest > 0;
      for (const std::int64_t h : honest[n]) wins2 += strongest > h ? 2 : strongest == h ? 1 : 0;
    }
    for (const std::int64_t h : honest[n]) quiet += h == 0;
    const double auc = static_cast<double>(wins2) / (2.0 * kWorlds * kWorlds);
    RecordProperty("D" + std::to_string(n) + "_auc_permille", static_cast<int>(auc * 1000));
    EXPECT_GE(auc, 0.95) << "D" << n;
    EXPECT_GE(found, kWorlds - 1) << "D" << n << " misses its pattern";
    EXPECT_EQ(quiet, kWorlds) << "D" << n << " accuses honest shops";
  }
}

TEST(EveryDetector, StandsAnEmptyStreamAndASingleEvent) {
  DetectorBench empty;
  empty.close_round({0});
  empty.close_round(EventTime::max());
  EXPECT_TRUE(empty.findings().empty());
  for (const Event& only : every_pattern(4).events) {
    DetectorBench bench;
    bench.feed(only);
    bench.close_round(only.event_time);
    bench.close_round(EventTime::max());
    ASSERT_TRUE(bench.findings().empty()) << "of one " << event_type_name(only.type);
    if (only.event_time > at(3, 0)) break;
  }
}

TEST(EveryDetector, StandsEventsWithoutOptionalFields) {
  DetectorBench bench;
  for (int i = 0; i < 300; ++i) {
    const EventTime t = at(i / 10, i % 10 + 8.0);
    bench.feed(order_event(EventType::kOrderPaid, t, "s", "", 0));
    bench.feed(order_event(EventType::kOrderRefunded, t, "s", "", 0));
    bench.feed(order_event(EventType::kOrderSigned, t, "s", "", 0));
    bench.feed(view(t, "s", 0, true));
    bench.feed(review(t, "s", 0, 0));
    Event scan;
    scan.type = EventType::kParcelScan;
    scan.event_time = t;
    scan.emplace<ScanEvent>();
    bench.feed(scan);
    if (i % 10 == 9) bench.close_round(t);
  }
  bench.settle();
  for (const FindingEvent& f : bench.findings()) EXPECT_GE(f.llr_milli, 0);
}

TEST(EveryDetector, LetsGoOfItsStateInTheEnd) {
  const World world = every_pattern(5);
  DetectorBench bench;
  Player player(bench, world, in_time(world));
  player.finish();
  EXPECT_GT(bench.rows(), 0U);
  // The longest memory is of waybill numbers: half a year.
  for (int day = 30; day < 400; day += 1) bench.close_round(at(day, 0));
  EXPECT_EQ(bench.rows(Stage::kParcel), 0U);
  EXPECT_EQ(bench.rows(Stage::kShop), 0U);
  EXPECT_EQ(bench.rows(Stage::kParty), 0U);
  EXPECT_EQ(bench.rows(Stage::kRing), 0U);
}

TEST(EveryDetector, DescribesItself) {
  std::set<std::string> columns;
  for (const Detector* d : default_registry().detectors) {
    const DetectorInfo& info = d->info();
    const std::string column = column_name(info);
    EXPECT_TRUE(columns.insert(column).second) << column << " is there twice";
    EXPECT_GE(info.version, 1) << column;
    EXPECT_GE(info.state_version, 1) << column;
    EXPECT_GT(info.state_bytes, 0U) << column;
    for (const ParamInfo& p : info.params) {
      EXPECT_FALSE(p.reason.empty()) << column << "." << p.name << " has no reason";
      EXPECT_FALSE(p.unit.empty()) << column << "." << p.name << " has no unit";
    }
    std::set<std::uint16_t> codes;
    for (const ReasonText& r : info.reasons) {
      EXPECT_TRUE(codes.insert(r.code).second) << column << " reason " << r.code << " is there twice";
      EXPECT_EQ(r.key.substr(0, info.name.size()), info.name) << column;
      EXPECT_FALSE(r.en.empty()) << r.key;
      EXPECT_FALSE(r.zh.empty()) << r.key;
      EXPECT_TRUE(std::any_of(r.zh.begin(), r.zh.end(), [](char c) { return (c & 0x80) != 0; })) << r.key << ": zh is not Chinese";
    }
  }
}

TEST(EveryDetector, HasACardThatTellsItsState) {
  for (const Detector* d : default_registry().detectors) {
    const DetectorInfo& info = d->info();
    const std::filesystem::path path = std::filesystem::path("detectors") / info.name / "README.md";
    std::ifstream file(path);
    ASSERT_TRUE(file) << path << " is missing";
    std::stringstream text;
    text << file.rdbuf();
    const std::string card = text.str();
    for (const char* word : {"| Pattern |", "| Source |", "| Inputs |", "| State |", "| Cost |", "When it fails"}) {
      EXPECT_NE(card.find(word), std::string::npos) << path << " says nothing of " << word;
    }
    EXPECT_NE(card.find("D" + std::to_string(info.number)), std::string::npos) << path;
    // The parcel parts keep one word that they do not use; it is not worth a line of the card.
    if (info.state_bytes > 16) {
      EXPECT_NE(card.find(std::to_string(info.state_bytes)), std::string::npos) << path << ": " << column_name(info) << " has " << info.state_bytes << " bytes";
    }
  }
}

}  // namespace
}  // namespace brushwatch::test
