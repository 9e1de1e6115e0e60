#include "connectors/codec/csv_decoder.h"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>

#include "connectors/codec/csv_row.h"
#include "connectors/codec/event_reader.h"
#include "engine/base/hash.h"

namespace brushwatch {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // spreadsheets put it before the header

bool valid_utf8(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return true;
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t point = 0;
    const utf8proc_ssize_t n = utf8proc_iterate(at, left, &point);
    if (n <= 0) return false;
    at += n;
    left -= n;
  }
  return true;
}

/// A joined file in memory: per key the taken columns of its first row, the sums, and the listed columns of all rows.
struct Joined {
  struct Entry {
    std::vector<std::string> first;
    std::vector<std::int64_t> sums;
    std::vector<std::vector<std::string>> rows;
  };
  std::unordered_map<std::string, Entry> entries;

  /// `heterogeneous` look-up is not in this library's unordered_map yet: one reused key string.
  std::string key;
  const Entry* find(std::string_view k) {
    key.assign(k);
    const auto it = entries.find(key);
    return it == entries.end() ? nullptr : &it->second;
  }
};

Result<Joined> load_join(const CsvJoin& join, const std::string& dir, char delimiter) {
  const std::string path = dir.empty() ? join.file : dir + "/" + join.file;
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "a joined file cannot be read").in(path));
  std::vector<std::string> header = join.file_columns;
  std::string line;
  CsvRow row;
  std::int64_t line_number = 0;
  const auto bad = [&](std::string_view text) { return tl::unexpected<Error>(Error(ErrorCode::kBadCsv, text, line_number).in(path)); };
  if (header.empty()) {
    if (!std::getline(file, line)) return bad("a joined file has no header");
    ++line_number;
    std::string_view first = line;
    if (first.starts_with(kByteOrderMark)) first.remove_prefix(kByteOrderMark.size());
    if (!row.split(first, delimiter)) return bad("bad quoting");
    header.assign(row.cells().begin(), row.cells().end());
  }
  std::string missing;
  const auto index = [&](const std::string& name) {
    const auto it = std::find(header.begin(), header.end(), name);
    if (it == header.end()) missing = name;
    return static_cast<std::size_t>(it - header.begin());
  };
  const std::size_t key = index(join.key);
  std::vector<std::size_t> taken, summed, listed;
  for (const auto& name : join.columns) taken.push_back(index(name));
  for (const auto& name : join.sums) summed.push_back(index(name));
  for (const auto& name : join.list) listed.push_back(index(name));
  if (!missing.empty()) return tl::unexpected<Error>(Error(ErrorCode::kConfigMissing, "a joined file lacks a column").in(path + ": " + missing));

  Joined joined;
  while (std::getline(file, line)) {
    ++line_number;
    if (line.empty() || line == "\r") continue;
    if (!row.split(line, delimiter)) return bad("bad quoting");
    const auto& cells = row.cells();
    if (cells.size() != header.size()) return bad("a row has another number of cells than the header");
    auto [it, fresh] = joined.entries.try_emplace(std::string(cells[key]));
    Joined::Entry& entry = it->second;
    if (fresh) {
      for (const std::size_t i : taken) entry.first.emplace_back(cells[i]);
      entry.sums.resize(summed.size());
    }
    for (std::size_t i = 0; i < summed.size(); ++i) {
      const auto fen = parse_yuan(cells[summed[i]]);
      if (!fen || entry.sums[i] > kMoneyMaxFen) return bad("a summed cell is not an exact amount");
      entry.sums[i] += *fen;
    }
    if (!listed.empty() && entry.rows.size() < kOrderItemsMax) {
      auto& cells_kept = entry.rows.emplace_back();
      for (const std::size_t i : listed) cells_kept.emplace_back(cells[i]);
    }
  }
  return joined;
}

class CsvDecoder final : public Decoder {
 public:
  CsvDecoder(CsvMapping mapping, CsvDecoderOptions options, std::vector<Joined> joined)
      : mapping_(std::move(mapping)),
        counters_(options.counters),
        joined_(std::move(joined)),
        matches_(joined_.size()),
        reader_({mapping_.source, options.clock, options.reject_raw_pii, {}, options.counters, options.platforms}) {}

  Result<std::size_t> decode(const SourceRecord& record, EventTime now, std::vector<Event>& out) override {
    auto result = decode_row(record, now, out);
    if (counters_ != nullptr) {
      if (result) counters_->events.fetch_add(*result, std::memory_order_relaxed);
      else counters_->reject(result.error().code);
    }
    return result;
  }

