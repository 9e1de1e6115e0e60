#pragma once
/// The table of configuration keys: name, type, allowed values. Private to the config reader.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apps/config.h"

namespace brushwatch::config {

/// A value as it was written, with its place.
using RawValue = std::variant<std::int64_t, double, bool, std::string, std::vector<std::string>>;
struct Raw {
  RawValue value;
  std::string where;
  bool typed = true;  ///< false: text of a variable or a flag, to be read as the key's type
};
/// Raw values by full key; later layers overwrite.
using RawMap = std::map<std::string, Raw>;
/// All layers: plain keys ("pipeline.threads"), and the sources by name in order of first sight.
struct RawConfig {
  RawMap keys;
  std::vector<std::pair<std::string, RawMap>> sources;
  RawMap& source(const std::string& name);
};

/// Where a key's value lives. A word is an enumeration: the byte is the index in Key::words.
struct Word { std::uint8_t* at; };
using Field = std::variant<std::uint16_t*, std::uint32_t*, std::uint64_t*, bool*, std::string*, std::vector<std::string>*, Word>;

template <class T>
struct Key {
  std::string_view name;
  Field (*field)(T&);
  std::int64_t low = 0, high = 0;            ///< numbers: the allowed range
  std::span<const std::string_view> words{};  ///< enumerations: the allowed words
};

std::span<const Key<Config>> config_keys();         ///< "pipeline.threads", … but not source, rules and kafka
std::span<const Key<SourceConfig>> source_keys();   ///< "path", … of one [[source]]
/// Sections with free keys: their values are collected whole.
inline constexpr std::string_view kFreeSections[] = {"rules", "kafka"};

/// Reads one file into `raw`. False when it cannot be read at all; other mistakes become problems.
bool read_toml(const std::string& path, RawConfig& raw, std::vector<ConfigProblem>& problems);

/// The candidate nearest to `word`, if near enough to be a slip of the hand; else "".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// The text as a TOML basic string, with its quotes.
std::string toml_string(std::string_view text);

}  // namespace brushwatch::config
