// Names carry nothing: when every pseudonym, shop, order and waybill gets another name of the same form, one to one, the same subjects are
// accused of the same things in the same windows (detection notes §7.4, negative controls). Samples and sketches hash names, so what an
// alert's text counts may differ; whom it names may not.

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <numeric>
#include <regex>

#include "apps/session.h"
#include "simulate/chance.h"
#include "tests/support/alert_sets.h"
#include "tests/support/process.h"
#include "tests/support/seeds.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;

/// A one-to-one renaming that keeps every form: a pseudonym's first letter, a shop's S, an order's length, a carrier's pattern of numbers.
class Renaming {
 public:
  explicit Renaming(std::uint64_t seed) : chance_(simulate::Chance::of(seed, 0x1D5)) {
    for (auto& letters : letters_) letters = shuffled<32>();
    for (auto& digits : digits_) digits = shuffled<10>();
  }
  [[nodiscard]] std::string line(const std::string& line) const {
    static const std::regex names(R"re("([a-z_0-9]+)":"([a-z][a-km-np-z2-9]{12})"|\bS(\d{6})\b|"order_id":"([a-z]+:)?(\d{19})"|"waybill":"([A-Z0-9]+)")re");
    std::string out;
    auto at = line.begin();
    for (std::sregex_iterator it(line.begin(), line.end(), names), end; it != end; ++it) {
      const std::smatch& m = *it;
      const int group = m[2].matched ? 2 : m[3].matched ? 3 : m[5].matched ? 5 : 6;
      out.append(at, m[group].first);
      at = m[group].second;
      const std::string name = m[group].str();
      // What a photograph looks like is no name.
      if (group == 2) out += m[1] == "photo_phash" ? name : pseudonym(name);
      else out += digits(name, group == 3 ? 6 : group == 5 ? 15 : 7);
    }
    out.append(at, line.end());
    return out;
  }

 private:
  static constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";

  template <std::size_t N>
  std::array<std::uint8_t, N> shuffled() {
    std::array<std::uint8_t, N> order{};
    std::iota(order.begin(), order.end(), std::uint8_t{0});
    for (std::size_t i = N; i > 1; --i) std::swap(order[i - 1], order[chance_.below(i)]);
    return order;
  }
  [[nodiscard]] std::string pseudonym(std::string name) const {
    for (std::size_t i = 1; i < name.size(); ++i) name[i] = kLetters[letters_[i - 1][kLetters.find(name[i])]];
    return name;
  }
  [[nodiscard]] std::string digits(std::string name, std::size_t count) const {
    for (std::size_t i = 0; i < count && i < name.size(); ++i) {
      char& c = name[name.size() - 1 - i];
      if (c >= '0' && c <= '9') c = static_cast<char>('0' + digits_[i][static_cast<std::size_t>(c - '0')]);
    }
    return name;
  }
  simulate::Chance chance_;
  std::array<std::array<std::uint8_t, 32>, 12> letters_;
  std::array<std::array<std::uint8_t, 10>, 15> digits_;
};

std::set<std::string> accused(const app::Operators& operators, const std::string& input, const std::string& out) {
  app::SessionOptions options;
  options.input = input;
  options.out = out;
  options.partitions = 2;
  const auto done = app::run_session(operators, options);
  EXPECT_TRUE(done) << done.error().message();
  return test::alert_set(test::read_file(out + "/alerts.ndjson"));
}

TEST(PermutedIds, AccuseTheSameSubjectsOfTheSame) {
  const app::Operators operators;
  for (const std::string world : {"world_s3", "world_s5", "world_s8"}) {
    test::TempDir dir;
    const std::string input = "tests/golden/" + world;
    const auto plain = accused(operators, input, dir.path("plain"));
    ASSERT_FALSE(plain.empty()) << world;
    test::for_each_seed(3, [&](std::uint64_t seed) {
      const Renaming renaming(seed);
      const std::string renamed = dir.path("in" + std::to_string(seed));
      fs::create_directories(renamed);
      std::size_t changed = 0;
      for (const auto& entry : fs::directory_iterator(input)) {
        if (entry.path().extension() != ".ndjson") continue;
        std::string text;
        for (const std::string& line : test::lines_of(test::read_file(entry.path().string()))) {
          text += renaming.line(line) + "\n";
          changed += renaming.line(line) != line;
        }
        test::write_file(renamed + "/" + entry.path().filename().string(), text);
      }
      EXPECT_GT(changed, 500U);
      std::set<std::string> expected;
      for (const std::string& alert : plain) expected.insert(renaming.line(alert));
      EXPECT_NE(expected, plain);
      EXPECT_EQ(accused(operators, renamed, dir.path("out" + std::to_string(seed))), expected) << world;
    });
  }
}

}  // namespace
}  // namespace brushwatch