 private:
  Result<std::size_t> decode_row(const SourceRecord& record, EventTime now, std::vector<Event>& out) {
    std::string_view line = record.bytes;
    if (record.offset == 0 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    if (line.empty() || line == "\r") return fail(ErrorCode::kEmptyRecord, "the line is empty");
    if (!valid_utf8(line)) return fail(ErrorCode::kBadUtf8, "not valid UTF-8");
    if (!row_.split(line, mapping_.delimiter)) return fail(ErrorCode::kBadCsv, "bad quoting, or a line break inside a quoted cell");
    const auto& cells = row_.cells();
    if (mapping_.header && record.offset == 0) {
      const bool same = std::equal(cells.begin(), cells.end(), mapping_.columns.begin(),
                                   mapping_.columns.begin() + static_cast<std::ptrdiff_t>(mapping_.file_columns));
      if (!same) return fail(ErrorCode::kBadCsv, "the header does not name the mapping's columns");
      return std::size_t{0};
    }
    if (cells.size() != mapping_.file_columns) {
      return fail(ErrorCode::kBadCsv, "another number of cells than columns", static_cast<std::int64_t>(cells.size()));
    }
    join(cells);

    reader_.begin_record();
    texts_used_ = 0;
    std::size_t count = 0;
    for (const CsvEventBlock& block : mapping_.events) {
      if (std::any_of(block.when.begin(), block.when.end(), [&](std::size_t c) { return columns_[c].empty(); })) continue;
      if (out.size() == count) out.emplace_back();
      BW_TRY(decode_block(block, record, now, out[count]));
      ++count;
    }
    return count;
  }

  /// Fills columns_ with the row's cells and what the joins add, in order: a join may go by a column of the join before.
  void join(const std::vector<std::string_view>& cells) {
    columns_.assign(cells.begin(), cells.end());
    columns_.resize(mapping_.columns.size());
    sums_.clear();
    sums_.reserve(mapping_.columns.size());  // views into it must stay
    for (std::size_t j = 0; j < mapping_.joins.size(); ++j) {
      const CsvJoin& join = mapping_.joins[j];
      matches_[j] = joined_[j].find(columns_[join.on]);
      if (matches_[j] == nullptr) continue;
      std::size_t slot = join.first_slot;
      for (const std::string& text : matches_[j]->first) columns_[slot++] = text;
      for (const std::int64_t fen : matches_[j]->sums) columns_[slot++] = sums_.emplace_back(format_yuan(fen));
    }
  }

  Result<void> decode_block(const CsvEventBlock& block, const SourceRecord& record, EventTime now, Event& out) {
    members_.clear();
    for (const auto& [field, value] : block.fields) {
      std::string_view text;
      BW_ASSIGN(text, cell(value));
      // An empty cell says nothing.
      if (!text.empty() && !members_.add(field, Lexeme::kCell, text)) return fail(ErrorCode::kDuplicateKey, "a field stands twice");
    }
    EventInput input;
    input.body = &members_;
    input.type = block.type;
    input.record_time = record.record_time;
    input.now = now;
    input.event_time = time_of(block.time);
    if (!input.event_time) return bad_time(block.time);
    if (block.has_ingest) {
      input.ingest_time = time_of(block.ingest);
      if (!input.ingest_time) return bad_time(block.ingest);
    }
    if (block.items_join >= 0) {
      if (const Joined::Entry* match = matches_[static_cast<std::size_t>(block.items_join)]) {
        if (items_.size() < match->rows.size()) items_.resize(match->rows.size());
        for (std::size_t i = 0; i < match->rows.size(); ++i) {
          items_[i].clear();
          for (const auto& [field, column] : block.items) {
            if (const std::string& text = match->rows[i][column]; !text.empty()) items_[i].add(field, Lexeme::kCell, text);
          }
        }
        input.items = {items_.data(), match->rows.size()};
      }
    }
    return reader_.read(input, out);
  }

  /// The text of a value in this row; constructed texts live in texts_ until the next row.
  Result<std::string_view> cell(const CsvValue& value) {
    switch (value.kind) {
      case CsvValue::Kind::kConstant: return std::string_view(value.text);
      case CsvValue::Kind::kColumn: return columns_[value.column];
      case CsvValue::Kind::kTemplate: {
        std::string& text = fresh_text();
        for (const CsvValue::Part& part : value.parts) {
          text += part.literal;
          if (part.column < 0) continue;
          const std::string_view inside = columns_[static_cast<std::size_t>(part.column)];
          if (inside.empty()) return std::string_view();  // a name around nothing is nothing
          text += inside;
        }
        return std::string_view(text);
      }
      case CsvValue::Kind::kScale: break;
    }
    const std::string_view from = columns_[value.column];
    std::int64_t n = 0;
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), n);
    if (error != std::errc{} || end != from.data() + from.size() || n < value.from_low || n > value.from_high) {
      return tl::unexpected<Error>(Error(ErrorCode::kBadNumber, "not an integer within the scale").in("/" + mapping_.columns[value.column]));
    }
    // Round half up in integers: to_low + (n − low) · (to_high − to_low) / (high − low).
    const std::int64_t width = value.from_high - value.from_low;
    const std::int64_t scaled = floor_div(2 * (n - value.from_low) * (value.to_high - value.to_low) + width, 2 * width);
    std::string& text = fresh_text();
    text = std::to_string(value.to_low + scaled);
    return std::string_view(text);
  }
  std::string& fresh_text() {
    if (texts_used_ == texts_.size()) texts_.push_back(std::make_unique<std::string>());
    std::string& text = *texts_[texts_used_++];
    text.clear();
    return text;
  }

  std::optional<EventTime> time_of(const CsvTime& time) const {
    const std::string_view text = columns_[time.column];
    if (time.unit == CsvTimeUnit::kText) {
      const auto t = parse_time(text);
      // A time without an offset was read as Shanghai's; move it to the file's own zone.
      const bool naive = text.size() > 10 && text[10] == ' ' && text.find_first_of("+Zz", 19) == std::string_view::npos &&
                         text.find('-', 19) == std::string_view::npos;
      return t && naive ? EventTime{t->ms + kShanghaiOffsetMs - mapping_.zone_ms} : t;
    }
    // Digits with an optional fraction, exact to the ms.
    constexpr std::int64_t kUnitMs[] = {0, kSecondMs, 1, kMinuteMs};
    const std::int64_t unit = kUnitMs[static_cast<std::size_t>(time.unit)];
    const std::size_t point = text.find('.');
    std::int64_t whole = 0;
    const std::string_view digits = text.substr(0, point);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    constexpr std::int64_t kMost = 253'402'300'799'999;  // the year 9999 in ms
    if (error != std::errc{} || end != digits.data() + digits.size() || whole < 0 || whole > kMost / unit) return std::nullopt;
    std::int64_t ms = whole * unit;
    if (point != std::string_view::npos) {
      std::int64_t fraction = 0, scale = 1;
      for (const char c : text.substr(point + 1)) {
        if (c < '0' || c > '9') return std::nullopt;
        if (scale < 1'000'000'000) {
          fraction = fraction * 10 + (c - '0');
          scale *= 10;
        }
      }
      ms += fraction * unit / scale;
    }
    return EventTime{time.base_ms + ms};
  }
  tl::unexpected<Error> bad_time(const CsvTime& time) const {
    return tl::unexpected<Error>(Error(ErrorCode::kBadTime, "not a time").in("/" + mapping_.columns[time.column]));
  }

  CsvMapping mapping_;
  CodecCounters* counters_;
  std::vector<Joined> joined_;
  std::vector<const Joined::Entry*> matches_;
  EventReader reader_;
  CsvRow row_;
  std::vector<std::string_view> columns_;
  std::vector<std::string> sums_;
  std::vector<std::unique_ptr<std::string>> texts_;  ///< by pointer: views into them stay while the list grows
  std::size_t texts_used_ = 0;
  Members members_;
  std::vector<Members> items_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_csv_decoder(CsvMapping mapping, CsvDecoderOptions options) {
  std::vector<Joined> joined;
  for (const CsvJoin& join : mapping.joins) {
    BW_ASSIGN(Joined one, load_join(join, options.data_dir, mapping.delimiter));
    joined.push_back(std::move(one));
  }
  return std::unique_ptr<Decoder>(std::make_unique<CsvDecoder>(std::move(mapping), std::move(options), std::move(joined)));
}

Result<std::unique_ptr<Decoder>> make_csv_decoder(const std::string& mapping_path, CsvDecoderOptions options) {
  BW_ASSIGN(CsvMapping mapping, load_csv_mapping(mapping_path));
  return make_csv_decoder(std::move(mapping), std::move(options));
}

}  // namespace brushwatch
