/// Decode cost of the JSON door: one order of two items, one scan, one view; and an order inside a CloudEvents envelope.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "connectors/codec/json_decoder.h"

namespace {

using namespace brushwatch;

constexpr const char* kOrder =
    R"({"type":"order.paid","source":"taobao","event_time":"2026-11-11T00:00:03.120+08:00","order_id":"2026111100012345",)"
    R"("shop_id":"s10293","buyer_pid":"b7f3a9c1d2e4","payer_pid":"p19ac77e0","device_pid":"d55e0c1ab","ip24_pid":"i8871",)"
    R"("room_token":"r0c1d2","region6":610113,"channel":"search","total_yuan":"200.07","paid_fen":18007,"items":)"
    R"([{"sku":"k1","qty":1,"paid_yuan":"120.07"},{"sku":"k2","qty":2,"paid_fen":8000}]})";
constexpr const char* kScan =
    R"({"type":"parcel.scan","source":"sf","event_time":"2026-11-11T09:12:44+08:00","carrier":"sf","waybill":"SF1234567890123",)"
    R"("code":"50","outlet_id":"029AB","outlet_kind":"outlet","region6":610113,"courier_id":"c771","weight_g":480})";
constexpr const char* kView =
    R"({"type":"traffic.view","source":"taobao","event_time":1794326405000,"shop_id":"s10293","session":"9f1c2e","item":"k1",)"
    R"("buyer_pid":"b7f3a9c1","kind":"pv","dwell_ms":5210,"ua_class":"app"})";

void decode(benchmark::State& state, const std::string& text) {
  JsonDecoderOptions options;
  options.clock = IngestClock::kRecord;
  CodecCounters counters;
  options.counters = &counters;
  const auto decoder = make_json_decoder(options);
  SourceRecord record;
  record.bytes = text;
  std::vector<Event> out;
  for (auto _ : state) {
    auto result = decoder->decode(record, EventTime{1}, out);
    if (!result) state.SkipWithError("refused");
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(decode, order, std::string(kOrder));
BENCHMARK_CAPTURE(decode, scan, std::string(kScan));
BENCHMARK_CAPTURE(decode, view, std::string(kView));
BENCHMARK_CAPTURE(decode, cloudevents_order,
                  R"({"specversion":"1.0","id":"1","source":"//alliance.example/taobao","type":"cn.brushwatch.order.paid.v1","data":)" +
                      std::string(kOrder) + "}");

}  // namespace
