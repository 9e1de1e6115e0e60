#pragma once
/// Line: one event as JSON text, appended member by member to a reused buffer.
///
/// All our names and values are plain ASCII or UTF-8 without quotes, backslashes and control characters, so nothing is escaped.

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace brushwatch::simulate {

/// A pseudonym's text: a kind letter and 60 bits in base 32.
struct PidText {
  char text[13];
  PidText(char kind, std::uint64_t id) {
    text[0] = kind;
    for (int i = 1; i < 13; ++i, id >>= 5) text[i] = "abcdefghijkmnpqrstuvwxyz23456789"[id & 31];
  }
  [[nodiscard]] std::string_view view() const { return {text, sizeof text}; }
};

class Line {
 public:
  Line& begin(std::string_view type, std::string_view source, EventTime event_time) {
    out_.assign(R"({"type":")");
    out_ += type;
    out_ += R"(","source":")";
    out_ += source;
    out_ += R"(","event_time":)";
    out_ += fmt::format_int(event_time.ms).c_str();
    return *this;
  }
  Line& text(std::string_view name, std::string_view value) {
    key(name);
    out_ += '"';
    out_ += value;
    out_ += '"';
    return *this;
  }
  Line& number(std::string_view name, std::int64_t value) {
    key(name);
    const fmt::format_int digits(value);
    out_.append(digits.data(), digits.size());
    return *this;
  }
  Line& pid(std::string_view name, char kind, std::uint64_t id) { return text(name, PidText(kind, id).view()); }
  Line& degrees(std::string_view name, std::int32_t e6) {
    key(name);
    fmt::format_to(std::back_inserter(out_), "{}{}.{:06}", e6 < 0 ? "-" : "", (e6 < 0 ? -e6 : e6) / 1'000'000,
                   (e6 < 0 ? -e6 : e6) % 1'000'000);
    return *this;
  }
  Line& flag(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  Line& raw(std::string_view name, std::string_view json) {
    key(name);
    out_ += json;
    return *this;
  }
  /// Everything but the ingest_time, which the outbox adds.
  [[nodiscard]] std::string_view open() const { return out_; }

 private:
  void key(std::string_view name) {
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
  }
  std::string out_;
};

}  // namespace brushwatch::simulate
