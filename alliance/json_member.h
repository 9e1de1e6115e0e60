#pragma once
/// Members of parsed JSON lines and answers.

#include <rapidjson/document.h>

#include <string_view>

namespace brushwatch {

/// The member of an object as text, a view into the document; "" when it is absent or no text.
inline std::string_view text_of(const rapidjson::Value& object, const char* name) {
  const auto it = object.FindMember(name);
  return it != object.MemberEnd() && it->value.IsString() ? std::string_view(it->value.GetString(), it->value.GetStringLength()) : std::string_view();
}

}  // namespace brushwatch
