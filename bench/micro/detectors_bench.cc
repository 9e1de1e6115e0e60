// What one event costs at the shop stage, and what each detector of it adds: a row in the cache, a day's mix of moments.

#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "detectors/complaint_correlation/complaint_correlation.h"
#include "detectors/order_velocity/order_velocity.h"
#include "detectors/refund_flood/refund_flood.h"
#include "detectors/review_burst/review_burst.h"
#include "detectors/shop_core/shop_core.h"
#include "detectors/view_bots/view_bots.h"
#include "tests/support/detector_bench.h"

namespace brushwatch {
namespace {

/// Folds `make(i)` for ever, without the bench's queues; a day has `a_day` events.
template <class Make>
void fold_events(benchmark::State& state, const Registry& registry, int a_day, Make&& make) {
  DetectorStage stage(Stage::kShop, registry);
  Rules rules;
  stage.declare(rules);
  Reference reference;
  Outbox outbox;
  std::vector<std::uint64_t> row(stage.row_bytes() / 8 + 1);
  std::string tail;
  std::vector<Event> events;
  for (int i = 0; i < 8 * a_day; ++i) events.push_back(make(i, test::at(i / a_day, 24.0 * (i % a_day) / a_day)));
  std::size_t i = 0;
  for (auto _ : state) {
    FoldContext ctx;
    ctx.rules = &rules;
    ctx.reference = &reference;
    ctx.outbox = &outbox;
    ctx.position = EvidenceRef::of(1, i + 1);
    stage.fold(events[i], reinterpret_cast<std::byte*>(row.data()), tail, ctx);
    if (++i == events.size()) {
      i = 0;
      std::fill(row.begin(), row.end(), 0);
    }
    if (outbox.records(Stage::kParty).size() + outbox.records(Stage::kSubject).size() > (1U << 20)) outbox.clear();
  }
  state.SetItemsProcessed(state.iterations());
}

Event make_view(int i, EventTime t) { return test::view(t, "taobao:s1", mix64(static_cast<std::uint64_t>(i / 5)), i % 3 != 0); }
Event make_paid(int i, EventTime t) {
  Event e = test::paid(t, "taobao:s1", mix64(static_cast<std::uint64_t>(i)));
  auto& o = std::get<OrderEvent>(e.body);
  o.device = o.payer = o.room = mix64(static_cast<std::uint64_t>(i) + 7);
  return e;
}
Event make_refunded(int i, EventTime t) { return test::order_event(EventType::kOrderRefunded, t, "taobao:s1", "o", mix64(static_cast<std::uint64_t>(i))); }
Event make_review(int i, EventTime t) { return test::review(t, "taobao:s1", mix64(static_cast<std::uint64_t>(i)), 5); }
Event make_complaint(int i, EventTime t) { return test::complaint(t, "taobao:s1", mix64(static_cast<std::uint64_t>(i)), ComplaintCode::kNotReceived); }

void ViewWholeStage(benchmark::State& s) { fold_events(s, default_registry(), 2000, make_view); }
void PaidWholeStage(benchmark::State& s) { fold_events(s, default_registry(), 45, make_paid); }
void ViewCore(benchmark::State& s) { fold_events(s, test::FewDetectors({&shop_core()}, {}), 2000, make_view); }
void ViewD24(benchmark::State& s) { fold_events(s, test::FewDetectors({&shop_core()}, {&d24_shop()}), 2000, make_view); }
void PaidCore(benchmark::State& s) { fold_events(s, test::FewDetectors({&shop_core()}, {}), 45, make_paid); }
void PaidD1(benchmark::State& s) { fold_events(s, test::FewDetectors({&shop_core()}, {&d1_shop()}), 45, make_paid); }
void PaidD1Large(benchmark::State& s) { fold_events(s, test::FewDetectors({&shop_core()}, {&d1_shop()}), 5000, make_paid); }
void PaidD7(benchmark::State& s) { fold_events(s, test::FewDetectors({&shop_core()}, {&d7_shop()}), 45, make_paid); }
void RefundedD7(benchmark::State& s) { fold_events(s, test::FewDetectors({&shop_core()}, {&d7_shop()}), 45, make_refunded); }
void ReviewD11(benchmark::State& s) { fold_events(s, test::FewDetectors({&shop_core()}, {&d11_shop()}), 15, make_review); }
void PaidD26(benchmark::State& s) { fold_events(s, test::FewDetectors({&shop_core()}, {&d26_shop()}), 45, make_paid); }
void ComplaintD26(benchmark::State& s) { fold_events(s, test::FewDetectors({&shop_core()}, {&d26_shop()}), 5, make_complaint); }

BENCHMARK(ViewWholeStage);
BENCHMARK(PaidWholeStage);
BENCHMARK(ViewCore);
BENCHMARK(ViewD24);
BENCHMARK(PaidCore);
BENCHMARK(PaidD1);
BENCHMARK(PaidD1Large);
BENCHMARK(PaidD7);
BENCHMARK(RefundedD7);
BENCHMARK(ReviewD11);
BENCHMARK(PaidD26);
BENCHMARK(ComplaintD26);

}  // namespace
}  // namespace brushwatch
