// Amounts against arithmetic on decimal digits, which knows neither doubles nor 64 bits.

#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "connectors/codec/json_decoder.h"
#include "connectors/codec/money.h"
#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

/// A natural number of any length, as its decimal digits without leading zeros.
class BigNatural {
 public:
  explicit BigNatural(std::string digits) : digits_(std::move(digits)) {
    const std::size_t first = digits_.find_first_not_of('0');
    digits_ = first == std::string::npos ? "0" : digits_.substr(first);
  }
  bool operator<=(const BigNatural& other) const {
    return digits_.size() != other.digits_.size() ? digits_.size() < other.digits_.size() : digits_ <= other.digits_;
  }
  [[nodiscard]] const std::string& digits() const { return digits_; }

 private:
  std::string digits_;
};

const BigNatural kMost("10000000000000");  // 100 billion yuan in fen, as the contract says

std::optional<std::string> limited(const BigNatural& fen) {
  if (!(fen <= kMost)) return std::nullopt;
  return fen.digits();
}
std::optional<std::string> model_fen(const std::string& text) {
  static const std::regex form("[0-9]+");
  if (!std::regex_match(text, form)) return std::nullopt;
  return limited(BigNatural(text));
}
std::optional<std::string> model_yuan(const std::string& text) {
  static const std::regex form("([0-9]+)(?:\\.([0-9]{1,2}))?");
  std::smatch match;
  if (!std::regex_match(text, match, form)) return std::nullopt;
  std::string cents = match[2];
  cents.resize(2, '0');
  return limited(BigNatural(match[1].str() + cents));
}
std::optional<std::string> digits_of(std::optional<std::int64_t> fen) {
  if (!fen) return std::nullopt;
  return std::to_string(*fen);
}

/// Near the forms and limits of amounts, and now and then far from them.
std::string candidate(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t n) { return random() % n; };
  const auto digits = [&](std::uint64_t n) {
    std::string out;
    for (; n > 0; --n) out += static_cast<char>('0' + below(10));
    return out;
  };
  static const char* const kEdges[] = {"100000000000", "99999999999", "100000000001", "10000000000000", "10000000000001", "9999999999999",
                                       "9223372036854775807", "9223372036854775808", "18446744073709551616", "0", "00", ""};
  std::string text = below(3) == 0 ? kEdges[below(std::size(kEdges))] : digits(below(16));
  if (below(8) == 0) text.insert(0, below(30), '0');
  if (below(2) == 0) text += "." + digits(below(4));
  if (below(10) == 0) text.insert(below(text.size() + 1), 1, "+-eE., x\0"[below(9)]);
  return text;
}

TEST(MoneyProperty, ParsesWhatTheBigNumberModelParsesToTheSameFen) {
  test::for_each_seed(50, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    int taken = 0;
    for (int i = 0; i < 2'000; ++i) {
      const std::string text = candidate(random);
      ASSERT_EQ(digits_of(parse_yuan(text)), model_yuan(text)) << '"' << text << '"';
      ASSERT_EQ(digits_of(parse_fen(text)), model_fen(text)) << '"' << text << '"';
      taken += parse_yuan(text) ? 1 : 0;
    }
    EXPECT_GT(taken, 200) << "the candidates are too wild to test anything";
  });
}

TEST(MoneyProperty, PrintedAmountsParseToThemselves) {
  test::for_each_seed(20, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < 2'000; ++i) {
      const auto fen = static_cast<std::int64_t>((random() >> (random() % 64)) % static_cast<std::uint64_t>(kMoneyMaxFen + 1));
      ASSERT_EQ(parse_yuan(format_yuan(fen)), fen);
      ASSERT_EQ(parse_fen(std::to_string(fen)), fen);
    }
  });
}

TEST(MoneyProperty, ADecodedOrderHoldsTheFenOfTheModelForTextAndForNumbers) {
  static const std::regex number("(0|[1-9][0-9]*)(\\.[0-9]+)?");
  test::for_each_seed(10, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    JsonDecoderOptions options;
    options.clock = IngestClock::kRecord;
    const auto decoder = make_json_decoder(options);
    std::vector<Event> out;
    for (int i = 0; i < 1'000; ++i) {
      const std::string text = candidate(random);
      if (text.find_first_not_of("0123456789.eE+-, x") != std::string::npos) continue;
      const bool as_number = std::regex_match(text, number) && random() % 2 == 0;
      const std::string value = as_number ? text : '"' + text + '"';
      const std::string json = R"({"type":"order.paid","source":"taobao","event_time":1794189600000,"order_id":"1","shop_id":"2","total_yuan":)" + value + "}";
      SourceRecord record;
      record.bytes = json;
      const auto result = decoder->decode(record, EventTime{}, out);
      const auto model = model_yuan(text);
      ASSERT_EQ(result.has_value(), model.has_value()) << json;
      if (model) ASSERT_EQ(std::to_string(out[0].as<OrderEvent>().total_fen), *model) << json;
      else ASSERT_EQ(result.error().code, ErrorCode::kBadMoney) << json;
    }
  });
}

}  // namespace
}  // namespace brushwatch
