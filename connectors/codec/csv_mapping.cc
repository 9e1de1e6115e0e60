#include "connectors/codec/csv_mapping.h"

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <sstream>

#include "connectors/codec/event_reader.h"
#include "connectors/codec/toml.h"
#include "engine/base/time.h"

namespace brushwatch {
namespace {

/// Every fault of a mapping file ends its loading, so it travels as an exception inside this file and leaves as a value.
struct Fault {
  ErrorCode code;
  std::string_view text;
  std::string where;
};
[[noreturn]] void refuse(ErrorCode code, std::string_view text, std::string where) { throw Fault{code, text, std::move(where)}; }

void only(const toml::table& table, std::initializer_list<std::string_view> known, const std::string& where) {
  for (const auto& [key, value] : table) {
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      refuse(ErrorCode::kConfigUnknownKey, "a key that no mapping has", where + std::string(key.str()));
    }
  }
}

std::string text_of(const toml::table& table, std::string_view key, const std::string& where, bool needed = false) {
  const toml::node* node = table.get(key);
  if (node == nullptr) {
    if (needed) refuse(ErrorCode::kConfigMissing, "a key is missing", where + std::string(key));
    return {};
  }
  const auto text = node->value_exact<std::string>();
  if (!text) refuse(ErrorCode::kConfigType, "text is expected", where + std::string(key));
  return *text;
}

std::vector<std::string> texts_of(const toml::table& table, std::string_view key, const std::string& where) {
  std::vector<std::string> out;
  const toml::node* node = table.get(key);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  if (array == nullptr) refuse(ErrorCode::kConfigType, "a list of texts is expected", where + std::string(key));
  for (const toml::node& element : *array) {
    const auto text = element.value_exact<std::string>();
    if (!text) refuse(ErrorCode::kConfigType, "a list of texts is expected", where + std::string(key));
    out.push_back(*text);
  }
  return out;
}

class MappingReader {
 public:
  explicit MappingReader(const toml::table& root) : root_(root) {}

  CsvMapping read() {
    only(root_, {"source", "file", "delimiter", "header", "columns", "zone", "const", "join", "event"}, "");
    mapping_.source = text_of(root_, "source", "", true);
    mapping_.file = text_of(root_, "file", "", true);
    if (const std::string d = text_of(root_, "delimiter", ""); !d.empty()) {
      if (d.size() != 1 || d[0] == '"') refuse(ErrorCode::kConfigRange, "a delimiter is one character", "delimiter");
      mapping_.delimiter = d[0];
    }
    if (const toml::node* header = root_.get("header")) {
      if (!header->is_boolean()) refuse(ErrorCode::kConfigType, "true or false is expected", "header");
      mapping_.header = *header->value<bool>();
    }
    mapping_.columns = texts_of(root_, "columns", "");
    if (mapping_.columns.empty()) refuse(ErrorCode::kConfigMissing, "the columns are not named", "columns");
    mapping_.file_columns = mapping_.columns.size();
    mapping_.zone_ms = zone(text_of(root_, "zone", ""));
    if (const toml::node* constants = root_.get("const")) {
      constants_ = constants->as_table();
      if (constants_ == nullptr) refuse(ErrorCode::kConfigType, "a table is expected", "const");
    }
    each_table("join", [&](const toml::table& t, const std::string& where) { read_join(t, where); });
    each_table("event", [&](const toml::table& t, const std::string& where) { read_event(t, where); });
    if (mapping_.events.empty()) refuse(ErrorCode::kConfigMissing, "no event is described", "event");
    if (mapping_.events.size() > EventReader::kEventsPerRecordMax) refuse(ErrorCode::kConfigRange, "more than 64 events a row", "event");
    return std::move(mapping_);
  }

 private:
  template <class F>
  void each_table(std::string_view key, F&& read_one) {
    const toml::node* node = root_.get(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) refuse(ErrorCode::kConfigType, "a list of tables is expected", std::string(key));
    std::size_t i = 0;
    for (const toml::node& element : *array) {
      const std::string where = std::string(key) + "[" + std::to_string(i++) + "].";
      const toml::table* table = element.as_table();
      if (table == nullptr) refuse(ErrorCode::kConfigType, "a table is expected", where);
      read_one(*table, where);
    }
  }

  /// "+08:00" → ms. The default is Shanghai, as everywhere.
  static std::int64_t zone(const std::string& text) {
    if (text.empty()) return kShanghaiOffsetMs;
    const auto t = parse_time("1970-01-02T00:00:00" + text);
    if (!t) refuse(ErrorCode::kConfigRange, "a zone is written like +08:00", "zone");
    return kDayMs - t->ms;
  }
  std::size_t column(const std::string& name, const std::string& where) const {
    const auto it = std::find(mapping_.columns.begin(), mapping_.columns.end(), name);
    if (it == mapping_.columns.end()) refuse(ErrorCode::kConfigRange, "no such column", where + name);
    return static_cast<std::size_t>(it - mapping_.columns.begin());
  }

