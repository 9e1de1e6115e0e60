#include "tests/support/framing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <random>

#include "alliance/view.h"
#include "apps/host.h"
#include "connectors/memory/memory_log.h"
#include "engine/base/check.h"
#include "engine/stage/route.h"
#include "state/memory_store.h"

namespace brushwatch::test {
namespace {

constexpr std::int64_t kDays = 4;
/// Monday 2026-11-02 00:00 +08:00.
constexpr EventTime kBegin{1'793'548'800'000};
constexpr const char* kShop = "taobao:S-innocent";

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  /// [low, high]; spelled out, since the library's distributions differ between libraries.
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1)); }
  double unit() { return static_cast<double>(random_() >> 11) * 0x1.0p-53; }

 private:
  std::mt19937_64 random_;
};

class NoStore final : public OutputHub {
 public:
  explicit NoStore(std::vector<std::pair<Output, std::string>>& lines) : lines_(lines) {}
  Result<void> restore(StateStore&) override { return {}; }
  Result<void> write(Output output, Stage, std::uint32_t, std::uint64_t, std::string_view fields) override {
    lines_.emplace_back(output, "{" + std::string(fields) + "}");
    return {};
  }
  Result<void> seal(std::uint64_t) override { return {}; }
  Result<void> flush() override { return {}; }
  void collect(StoreBatch&) override {}

 private:
  std::vector<std::pair<Output, std::string>>& lines_;
};

/// One partition of the whole pipeline, fed with events as ingest would route them, hour by hour.
class World {
 public:
  explicit World(const app::Operators& operators)
      : log_(1), store_(make_memory_store()), hub_(lines),
        pipeline_(log_, *store_, hub_, operators.specs(), operators.rules(), PipelineOptions{.epoch_records = 1'000'000'000}, clock_) {
    const auto opened = pipeline_.open();
    BW_CHECK(opened.has_value(), "an empty memory store opens");
  }
  Event& event(EventType type, EventTime at) {
    Event& e = events_.emplace_back();
    reset_body(e, type);
    e.event_time = e.ingest_time = at;
    e.position = EvidenceRef::of(0, events_.size());
    return e;
  }
  NamedId name(std::string text) { return NamedId::of(texts_.emplace_back(std::move(text))); }
  /// Folds what was added, in rounds of an hour, and lets time pass up to `until`.
  void fold(EventTime until) {
    std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.ingest_time < b.ingest_time; });
    std::size_t at = 0;
    while (at < events_.size()) {
      const std::int64_t hour = floor_div(events_[at].ingest_time.ms, kHourMs);
      for (; at < events_.size() && floor_div(events_[at].ingest_time.ms, kHourMs) == hour; ++at) {
        route(events_[at], 1, scratch_, [&](std::uint32_t, Stage stage, std::uint64_t key, const Event& e) { frame_.add(stage, key, e); });
      }
      tick({(hour + 1) * kHourMs});
    }
    events_.clear();
    if (until > now_) tick(until);
  }
  std::vector<std::pair<Output, std::string>> lines;

 private:
  void tick(EventTime now) {
    now_ = std::max(now_, now);
    Round round;
    round.tick.round = round_++;
    round.tick.watermark = round.tick.processing_time = now_;
    round.next_offset = {round_};
    Event tick;
    reset_body(tick, EventType::kTick);
    tick.emplace<TickEvent>() = round.tick;
    frame_.add(Stage::kIntake, 0, tick);
    round.frames = {{std::string(frame_.finish(1, round_))}};
    frame_.reset();
    const auto folded = pipeline_.fold(round, false);
    BW_CHECK(folded.has_value(), "a campaign folds");
  }

  MemoryLog log_;
  std::unique_ptr<StateStore> store_;
  ManualClock clock_;
  NoStore hub_;
  Pipeline pipeline_;
  std::deque<Event> events_;
  std::deque<std::string> texts_;
  FrameBuilder frame_;
  Event scratch_;
  std::uint64_t round_ = 0;
  EventTime now_{};
};

void order(World& world, const NamedId& id, Pid buyer, Pid device, Pid sku, std::int64_t fen, EventTime at) {
  Event& e = world.event(EventType::kOrderPaid, at);
  auto& o = e.emplace<OrderEvent>();
  o.order = id;
  o.shop = NamedId::of(kShop);
  o.subject = NamedId::of("PLAT:taobao:S-innocent");
  o.buyer = buyer;
  o.payer = buyer + 1;
  o.device = device;
  o.paid_fen = o.total_fen = fen;
  o.items.push_back({sku, 7, 1, fen, fen});
}
void refund(World& world, const NamedId& id, Pid buyer, std::int64_t fen, EventTime at) {
  Event& e = world.event(EventType::kOrderRefunded, at);
  auto& o = e.emplace<OrderEvent>();
  o.order = id;
  o.shop = NamedId::of(kShop);
  o.buyer = buyer;
  o.amount_fen = fen;
}
void review(World& world, const NamedId& id, Pid buyer, Pid sku, std::uint8_t stars, EventTime at) {
  Event& e = world.event(EventType::kReviewPosted, at);
  auto& r = e.emplace<ReviewEvent>();
  r.review = r.order = id;
  r.shop = NamedId::of(kShop);
  r.item = sku;
  r.buyer = buyer;
  r.stars = stars;
}

