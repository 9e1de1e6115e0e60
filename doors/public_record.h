#pragma once
/// What of a list entry the public may see: a pure function of the entry's line. Format: docs/formats/public.md.
///
/// Published are entries in force at level 2 (posted black entries, the red list), and of them the subject's name, credit code and
/// region, behaviour, facts, the deciding document, term and measures. Nothing else passes: members are picked one by one, never
/// copied. Couriers are persons: their names are masked, their ids left out. Phone and identity numbers inside texts are blacked out.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace brushwatch::doors {

struct PublicRecord {
  std::string id;              ///< "L-…"
  std::string list;            ///< "BLACK", "RED"
  std::string kind, name, uscc;
  std::int64_t region6 = 0;    ///< 0: unknown
  std::string behaviour, facts;
  std::string document, issuer, document_date;
  std::string listed, repair_from, until;  ///< dates; of the red list no `repair_from`
  struct Measure { std::string code, from, to; };
  std::vector<Measure> measures;
  /// One JSON object, members in a fixed order, absent when empty.
  [[nodiscard]] std::string json() const;
};

/// nullopt: not public, or not any more. Errors: kLogCorrupt when it is no line of an entry.
Result<std::optional<PublicRecord>> public_record(std::string_view line);
/// From json() back. Errors: kLogCorrupt.
Result<PublicRecord> parse_public_record(std::string_view json);

/// Digits that look like a mobile or identity number, also with spaces and dashes between, become "***".
std::string without_numbers_of_persons(std::string_view text);

}  // namespace brushwatch::doors
