#pragma once
/// The query of a request, taken apart strictly: unknown names, repeated names and values out of range are refused.

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "alliance/calendar.h"
#include "engine/base/time.h"

namespace brushwatch::doors {

/// "%3A" → ":"; '+' stays. nullopt for a broken escape, a control character or bytes that are no UTF-8.
std::optional<std::string> percent_decoded(std::string_view text);

class Query {
 public:
  /// `known` are the names that the route has. After a fault() every getter gives its default.
  Query(std::string_view text, std::initializer_list<std::string_view> known);

  /// What is wrong, as a JSON-pointer-like name of the parameter; "" when nothing is.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] const std::string& why() const { return why_; }

  std::string text(std::string_view name, std::size_t most);
  /// One of `words`; "" when absent.
  std::string word(std::string_view name, std::initializer_list<std::string_view> words);
  std::int64_t number(std::string_view name, std::int64_t low, std::int64_t high, std::int64_t fallback);
  std::optional<EventTime> time(std::string_view name);
  std::optional<Date> date(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }

 private:
  void refuse(std::string_view name, std::string_view why);
  std::map<std::string, std::string, std::less<>> values_;
  std::string fault_, why_;
};

}  // namespace brushwatch::doors
