// The JSON door takes any bytes: it refuses with a decode code, or gives an event that survives the wire and can be told again
// as JSON of the contract.

#include "connectors/codec/contract_json.h"
#include "connectors/codec/json_decoder.h"
#include "tests/fuzz/fuzz.h"

namespace brushwatch {
namespace {

using fuzz::view_of;

struct Doors {
  std::unique_ptr<Decoder> bare, again;
  CodecCounters counters;
  std::vector<Event> out, out_again;
  Doors() {
    JsonDecoderOptions options;
    options.clock = IngestClock::kRecord;
    options.default_source = "taobao";
    options.bare_money = {{"taobao", MoneyUnit::kYuan}, {"jd", MoneyUnit::kFen}};
    options.counters = &counters;
    bare = make_json_decoder(options);
    again = make_json_decoder(options);
  }
};

/// What the contract's own printer says is JSON that the door can read; ids may have grown too long for another source.
void told_again(Doors& doors, const Event& event) {
  const std::string json = to_contract_json(event);
  SourceRecord record;
  record.bytes = json;
  const auto result = doors.again->decode(record, EventTime{}, doors.out_again);
  if (!result) {
    const ErrorCode code = result.error().code;
    FUZZ_CHECK(code == ErrorCode::kBadType || code == ErrorCode::kRawPersonalData || code == ErrorCode::kTimeOutOfRange);
    return;
  }
  FUZZ_CHECK(doors.out_again[0].event_time == event.event_time);
  FUZZ_CHECK(doors.out_again[0].ingest_time == event.ingest_time);
  FUZZ_CHECK(doors.out_again[0].body.index() == event.body.index());
}

void take(Doors& doors, const SourceRecord& record) {
  const auto result = doors.bare->decode(record, EventTime{}, doors.out);
  if (!result) {
    const auto code = static_cast<unsigned>(result.error().code);
    FUZZ_CHECK(code >= 2000 && code < 3000);
    return;
  }
  // A rule.set may carry several rules: an event each. Every other record is one.
  FUZZ_CHECK(*result >= 1 && *result <= doors.out.size());
  FUZZ_CHECK(*result == 1 || doors.out[0].type == EventType::kRuleSet);
  for (std::size_t i = 0; i < *result; ++i) {
    fuzz::wire_round_trip(doors.out[i]);
    FUZZ_CHECK(!to_json(doors.out[i]).empty());
    told_again(doors, doors.out[i]);
  }
}

}  // namespace
}  // namespace brushwatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace brushwatch;
  static Doors doors;
  SourceRecord record;
  record.bytes = view_of(data, size);
  take(doors, record);
  // The same bytes as the value of a CloudEvent in binary mode.
  record.headers = {{"ce_specversion", "1.0"}, {"ce_id", "1"}, {"ce_source", "//x/jd"}, {"ce_type", "parcel.scan"}, {"ce_time", "2026-11-09T10:00:00Z"}};
  take(doors, record);
  return 0;
}
