// The fuzz targets in every test run: each file of the corpus as it is, and seeded mutations of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <random>

#include "tests/fuzz/fuzz.h"
#include "tests/support/seeds.h"

#define BW_TARGET(name) extern "C" int name(const std::uint8_t* data, std::size_t size)
BW_TARGET(fuzz_json);
BW_TARGET(fuzz_frame);
BW_TARGET(fuzz_csv);
BW_TARGET(fuzz_config);
BW_TARGET(fuzz_row);
BW_TARGET(fuzz_segment);
#undef BW_TARGET

namespace brushwatch {
namespace {

namespace fs = std::filesystem;

struct Target {
  const char* name;
  int (*run)(const std::uint8_t*, std::size_t);
  std::vector<std::string> folders;
};
const Target kTargets[] = {
    {"json", fuzz_json, {"tests/fuzz/corpus/json", "api/examples/valid", "api/examples/invalid"}},
    {"frame", fuzz_frame, {"tests/fuzz/corpus/frame"}},
    {"csv", fuzz_csv, {"tests/fuzz/corpus/csv"}},
    {"config", fuzz_config, {"tests/fuzz/corpus/config"}},
    {"row", fuzz_row, {"tests/fuzz/corpus/row"}},
    {"segment", fuzz_segment, {"tests/fuzz/corpus/segment"}},
};

struct Input {
  std::string path, bytes;
};
std::vector<Input> corpus(const Target& target) {
  std::vector<Input> out;
  for (const std::string& folder : target.folders) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      std::ifstream file(entry.path(), std::ios::binary);
      out.push_back({entry.path().string(), {std::istreambuf_iterator<char>(file), {}}});
    }
  }
  std::sort(out.begin(), out.end(), [](const Input& a, const Input& b) { return a.path < b.path; });
  return out;
}
void run(const Target& target, const std::string& bytes, std::string what) {
  fuzz::trying = std::move(what);
  target.run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// One to four changes: a flipped bit, another byte, a cut, a repeated or foreign stretch, a number at its limits.
std::string mutated(std::string bytes, const std::string& other, std::mt19937_64& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::size_t at = below(bytes.size() + 1);
    switch (below(7)) {
      case 0: if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8)); break;
      case 1: if (at < bytes.size()) bytes[at] = static_cast<char>(random()); break;
      case 2: bytes.erase(at, below(9)); break;
      case 3: bytes.resize(at); break;
      case 4: bytes.insert(at, bytes.substr(at, below(33))); break;
      case 5: if (!other.empty()) bytes.insert(at, other.substr(below(other.size()), below(33))); break;
      default: {
        static const std::string kLimits[] = {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", std::string(8, '\0'), "9223372036854775808", "-1", "1e400", "\n---\n"};
        bytes.insert(at, kLimits[below(std::size(kLimits))]);
      }
    }
  }
  return bytes;
}

class FuzzReplay : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzReplay, KeepsItsPromisesOnTheCorpus) {
  const auto inputs = corpus(GetParam());
  ASSERT_GE(inputs.size(), 3U);
  for (const Input& input : inputs) run(GetParam(), input.bytes, input.path);
  run(GetParam(), "", "the empty input");
}

TEST_P(FuzzReplay, KeepsItsPromisesOnSeededMutationsOfTheCorpus) {
  const auto inputs = corpus(GetParam());
  test::for_each_seed(60, [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (const Input& input : inputs) {
      const Input& other = inputs[random() % inputs.size()];
      run(GetParam(), mutated(input.bytes, other.bytes, random), input.path + ", replay with BW_SEED=" + std::to_string(seed));
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzReplay, ::testing::ValuesIn(kTargets), [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace brushwatch
