#pragma once
/// JSON out, for the doors' answers.

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>

namespace brushwatch::doors {

class JsonOut {
 public:
  JsonOut& begin_object() { writer_.StartObject(); return *this; }
  JsonOut& end_object() { writer_.EndObject(); return *this; }
  JsonOut& begin_array() { writer_.StartArray(); return *this; }
  JsonOut& end_array() { writer_.EndArray(); return *this; }
  JsonOut& key(std::string_view name) { writer_.Key(name.data(), size(name)); return *this; }
  JsonOut& text(std::string_view value) { writer_.String(value.data(), size(value)); return *this; }
  JsonOut& number(std::int64_t value) { writer_.Int64(value); return *this; }
  JsonOut& null() { writer_.Null(); return *this; }
  /// A value that is JSON already.
  JsonOut& raw(std::string_view json) { writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType); return *this; }
  JsonOut& member(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonOut& member(std::string_view name, std::int64_t value) { return key(name).number(value); }
  [[nodiscard]] std::string take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  static rapidjson::SizeType size(std::string_view text) { return static_cast<rapidjson::SizeType>(text.size()); }
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace brushwatch::doors
