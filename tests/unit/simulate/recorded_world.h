#pragma once
/// A world kept in memory, for tests.

#include <map>
#include <string>
#include <vector>

#include "simulate/world.h"

namespace brushwatch::simulate {

struct RecordedWorld final : EventSink {
  std::array<std::vector<std::string>, kStreams> lines;
  std::array<std::vector<EventTime>, kStreams> ingests;
  WorldSummary summary;

  explicit RecordedWorld(const WorldOptions& options) {
    auto made = generate_world(options, *this);
    if (!made) throw std::runtime_error(made.error().message());
    summary = std::move(*made);
  }
  Result<void> write(Stream stream, EventTime ingest, std::string_view line) override {
    lines[static_cast<std::size_t>(stream)].emplace_back(line);
    ingests[static_cast<std::size_t>(stream)].push_back(ingest);
    return {};
  }
  [[nodiscard]] const std::vector<std::string>& of(Stream stream) const { return lines[static_cast<std::size_t>(stream)]; }
};

/// 30 shops and one day of every attack and look-alike: about 40,000 lines.
inline WorldOptions tiny_world(std::uint64_t seed = 7) {
  WorldOptions options;
  options.seed = seed;
  options.shops = 30;
  options.days = 1;
  return options;
}

}  // namespace brushwatch::simulate
