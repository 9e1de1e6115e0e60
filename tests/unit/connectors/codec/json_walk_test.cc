#include "connectors/codec/json_walk.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <charconv>
#include <random>
#include <regex>

namespace brushwatch {
namespace {

ErrorCode code_of(const std::string& record) {
  static JsonWalker walker({2u << 20, 32, true});
  // Exactly the bytes of the record: a read beyond them shows under AddressSanitizer.
  const std::vector<char> bytes(record.begin(), record.end());
  JsonRecord out;
  const auto result = walker.walk({bytes.data(), bytes.size()}, out);
  return result ? ErrorCode::kNone : result.error().code;
}

TEST(JsonWalk, ANumberIsWhatTheGrammarSaysWhateverByteStandsAnywhereInIt) {
  const std::regex grammar(R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)");
  const std::string digits = "12345678901234567890";
  for (std::size_t length = 1; length <= digits.size(); ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int byte = 0x21; byte < 0x7F; ++byte) {
        // These end a number rather than stand in it.
        if (std::string_view("\"\\,:[]{}").find(static_cast<char>(byte)) != std::string_view::npos) continue;
        std::string number = digits.substr(0, length);
        number[at] = static_cast<char>(byte);
        double value = 0;
        const bool fits = std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc{};
        const bool is_number = std::regex_match(number, grammar) && fits;
        EXPECT_EQ(code_of("{\"x\":" + number + "}") == ErrorCode::kNone, is_number) << number;
      }
    }
  }
}

TEST(JsonWalk, EscapedTextsOfOneRecordStandBesideEachOther) {
  JsonWalker walker({2u << 20, 32, true});
  JsonRecord out;
  const std::string record = "{\"order_id\":\"a\\u0062c\\n\" , \"\\u0073hop_id\" : \"\\\"\\\\\\/\", \"reason\":\"plain\",\"status\":\"\\ud83d\\ude00\"}";
  ASSERT_TRUE(walker.walk(record, out));
  const auto text = [&](Field f) { return std::string(out.top.members.find(f)->text); };
  EXPECT_EQ(text(Field::kOrderId), "abc\n");
  EXPECT_EQ(text(Field::kShopId), "\"\\/");
  EXPECT_EQ(text(Field::kReason), "plain");
  EXPECT_EQ(text(Field::kStatus), "\xF0\x9F\x98\x80");
  EXPECT_NE(code_of(R"({"x":"\ud83d"})"), ErrorCode::kNone);
  EXPECT_EQ(code_of(R"({"x":"\q"})"), ErrorCode::kNotJson);
  EXPECT_EQ(code_of(R"({"x":"\u00g0"})"), ErrorCode::kNotJson);
}

/// The whole grammar against the library's own parser: records of the contract's shape, with one to three bytes changed, put in
/// or taken out. Each of the two must refuse what the other refuses as JSON.
TEST(JsonWalk, TakesAndRefusesAsJsonWhatSimdjsonDoes) {
  const std::string seeds[] = {
      R"({"type":"order.paid","event_time":1793548845088,"order_id":"20675","region6":610114,"items":[{"sku":"i9","qty":1,"paid_fen":1787}],"b":true})",
      R"( { "a" : [ 1 , -2.5e3 , "x\u00e9\n" , null , false , { } , [ ] ] , "data" : { "id" : "7" , "deep" : [[[{"k":0.5}]]] } } )",
      "{\"text\":\"\xE5\xA5\xBD\xE8\xAF\x84\",\"n\":0,\"e\":1E+2,\"s\":\"\",\"q\":\"\\\"\\\\\"}"};
  const std::string_view alphabet = "{}[]:,\"\\ \t\n0123456789-+.eEtrufalsn/x\x01\x7F\x80\xC3\xE5";
  std::mt19937_64 chance(20260701);
  simdjson::dom::parser parser;
  int taken = 0, refused = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string record = seeds[static_cast<std::size_t>(i) % std::size(seeds)];
    for (std::uint64_t n = 1 + chance() % 3; n > 0 && !record.empty(); --n) {
      const std::size_t at = chance() % record.size();
      const char c = alphabet[chance() % alphabet.size()];
      switch (chance() % 4) {
        case 0: record[at] = c; break;
        case 1: record.insert(at, 1, c); break;
        case 2: record.erase(at, 1); break;
        default: record.resize(at + 1); break;
      }
    }
    const ErrorCode ours = code_of(record);
    simdjson::dom::element element;
    const auto theirs = parser.parse(record).get(element);
    // What is refused for its meaning is JSON all the same; so is an integer beyond 64 bits.
    const bool meaning = ours == ErrorCode::kDuplicateKey || ours == ErrorCode::kRawPersonalData || ours == ErrorCode::kBadType;
    if (meaning || theirs == simdjson::NUMBER_ERROR) continue;
    // The library's parser lets half a surrogate pair through, and takes a byte order mark away.
    if (ours == ErrorCode::kBadUtf8 && record.find("\\u") != std::string::npos) continue;
    ASSERT_EQ(ours == ErrorCode::kNone, theirs == simdjson::SUCCESS) << record << "\n" << error_name(ours) << " " << theirs;
    ++(ours == ErrorCode::kNone ? taken : refused);
  }
  EXPECT_GT(taken, 3'000);
  EXPECT_GT(refused, 20'000);
}

}  // namespace
}  // namespace brushwatch
