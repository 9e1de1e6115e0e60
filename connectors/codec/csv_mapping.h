#pragma once
/// What a CSV mapping file says (api/mapping/README.md): columns, joins, and the events that a row gives.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/codec/members.h"
#include "engine/base/result.h"

namespace brushwatch {

/// A cell's text with a plan: a constant, one column, a template of columns, or a linear scale of a numeric column.
struct CsvValue {
  enum class Kind : std::uint8_t { kConstant, kColumn, kTemplate, kScale };
  Kind kind = Kind::kConstant;
  std::string text;                       ///< of a constant
  std::size_t column = 0;                 ///< of a column or scale
  struct Part {
    std::string literal;
    int column = -1;                      ///< follows the literal; -1 = none
  };
  std::vector<Part> parts;                ///< of a template
  std::int64_t from_low = 0, from_high = 1, to_low = 0, to_high = 1;  ///< of a scale
};

struct CsvJoin {
  std::string file, key;                  ///< the joined file, and its key column
  std::size_t on = 0;                     ///< our column with the key
  std::vector<std::string> file_columns;  ///< header of the joined file, when it has none of its own
  std::vector<std::string> columns;       ///< columns taken from its first matching row
  std::vector<std::string> sums;          ///< columns summed, as exact decimals, over all its matching rows
  std::vector<std::string> list;          ///< columns kept of every matching row, for `items`
  std::size_t first_slot = 0;             ///< where `columns`, then `sums`, stand among the mapping's columns
};

enum class CsvTimeUnit : std::uint8_t { kText, kSeconds, kMilliseconds, kMinutes };
struct CsvTime {
  std::size_t column = 0;
  CsvTimeUnit unit = CsvTimeUnit::kText;
  std::int64_t base_ms = 0;               ///< added to a number
};

struct CsvEventBlock {
  std::string type;
  std::vector<std::size_t> when;          ///< columns that must not be empty
  CsvTime time;
  bool has_ingest = false;
  CsvTime ingest;
  struct Assignment {
    Field field;
    CsvValue value;
  };
  std::vector<Assignment> fields;
  int items_join = -1;                    ///< index of the join whose list gives the items
  struct ItemAssignment {
    Field field;
    std::size_t list_column;
  };
  std::vector<ItemAssignment> items;
};

struct CsvMapping {
  std::string source, file;
  char delimiter = ',';
  bool header = true;                     ///< the file's first line names the columns, and must name these
  std::int64_t zone_ms = 0;               ///< offset from UTC of times written without one
  std::size_t file_columns = 0;           ///< the first of `columns`; the joins' follow
  std::vector<std::string> columns;
  std::vector<CsvJoin> joins;
  std::vector<CsvEventBlock> events;
};

/// Errors: kConfigSyntax, kConfigUnknownKey, kConfigType, kConfigMissing, kConfigRange, with the key as context.
Result<CsvMapping> parse_csv_mapping(std::string_view toml_text);
/// Also kNotFound.
Result<CsvMapping> load_csv_mapping(const std::string& path);

}  // namespace brushwatch
