// What one more event costs in allocations, all detectors on: nothing. Counted, not timed.
//
// An executable of its own: it replaces the global operator new.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "apps/host.h"
#include "connectors/codec/json_decoder.h"
#include "tests/support/toy_pipeline.h"

namespace {
std::atomic<std::uint64_t> allocations{0};
void* counted_or_null(std::size_t n) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(n == 0 ? 1 : n);
}
void* counted(std::size_t n) {
  if (void* p = counted_or_null(n)) return p;
  throw std::bad_alloc();
}
}  // namespace
void* operator new(std::size_t n) { return counted(n); }
void* operator new[](std::size_t n) { return counted(n); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return counted_or_null(n); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return counted_or_null(n); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace brushwatch {
namespace {

class NullHub final : public OutputHub {
 public:
  Result<void> restore(StateStore&) override { return {}; }
  Result<void> write(Output, Stage, std::uint32_t, std::uint64_t, std::string_view) override { return {}; }
  Result<void> seal(std::uint64_t) override { return {}; }
  Result<void> flush() override { return {}; }
  void collect(StoreBatch&) override {}
};

/// Honest trade of 40 shops: everybody pays now and then, parcels are scanned, pages are viewed. The same keys all the time.
std::vector<std::string> trade(std::size_t events) {
  std::vector<std::string> lines;
  for (std::size_t n = 0; n < events; ++n) {
    const std::int64_t t = 1'790'000'000'000 + static_cast<std::int64_t>(n) * 40;
    const std::size_t shop = n * 7 % 40, buyer = n * 13 % 997;
    if (n % 3 == 0) {
      lines.push_back(fmt::format(
          R"({{"type":"order.paid","source":"pdd","event_time":{0},"ingest_time":{0},"order_id":"{1}","shop_id":"S{2}","buyer_pid":"b{3}","device_pid":"d{3}","payer_pid":"y{3}","room_token":"r{3}","total_fen":4900,"paid_fen":4900}})",
          t, n, shop, buyer));
    } else if (n % 3 == 1) {
      lines.push_back(fmt::format(
          R"({{"type":"parcel.scan","source":"zto","event_time":{0},"ingest_time":{0},"carrier":"zto","waybill":"7{1:011}","code":"in_transit","outlet_id":"zto-610113-{2:02}","outlet_kind":"hub","region6":610113}})",
          t, n % 400, shop % 10));
    } else {
      lines.push_back(fmt::format(
          R"({{"type":"traffic.view","source":"pdd","event_time":{0},"ingest_time":{0},"shop_id":"S{1}","session":"s{2}","buyer_pid":"b{2}","kind":"pv","dwell_ms":9000,"scrolled":true}})",
          t, shop, buyer));
    }
  }
  return lines;
}

/// Allocations of a warm pipeline for `rounds` rounds of `size` events.
std::uint64_t allocations_of(std::size_t rounds, std::size_t size) {
  constexpr std::size_t kWarm = 3;
  ManualClock clock;
  const app::Operators operators;
  auto ledger = make_memory_log(2);
  auto store = make_memory_store();
  NullHub hub;
  PipelineOptions options;
  options.epoch_records = UINT64_MAX;  // an epoch's batch is not an event's cost
  Pipeline pipeline(*ledger, *store, hub, operators.specs(), operators.rules(), options, clock);
  EXPECT_TRUE(pipeline.open());
  std::vector<IngestSource> sources(1);
  sources[0].source = std::make_unique<test::ScriptSource>("trade", trade((rounds + kWarm) * size));
  JsonDecoderOptions json;
  json.clock = IngestClock::kRecord;
  sources[0].decoder = make_json_decoder(json);
  IngestOptions ingest_options;
  ingest_options.round_ms = kDayMs;
  ingest_options.round_events = static_cast<std::uint32_t>(size);
  Ingest ingest(*ledger, std::move(sources), ingest_options, clock);
  EXPECT_TRUE(ingest.resume(0, 1, nullptr, {}));
  std::uint64_t before = 0;
  for (std::size_t n = 0; n < kWarm + rounds; ++n) {
    if (n == kWarm) before = allocations;
    auto round = ingest.next_round([] { return false; });
    EXPECT_TRUE(round && *round);
    EXPECT_EQ((*round)->events, size);
    EXPECT_TRUE(pipeline.fold(**round, false));
  }
  EXPECT_EQ(pipeline.stats().rejected, 0U);
  EXPECT_EQ(pipeline.stats().late, 0U);
  return allocations - before;
}

TEST(Allocations, AnEventMoreCostsNone) {
  constexpr std::size_t kRounds = 8, kSmall = 2'000, kLarge = 12'000;
  const std::uint64_t small = allocations_of(kRounds, kSmall), large = allocations_of(kRounds, kLarge);
  const double per_event = (static_cast<double>(large) - static_cast<double>(small)) / static_cast<double>(kRounds * (kLarge - kSmall));
  std::printf("allocations_per_event=%.4f\n", per_event);  // bench/pipeline.py records it
  // What is left is a frame's: one string in the round and one in the memory log for each 64 KiB of some hundred events.
  EXPECT_LT(per_event, 0.02) << small << " allocations for rounds of " << kSmall << " events, " << large << " for " << kLarge;
}

}  // namespace
}  // namespace brushwatch