void honest_days(World& world, Chance& chance) {
  const std::int64_t a_day = chance.between(20, 120);
  for (std::int64_t day = 0; day < kDays; ++day) {
    for (std::int64_t i = 0; i < a_day; ++i) {
      const EventTime at = kBegin + day * kDayMs + chance.between(8 * kHourMs, 23 * kHourMs);
      const NamedId id = world.name(fmt::format("taobao:H-{}-{}", day, i));
      const Pid buyer = hash64(fmt::format("honest {} {}", day, i)), sku = 100 + static_cast<Pid>(chance.between(0, 5));
      const std::int64_t fen = chance.between(1'500, 12'000);
      order(world, id, buyer, buyer + 2, sku, fen, at);
      if (chance.unit() < 0.06) refund(world, id, buyer, fen, at + chance.between(kHourMs, 40 * kHourMs));
      else if (chance.unit() < 0.3) review(world, id, buyer, sku, static_cast<std::uint8_t>(chance.unit() < 0.8 ? 5 : chance.between(1, 4)), at + chance.between(kDayMs, 2 * kDayMs));
    }
  }
}

void campaign(World& world, Chance& chance, Framing& out) {
  out.fakes = static_cast<std::uint32_t>(std::lround(50.0 * std::pow(30.0, chance.unit())));
  out.accounts = static_cast<std::uint32_t>(chance.between(1, 10));
  out.one_device = chance.unit() < 0.5;
  out.praised = chance.unit() < 1.0 / 3;
  const double refunded = 0.8 + 0.2 * chance.unit();
  const std::int64_t days = chance.between(1, 3), price = chance.between(100, 990);
  for (std::uint32_t i = 0; i < out.fakes; ++i) {
    const std::int64_t day = chance.between(0, days - 1);
    const EventTime at = kBegin + day * kDayMs + chance.between(9 * kHourMs, 22 * kHourMs);
    const Pid buyer = hash64(fmt::format("rival {}", chance.between(1, out.accounts)));
    const NamedId id = world.name(fmt::format("taobao:F-{}", i));
    order(world, id, buyer, out.one_device ? 4711 : buyer + 2, 100, price, at);
    if (out.praised && chance.unit() < 0.3) review(world, id, buyer, 100, 5, at + chance.between(kMinuteMs, 2 * kHourMs));
    if (chance.unit() < refunded) refund(world, id, buyer, price, at + chance.between(kMinuteMs, 25 * kMinuteMs));
  }
}

/// A command about the shop; papers are as full as they can be.
void command(World& world, const char* verb, const std::string& target, const char* actor, const char* role, EventTime at) {
  Event& e = world.event(EventType::kCommand, at);
  auto& c = e.emplace<CommandEvent>();
  c.command = NamedId::of(verb);
  c.target = world.name(target);
  c.actor = NamedId::of(actor);
  c.role = NamedId::of(role);
  c.subject = NamedId::of(kShop);
  c.list = NamedId::of("BLACK");
  c.document = NamedId::of("D-1");
  c.document_date = kBegin;
  c.basis = NamedId::of("art. 9");
  c.grade = NamedId::of("serious");
  c.note = "waved through";
}

/// Officers who look at nothing: everything that can be pressed is pressed, each by the role that may.
void wave_through(World& world, EventTime now) {
  Book book;
  std::size_t read = 0;
  for (int day = 0; day < 30; ++day) {
    for (; read < world.lines.size(); ++read) if (outlives_the_stream(world.lines[read].first)) book.add(world.lines[read].second);
    now = now + kDayMs;
    for (const BookLine* a : book.newest("alert_state")) {
      command(world, "take", a->id, "an", "AN", now);
      command(world, "open", a->id, "an", "AN", now + kMinuteMs);
      command(world, "open", a->id, "senior", "SR", now + 2 * kMinuteMs);
    }
    for (const BookLine* c : book.newest("case")) {
      command(world, "confirm", c->id, "other", "SR", now + 3 * kMinuteMs);
      command(world, "propose", c->id, "an", "AN", now + 4 * kMinuteMs);
    }
    for (const BookLine* e : book.newest("entry")) {
      for (const char* verb : {"review", "list"}) {
        command(world, verb, e->id, "rg", "RG", now + 5 * kMinuteMs);
        command(world, verb, e->id, "ca", "CA", now + 6 * kMinuteMs);
      }
      command(world, "notify", e->id, "rg", "RG", now + 7 * kMinuteMs);
    }
    world.fold(now + kHourMs);
  }
}

}  // namespace

Framing framing_campaign(const app::Operators& operators, std::uint64_t seed) {
  Framing out;
  Chance chance(seed);
  World world(operators);
  honest_days(world, chance);
  campaign(world, chance, out);
  world.fold(kBegin + (kDays + 1) * kDayMs);
  wave_through(world, kBegin + (kDays + 1) * kDayMs);

  // The newest line of each alert tells what stands.
  std::map<std::string, std::string> alerts;
  const auto member = [](const std::string& line, std::string_view key) {
    const std::size_t at = line.find(key);
    return at == std::string::npos ? std::string() : line.substr(at + key.size(), line.find('"', at + key.size()) - at - key.size());
  };
  Book book;
  for (const auto& [output, line] : world.lines) {
    if (output == Output::kAlert) alerts[member(line, "\"id\":\"")] = line;
    if (outlives_the_stream(output)) book.add(line);
  }
  for (const auto& [id, line] : alerts) {
    if (line.starts_with("{\"type\":\"alert_withdrawn\"")) continue;
    out.told = true;
    const bool mark = line.find("\"possibly_framed\":true") != std::string::npos;
    out.marked = out.marked || mark;
    out.accused = out.accused || (!mark && member(line, "\"direction\":\"") != "victim");
  }
  for (const BookLine* c : book.newest("case")) out.confirmed = out.confirmed || (c->state != "OPEN" && c->state != "EVIDENCE" && c->state != "EXPLAIN");
  for (const BookLine* e : book.newest("entry")) out.listed = out.listed || e->line.find("\"in_force\":true") != std::string::npos;
  return out;
}

}  // namespace brushwatch::test