  void read_join(const toml::table& t, const std::string& where) {
    only(t, {"file", "key", "on", "file_columns", "columns", "sum", "list"}, where);
    CsvJoin join;
    join.file = text_of(t, "file", where, true);
    join.key = text_of(t, "key", where, true);
    const std::string on = text_of(t, "on", where);
    join.on = column(on.empty() ? join.key : on, where + "on: ");
    join.file_columns = texts_of(t, "file_columns", where);
    join.columns = texts_of(t, "columns", where);
    join.sums = texts_of(t, "sum", where);
    join.list = texts_of(t, "list", where);
    join.first_slot = mapping_.columns.size();
    for (const auto* names : {&join.columns, &join.sums}) {
      for (const std::string& name : *names) {
        if (std::find(mapping_.columns.begin(), mapping_.columns.end(), name) != mapping_.columns.end()) {
          refuse(ErrorCode::kConfigRange, "two columns of one name", where + name);
        }
        mapping_.columns.push_back(name);
      }
    }
    mapping_.joins.push_back(std::move(join));
  }

  CsvTime read_time(const toml::node& node, const std::string& where) const {
    CsvTime time;
    if (const auto name = node.value_exact<std::string>()) {
      time.column = column(*name, where);
      return time;
    }
    const toml::table* t = node.as_table();
    if (t == nullptr) refuse(ErrorCode::kConfigType, "a column or a table is expected", where);
    only(*t, {"column", "unit", "base"}, where + ".");
    time.column = column(text_of(*t, "column", where + ".", true), where + ".");
    const std::string unit = text_of(*t, "unit", where + ".");
    if (unit.empty() || unit == "text") time.unit = CsvTimeUnit::kText;
    else if (unit == "s") time.unit = CsvTimeUnit::kSeconds;
    else if (unit == "ms") time.unit = CsvTimeUnit::kMilliseconds;
    else if (unit == "min") time.unit = CsvTimeUnit::kMinutes;
    else refuse(ErrorCode::kConfigRange, "a unit is text, s, ms or min", where + ".unit");
    if (const std::string base = text_of(*t, "base", where + "."); !base.empty()) {
      const auto parsed = parse_time(base);
      if (!parsed) refuse(ErrorCode::kConfigRange, "a base is an RFC 3339 time", where + ".base");
      time.base_ms = parsed->ms;
    }
    return time;
  }

  CsvValue constant(std::string text) const {
    CsvValue value;
    value.text = std::move(text);
    return value;
  }
  CsvValue read_value(const toml::node& node, const std::string& where) const {
    CsvValue value;
    if (const toml::table* t = node.as_table()) {
      only(*t, {"column", "scale"}, where + ".");
      value.kind = CsvValue::Kind::kScale;
      value.column = column(text_of(*t, "column", where + ".", true), where + ".");
      const toml::array* scale = t->get_as<toml::array>("scale");
      if (scale == nullptr || scale->size() != 4) refuse(ErrorCode::kConfigType, "a scale is [from, from, to, to]", where + ".scale");
      std::int64_t* const bounds[] = {&value.from_low, &value.from_high, &value.to_low, &value.to_high};
      for (std::size_t i = 0; i < 4; ++i) {
        const auto n = scale->get(i)->value_exact<std::int64_t>();
        if (!n || *n < -1'000'000'000 || *n > 1'000'000'000) refuse(ErrorCode::kConfigRange, "a scale has four integers up to 10^9", where + ".scale");
        *bounds[i] = *n;
      }
      if (value.from_low >= value.from_high) refuse(ErrorCode::kConfigRange, "a scale goes upward", where + ".scale");
      return value;
    }
    if (const auto n = node.value_exact<std::int64_t>()) return constant(std::to_string(*n));
    const auto text = node.value_exact<std::string>();
    if (!text) refuse(ErrorCode::kConfigType, "a column, a constant, a template or a scale is expected", where);
    if (text->starts_with("const:")) {
      const std::string name = text->substr(6);
      if (constants_ != nullptr) {
        if (const auto named = constants_->get(name)) {
          if (const auto named_text = named->value_exact<std::string>()) return constant(*named_text);
          if (const auto named_number = named->value_exact<std::int64_t>()) return constant(std::to_string(*named_number));
          refuse(ErrorCode::kConfigType, "a constant is text or an integer", "const." + name);
        }
      }
      return constant(name);
    }
    if (text->find('{') == std::string::npos) {
      value.kind = CsvValue::Kind::kColumn;
      value.column = column(*text, where + ": ");
      return value;
    }
    value.kind = CsvValue::Kind::kTemplate;
    std::size_t at = 0;
    while (at < text->size()) {
      const std::size_t open = text->find('{', at);
      CsvValue::Part part;
      part.literal = text->substr(at, open == std::string::npos ? open : open - at);
      at = text->size();
      if (open != std::string::npos) {
        const std::size_t close = text->find('}', open);
        if (close == std::string::npos) refuse(ErrorCode::kConfigSyntax, "a brace is not closed", where);
        part.column = static_cast<int>(column(text->substr(open + 1, close - open - 1), where + ": "));
        at = close + 1;
      }
      value.parts.push_back(std::move(part));
    }
    return value;
  }
  static Field field_of(std::string_view name, const std::string& where) {
    const Field field = field_from_name(name);
    // What the block's own keys say, and what only an envelope has, is not for `fields`.
    constexpr Field kNotHere[] = {Field::kUnknown, Field::kType, Field::kSource, Field::kEventTime, Field::kIngestTime, Field::kItems,
                                  Field::kSpecVersion, Field::kTime, Field::kData, Field::kDataBase64, Field::kDataContentType};
    if (std::find(std::begin(kNotHere), std::end(kNotHere), field) != std::end(kNotHere)) {
      refuse(ErrorCode::kConfigUnknownKey, "not a body member of the contract", where + std::string(name));
    }
    return field;
  }

