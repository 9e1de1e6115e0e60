#include "connectors/codec/convert.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

#include "connectors/codec/contract_json.h"
#include "connectors/codec/csv_decoder.h"

namespace brushwatch {
namespace {

/// Where an event of the output comes from: the row's place in the file and the event's place in the row.
struct Place {
  std::int64_t ingest_ms;
  std::uint64_t offset;
  std::uint32_t event;
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "the file cannot be read").in(path));
  std::string text(static_cast<std::size_t>(file.tellg()), '\0');
  file.seekg(0);
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    return tl::unexpected<Error>(Error(ErrorCode::kIo, "the file cannot be read").in(path));
  }
  return text;
}

SourceRecord row_at(std::string_view text, std::size_t offset) {
  const std::size_t end = std::min(text.find('\n', offset), text.size());
  SourceRecord record;
  record.bytes = text.substr(offset, end - offset);
  record.offset = offset;
  record.next_offset = std::min(end + 1, text.size());
  return record;
}

}  // namespace

Result<ConvertSummary> convert_csv(const std::string& mapping_path, const std::string& input_dir, const std::string& output_path) {
  BW_ASSIGN(const CsvMapping mapping, load_csv_mapping(mapping_path));
  CsvDecoderOptions options;
  options.data_dir = input_dir;
  options.clock = IngestClock::kRecord;
  BW_ASSIGN(const std::unique_ptr<Decoder> decoder, make_csv_decoder(mapping, options));
  BW_ASSIGN(const std::string text, read_file(input_dir.empty() ? mapping.file : input_dir + "/" + mapping.file));

  // First pass: only times and places are kept; the second decodes again, which costs less than holding the lines.
  ConvertSummary summary;
  std::vector<Place> places;
  std::vector<Event> events;
  std::uint64_t line = 0;
  for (std::size_t offset = 0; offset < text.size();) {
    const SourceRecord record = row_at(text, offset);
    ++line;
    offset = record.next_offset;
    if (record.bytes.empty() || record.bytes == "\r") continue;
    auto count = decoder->decode(record, EventTime{}, events);
    if (!(mapping.header && record.offset == 0)) ++summary.rows;
    else if (!count) return tl::unexpected<Error>(std::move(count.error()).in(mapping.file));  // a wrong header spoils all rows
    if (!count) {
      if (summary.rejected++ == 0) {
        summary.first_error = count.error().code;
        summary.first_error_line = line;
      }
      continue;
    }
    for (std::size_t i = 0; i < *count; ++i) {
      places.push_back({events[i].ingest_time.ms, record.offset, static_cast<std::uint32_t>(i)});
    }
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.ingest_ms < b.ingest_ms; });

  std::ofstream out(output_path, std::ios::binary | std::ios::trunc);
  if (!out) return tl::unexpected<Error>(Error(ErrorCode::kIo, "the output cannot be opened").in(output_path));
  std::string json;
  std::uint64_t decoded = UINT64_MAX;  // the row that `events` holds; sorted input decodes each row once more only
  for (const Place& place : places) {
    if (place.offset != decoded) {
      BW_TRY(decoder->decode(row_at(text, place.offset), EventTime{}, events));
      decoded = place.offset;
    }
    json.clear();
    append_contract_json(events[place.event], mapping.source, json);
    json += '\n';
    out.write(json.data(), static_cast<std::streamsize>(json.size()));
    ++summary.events;
  }
  out.close();
  if (!out) return tl::unexpected<Error>(Error(ErrorCode::kIo, "the output cannot be written").in(output_path));
  return summary;
}

}  // namespace brushwatch
