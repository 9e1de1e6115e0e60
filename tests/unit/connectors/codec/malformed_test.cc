#include "tests/support/malformed.h"

#include <gtest/gtest.h>

#include <map>

#include "connectors/codec/json_decoder.h"

namespace brushwatch {
namespace {

TEST(Malformed, TenThousandBrokenRecordsAreAllRefusedWithADecodeCodeAndTheNextGoodOneIsTaken) {
  CodecCounters counters;
  JsonDecoderOptions options;
  options.clock = IngestClock::kRecord;
  options.counters = &counters;
  const auto decoder = make_json_decoder(options);
  std::vector<Event> out;
  std::map<ErrorCode, int> seen;
  const std::vector<std::string> records = test::malformed_records(10'000, 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    SourceRecord record;
    record.bytes = records[i];
    const auto result = decoder->decode(record, EventTime{1}, out);
    ASSERT_FALSE(result) << i << ": " << records[i].substr(0, 400);
    const int code = static_cast<int>(result.error().code);
    ASSERT_TRUE(code >= 2000 && code < 3000) << code;
    ASSERT_LE(result.error().context.size(), 4096u);
    ++seen[result.error().code];
  }
  EXPECT_EQ(counters.rejected.load(), 10'000u);
  for (const ErrorCode code : {ErrorCode::kNotJson, ErrorCode::kTooDeep, ErrorCode::kTooLarge, ErrorCode::kBadUtf8,
                               ErrorCode::kDuplicateKey, ErrorCode::kMissingField, ErrorCode::kBadType, ErrorCode::kBadNumber,
                               ErrorCode::kBadMoney, ErrorCode::kBadTime, ErrorCode::kUnknownEventType,
                               ErrorCode::kRawPersonalData, ErrorCode::kBadEnvelope, ErrorCode::kEmptyRecord}) {
    EXPECT_GT(seen[code], 0) << error_name(code);
  }

  SourceRecord good;
  good.bytes = R"({"type":"order.paid","source":"taobao","order_id":"1","shop_id":"2","event_time":1794326400000})";
  EXPECT_TRUE(decoder->decode(good, EventTime{1}, out));
}

TEST(Malformed, TheSameSeedGivesTheSameRecords) {
  EXPECT_EQ(test::malformed_records(200, 7), test::malformed_records(200, 7));
  EXPECT_NE(test::malformed_records(200, 7), test::malformed_records(200, 8));
}

}  // namespace
}  // namespace brushwatch