  void read_event(const toml::table& t, const std::string& where) {
    only(t, {"type", "when", "time", "ingest", "fields", "items"}, where);
    CsvEventBlock block;
    block.type = text_of(t, "type", where);  // may be absent when `status` is among the fields
    for (const std::string& name : texts_of(t, "when", where)) block.when.push_back(column(name, where + "when: "));
    const toml::node* time = t.get("time");
    if (time == nullptr) refuse(ErrorCode::kConfigMissing, "no time is named", where + "time");
    block.time = read_time(*time, where + "time");
    if (const toml::node* ingest = t.get("ingest")) {
      block.has_ingest = true;
      block.ingest = read_time(*ingest, where + "ingest");
    }
    const toml::table* fields = t.get_as<toml::table>("fields");
    if (fields == nullptr) refuse(ErrorCode::kConfigMissing, "no fields are named", where + "fields");
    for (const auto& [key, node] : *fields) {
      block.fields.push_back({field_of(key.str(), where + "fields."), read_value(node, where + "fields." + std::string(key.str()))});
    }
    if (const toml::table* items = t.get_as<toml::table>("items")) read_items(*items, where + "items.", block);
    mapping_.events.push_back(std::move(block));
  }
  void read_items(const toml::table& t, const std::string& where, CsvEventBlock& block) {
    const std::string file = text_of(t, "from", where, true);
    for (std::size_t i = 0; i < mapping_.joins.size(); ++i) if (mapping_.joins[i].file == file) block.items_join = static_cast<int>(i);
    if (block.items_join < 0) refuse(ErrorCode::kConfigRange, "items come from a joined file", where + "from");
    const auto& list = mapping_.joins[static_cast<std::size_t>(block.items_join)].list;
    for (const auto& [key, node] : t) {
      if (key.str() == "from") continue;
      const auto name = node.value_exact<std::string>();
      const auto it = name ? std::find(list.begin(), list.end(), *name) : list.end();
      if (it == list.end()) refuse(ErrorCode::kConfigRange, "not among the join's `list`", where + std::string(key.str()));
      block.items.push_back({field_of(key.str(), where), static_cast<std::size_t>(it - list.begin())});
    }
  }

  const toml::table& root_;
  const toml::table* constants_ = nullptr;
  CsvMapping mapping_;
};

}  // namespace

Result<CsvMapping> parse_csv_mapping(std::string_view toml_text) {
  const toml::parse_result root = toml::parse(toml_text);
  if (!root) {
    return fail(ErrorCode::kConfigSyntax, "the mapping is not TOML", static_cast<std::int64_t>(root.error().source().begin.line));
  }
  try {
    return MappingReader(root.table()).read();
  } catch (Fault& f) {
    return tl::unexpected<Error>(Error(f.code, f.text).in(std::move(f.where)));
  }
}

Result<CsvMapping> load_csv_mapping(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "the mapping cannot be read").in(path));
  std::ostringstream text;
  text << file.rdbuf();
  auto mapping = parse_csv_mapping(text.str());
  if (!mapping) return tl::unexpected<Error>(std::move(mapping.error()).in(path));
  return mapping;
}

}  // namespace brushwatch
