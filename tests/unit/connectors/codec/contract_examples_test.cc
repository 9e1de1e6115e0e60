// api/examples against the running codec: what is said to be valid is decoded to the type in the file's name, what is said to
// be invalid is refused for the reason in the file's name. tools/check_contract.py holds the same files against the schemas.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "connectors/codec/json_decoder.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;

/// A few seconds after the examples' event time; kRecord does not look at it, kWall does.
constexpr EventTime kNow{1'794'189'605'000};

std::vector<fs::path> examples(const char* folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(fs::path("api/examples") / folder)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}
std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
/// "order.paid" of "order.paid__minimal.json".
std::string promised(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.substr(0, name.find("__"));
}
std::string test_name(const ::testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.filename().string();
  name.resize(name.find('.', name.find("__")));
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}
Result<std::size_t> decode_with(IngestClock clock, const std::string& bytes, CodecCounters& counters, std::vector<Event>& out) {
  JsonDecoderOptions options;
  options.clock = clock;
  options.counters = &counters;
  SourceRecord record;
  record.bytes = bytes;
  auto decoder = make_json_decoder(options);
  auto result = decoder->decode(record, kNow, out);
  // Views would dangle with the decoder: only types and numbers are looked at.
  return result;
}

class ValidExample : public ::testing::TestWithParam<fs::path> {};
TEST_P(ValidExample, IsDecodedToTheTypeInItsName) {
  CodecCounters counters;
  std::vector<Event> out;
  for (const IngestClock clock : {IngestClock::kRecord, IngestClock::kWall}) {
    const auto result = decode_with(clock, bytes_of(GetParam()), counters, out);
    ASSERT_TRUE(result) << result.error().message();
    ASSERT_EQ(*result, GetParam().filename() == "rule.set__several_at_once.json" ? 3U : 1U);
    EXPECT_EQ(event_type_name(out[0].type), promised(GetParam()));
    EXPECT_NE(out[0].event_time.ms, 0);
  }
  EXPECT_EQ(counters.personal_data.load(), 0U);
}
INSTANTIATE_TEST_SUITE_P(Contract, ValidExample, ::testing::ValuesIn(examples("valid")), test_name);

class InvalidExample : public ::testing::TestWithParam<fs::path> {};
TEST_P(InvalidExample, IsRefusedForTheReasonInItsName) {
  CodecCounters counters;
  std::vector<Event> out;
  const auto result = decode_with(IngestClock::kRecord, bytes_of(GetParam()), counters, out);
  ASSERT_FALSE(result);
  EXPECT_EQ(error_name(result.error().code), promised(GetParam())) << result.error().message();
  EXPECT_EQ(counters.rejected_with(result.error().code), 1U);
}
INSTANTIATE_TEST_SUITE_P(Contract, InvalidExample, ::testing::ValuesIn(examples("invalid")), test_name);

TEST(ContractExamples, AmountsOfAllSpellingsAreTheSameFen) {
  CodecCounters counters;
  std::vector<Event> out;
  for (const char* name : {"order.paid__all_members", "order.paid__yuan_as_text", "order.paid__yuan_as_number"}) {
    ASSERT_TRUE(decode_with(IngestClock::kRecord, bytes_of(std::string("api/examples/valid/") + name + ".json"), counters, out)) << name;
    EXPECT_EQ(out[0].as<OrderEvent>().total_fen, 25'800) << name;
    EXPECT_EQ(out[0].as<OrderEvent>().paid_fen, 20'007) << name;
  }
}

TEST(ContractExamples, TheSameCodeMeansWhatItsSourceMeans) {
  CodecCounters counters;
  std::vector<Event> out;
  const auto code_of = [&](const char* name) {
    EXPECT_TRUE(decode_with(IngestClock::kRecord, bytes_of(std::string("api/examples/valid/parcel.scan__") + name + ".json"), counters, out)) << name;
    return out[0].as<ScanEvent>().code;
  };
  EXPECT_EQ(code_of("our_word"), ScanCode::kPickedUp);
  EXPECT_EQ(code_of("kuaidi100_code_is_a_problem"), ScanCode::kException);
  EXPECT_EQ(code_of("kdniao_number_is_in_transit"), ScanCode::kInTransit);
  EXPECT_EQ(counters.unknown_codes.load(), 0U);
  EXPECT_EQ(code_of("unknown_code_is_other"), ScanCode::kOther);
  EXPECT_EQ(counters.unknown_codes.load(), 1U);
}

TEST(ContractExamples, ShowEveryReasonOfTheJsonDoor) {
  std::vector<std::string> reasons;
  for (const fs::path& path : examples("invalid")) reasons.push_back(promised(path));
  for (const ErrorCode code : {ErrorCode::kEmptyRecord, ErrorCode::kTooLarge, ErrorCode::kNotJson, ErrorCode::kBadUtf8, ErrorCode::kTooDeep,
                               ErrorCode::kDuplicateKey, ErrorCode::kBadEnvelope, ErrorCode::kMissingField, ErrorCode::kUnknownEventType,
                               ErrorCode::kBadType, ErrorCode::kBadNumber, ErrorCode::kBadMoney, ErrorCode::kBadTime,
                               ErrorCode::kTimeOutOfRange, ErrorCode::kRawPersonalData}) {
    EXPECT_EQ(std::count(reasons.begin(), reasons.end(), error_name(code)) > 0, true) << error_name(code);
  }
}

}  // namespace
}  // namespace brushwatch
