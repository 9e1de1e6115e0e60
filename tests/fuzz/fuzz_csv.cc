// A mapping file and rows for it, with a line "---" between: the mapping is refused, or no row can break the decoder.

#include "connectors/codec/contract_json.h"
#include "connectors/codec/csv_decoder.h"
#include "engine/event/wire.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace brushwatch;
  std::string_view rest = fuzz::view_of(data, size);
  const std::string_view toml = fuzz::part_before_rule(rest);
  auto mapping = parse_csv_mapping(toml);
  if (!mapping) {
    const auto code = static_cast<unsigned>(mapping.error().code);
    FUZZ_CHECK(code >= 1000 && code < 2000);
    return 0;
  }
  // Joined files would be looked for under names that the fuzzer chose.
  mapping->joins.clear();
  for (CsvEventBlock& block : mapping->events) block.items_join = -1;
  auto decoder = make_csv_decoder(std::move(*mapping), {});
  FUZZ_CHECK(decoder);
  std::vector<Event> out;
  std::uint64_t offset = 0;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    SourceRecord record;
    record.bytes = rest.substr(0, end);
    record.offset = offset;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    offset += record.bytes.size() + 1;
    const auto count = (*decoder)->decode(record, EventTime{}, out);
    if (!count) {
      const auto code = static_cast<unsigned>(count.error().code);
      FUZZ_CHECK(code >= 2000 && code < 3000);
      continue;
    }
    FUZZ_CHECK(*count <= out.size());
    for (std::size_t i = 0; i < *count; ++i) {
      std::string bytes;
      encode(out[i], bytes);
      std::string_view encoded = bytes;
      Event back;
      FUZZ_CHECK(decode(encoded, back) && encoded.empty());
      FUZZ_CHECK(back.event_time == out[i].event_time && back.ingest_time == out[i].ingest_time);
      FUZZ_CHECK(!to_contract_json(out[i]).empty());
    }
  }
  return 0;
}
