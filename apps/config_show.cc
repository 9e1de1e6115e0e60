// The configuration in effect, as text and as a hash.

#include <fmt/format.h>

#include <algorithm>

#include "apps/config_keys.h"
#include "engine/base/hash.h"

namespace brushwatch {

std::string config::toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else out += c;
  }
  return out + "\"";
}

std::string show_config(const Config& config, bool origin) {
  std::string out, section;
  for (const ConfigEntry& entry : config.entries) {
    std::string head = entry.key.substr(0, entry.key.find('.'));
    std::string name = entry.key.substr(head.size() + 1);
    std::string title = "[" + head + "]";
    if (head == "source") {
      const std::size_t dot = name.find('.');
      head += "." + name.substr(0, dot);
      name.erase(0, dot + 1);
      title = "[[source]]";
    }
    if (head != section) out += (section.empty() ? "" : "\n") + title + "\n";
    section = head;
    const bool bare = std::all_of(name.begin(), name.end(), [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); });
    out += fmt::format("{} = {}{}\n", bare ? name : config::toml_string(name), entry.value, origin ? "  # " + entry.origin : "");
  }
  return out;
}

std::string config_hash(const Config& config) {
  std::string text;
  for (const ConfigEntry& entry : config.entries) text += entry.key + "=" + entry.value + "\n";
  return to_hex(sha256(text)).substr(0, 16);
}

}  // namespace brushwatch
