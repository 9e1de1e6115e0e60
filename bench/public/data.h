#pragma once
/// Readers of the public sets: what a row means is said in docs/performance/public.md.

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace brushwatch::bench {

/// Fields of one CSV line; quotes are taken off, commas inside them stay.
std::vector<std::string> fields(const std::string& line);
/// "2018-03-27 18:00:43" → seconds since 1970, UTC. −1 when it is nothing of the kind.
std::int64_t seconds(const std::string& text);
/// All lines of a file, or of what `zstd -dc` makes of it when its name ends in .zst.
std::vector<std::string> lines(const std::filesystem::path& path);
/// Uniform in [0, 1): the same on every machine, as the standard library's distributions are not.
inline double uniform(std::mt19937_64& chance) { return static_cast<double>(chance() >> 11) * 0x1p-53; }
/// Fisher–Yates with the above.
template <class T>
void shuffle(std::vector<T>& values, std::mt19937_64& chance) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[chance() % i]);
}

}  // namespace brushwatch::bench
