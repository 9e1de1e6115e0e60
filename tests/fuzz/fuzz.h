#pragma once
/// What the fuzz targets share. Each fuzz_*.cc has one LLVMFuzzerTestOneInput: `make fuzz` runs it under libFuzzer (clang), and
/// fuzz_replay runs the same function over the corpus and over seeded mutations of it in every test run.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "engine/event/wire.h"

namespace brushwatch::fuzz {
/// What the replay test is trying; said when a promise breaks. libFuzzer keeps the input itself.
inline std::string trying;
}  // namespace brushwatch::fuzz

/// A broken promise ends the process.
#define FUZZ_CHECK(condition)                                                                       \
  do {                                                                                              \
    if (!(condition)) {                                                                             \
      std::fprintf(stderr, "%s:%d: broken promise: %s  %s\n", __FILE__, __LINE__, #condition,       \
                   brushwatch::fuzz::trying.c_str());                                               \
      std::abort();                                                                                 \
    }                                                                                               \
  } while (false)

namespace brushwatch::fuzz {

inline std::string_view view_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes the front of `rest` up to a line that is just "---", which is dropped; all of it when there is none.
inline std::string_view part_before_rule(std::string_view& rest) {
  constexpr std::string_view kRule = "\n---\n";
  const std::size_t at = rest.find(kRule);
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + kRule.size());
  return part;
}

/// What was encoded comes back, to the last byte, at the same times, and says the same again.
inline void wire_round_trip(const Event& event) {
  std::string first, second;
  encode(event, first);
  std::string_view rest = first;
  Event back;
  FUZZ_CHECK(decode(rest, back));
  FUZZ_CHECK(rest.empty());
  FUZZ_CHECK(back.event_time == event.event_time && back.ingest_time == event.ingest_time);
  encode(back, second);
  FUZZ_CHECK(first == second);
}

inline void put_file(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  FUZZ_CHECK(file.good());
}

}  // namespace brushwatch::fuzz
