#include "connectors/codec/members.h"

#include "connectors/codec/name_table.h"

namespace brushwatch {
namespace {
constexpr std::string_view kFieldNames[] = {
#define BW_TEXT(id, text) text,
    BW_CONTRACT_FIELDS(BW_TEXT)
#undef BW_TEXT
};
const NameTable kFieldTable(kFieldNames);
}  // namespace

std::string_view field_name(Field field) {
  return field == Field::kUnknown ? std::string_view("?") : kFieldNames[static_cast<std::size_t>(field)];
}

Field field_from_name(std::string_view name) {
  const int index = kFieldTable.find(name);
  return index < 0 ? Field::kUnknown : static_cast<Field>(index);
}

}  // namespace brushwatch
