#include "connectors/codec/csv_decoder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "connectors/codec/convert.h"
#include "connectors/codec/csv_row.h"
#include "connectors/codec/json_decoder.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

constexpr const char* kMapping = R"(
source = "shopx"
file = "orders.csv"
columns = ["id", "buyer", "made", "sent"]
[const]
carrier = "slow"
[[join]]
file = "items.csv"
key = "order"
on = "id"
columns = ["seller"]
sum = ["price"]
list = ["sku", "price"]
[[event]]
type = "order.created"
when = ["seller"]
time = "made"
[event.fields]
order_id = "id"
shop_id = "seller"
buyer_pid = "buyer"
total_yuan = "price"
[event.items]
from = "items.csv"
sku = "sku"
paid_yuan = "price"
[[event]]
type = "parcel.scan"
when = ["seller", "sent"]
time = "sent"
[event.fields]
carrier = "const:carrier"
waybill = "W{id}"
code = "const:picked_up"
)";

class CsvDecoderTest : public ::testing::Test {
 protected:
  CsvDecoderTest() {
    write(dir_.path("items.csv"), "order,seller,sku,price\n1,s1,k1,12.99\n1,s1,k2,0.02\n2,s2,\"k,3\",5\n");
    auto mapping = parse_csv_mapping(kMapping);
    EXPECT_TRUE(mapping) << mapping.error().message();
    CsvDecoderOptions options;
    options.data_dir = dir_.path();
    options.counters = &counters_;
    auto decoder = make_csv_decoder(std::move(*mapping), options);
    EXPECT_TRUE(decoder) << decoder.error().message();
    decoder_ = std::move(*decoder);
  }
  Result<std::size_t> decode(const std::string& line, std::uint64_t offset = 100) {
    text_ = line;
    SourceRecord record;
    record.bytes = text_;
    record.offset = offset;
    return decoder_->decode(record, EventTime{1}, out_);
  }
  std::string refused(const std::string& line, std::uint64_t offset = 100) {
    const auto result = decode(line, offset);
    return result ? "taken" : std::string(error_name(result.error().code)) + " " + result.error().context;
  }

  test::TempDir dir_;
  CodecCounters counters_;
  std::unique_ptr<Decoder> decoder_;
  std::string text_;
  std::vector<Event> out_;
};

TEST_F(CsvDecoderTest, OneRowGivesSeveralEventsWithWhatTheJoinsAdd) {
  EXPECT_EQ(decode("id,buyer,made,sent", 0).value(), 0u);
  ASSERT_EQ(decode("1,b1,2018-03-27 18:00:43,2018-03-29 03:28:47\r").value(), 2u);
  const auto& order = out_[0].as<OrderEvent>();
  EXPECT_EQ(out_[0].type, EventType::kOrderCreated);
  EXPECT_EQ(order.shop.text, "shopx:s1");
  EXPECT_EQ(order.order.text, "shopx:1");
  EXPECT_EQ(order.total_fen, 1301);
  ASSERT_EQ(order.items.size(), 2u);
  EXPECT_EQ(order.items[1].paid_fen, 2);
  EXPECT_EQ(order.items[1].sku, hash64("k2"));
  const auto& scan = out_[1].as<ScanEvent>();
  EXPECT_EQ(scan.waybill.text, "W1");
  EXPECT_EQ(scan.carrier.text, "slow");
  EXPECT_EQ(scan.code, ScanCode::kPickedUp);
  EXPECT_EQ(out_[1].event_time - out_[0].event_time, 33 * kHourMs + 28 * kMinuteMs + 4 * kSecondMs);
  EXPECT_EQ(counters_.events.load(), 2u);
}

TEST_F(CsvDecoderTest, AnEventWhoseColumnsAreEmptyIsNotMade) {
  EXPECT_EQ(decode("1,b1,2018-03-27 18:00:43,").value(), 1u);
  EXPECT_EQ(decode("9,b1,2018-03-27 18:00:43,2018-03-29 03:28:47").value(), 0u) << "no seller joined";
}

TEST_F(CsvDecoderTest, BrokenRowsAreToldApart) {
  EXPECT_EQ(refused("1,b1,2018-03-27 18:00:43"), "bad_csv ");
  EXPECT_EQ(refused("1,\"b1,2018-03-27 18:00:43,"), "bad_csv ");
  EXPECT_EQ(refused(""), "empty_record ");
  EXPECT_EQ(refused("1,b\xff,2018-03-27 18:00:43,"), "bad_utf8 ");
  EXPECT_EQ(refused("1,b1,yesterday,"), "bad_time /made");
  EXPECT_EQ(refused("1,13800138000,2018-03-27 18:00:43,"), "raw_personal_data /buyer_pid");
  EXPECT_EQ(refused("x,y", 0), "bad_csv ");
}

TEST(CsvRow, QuotingFollowsTheRfc) {
  CsvRow row;
  ASSERT_TRUE(row.split(R"("a,b","say ""hi""",,"",x)", ','));
  EXPECT_EQ(row.cells(), (std::vector<std::string_view>{"a,b", "say \"hi\"", "", "", "x"}));
  ASSERT_TRUE(row.split("a;", ';'));
  EXPECT_EQ(row.cells(), (std::vector<std::string_view>{"a", ""}));
  EXPECT_FALSE(row.split("\"open", ','));
  EXPECT_FALSE(row.split("a\"b,c", ','));
  EXPECT_FALSE(row.split("\"a\"b,c", ','));
}

TEST(CsvMapping, FaultsNameTheirKey) {
  const auto fault = [](const std::string& text) {
    const auto mapping = parse_csv_mapping(text);
    return mapping ? "taken" : std::string(error_name(mapping.error().code)) + " " + mapping.error().context;
  };
  const std::string head = "source = \"x\"\nfile = \"f\"\ncolumns = [\"a\", \"t\"]\n";
  EXPECT_EQ(fault("= nonsense").substr(0, 13), "config_syntax");
  EXPECT_EQ(fault("file = \"f\""), "config_missing source");
  EXPECT_EQ(fault(head), "config_missing event");
  EXPECT_EQ(fault(head + "colour = 1\n"), "config_unknown_key colour");
  EXPECT_EQ(fault(head + "[[event]]\ntype = \"order.paid\"\ntime = \"t\"\n[event.fields]\norder_id = \"b\"\n"), "config_range event[0].fields.order_id: b");
  EXPECT_EQ(fault(head + "[[event]]\ntype = \"order.paid\"\ntime = \"t\"\n[event.fields]\nwhatever = \"a\"\n"), "config_unknown_key event[0].fields.whatever");
  EXPECT_EQ(fault(head + "[[event]]\ntype = \"order.paid\"\ntime = \"t\"\n[event.fields]\norder_id = \"a\"\n"), "taken");
  EXPECT_EQ(load_csv_mapping("/nowhere/x.toml").error().code, ErrorCode::kNotFound);
}

TEST(CsvMapping, ScalesAndNumericTimesAreExact) {
  auto mapping = parse_csv_mapping(R"(
source = "otc"
file = "f"
header = false
columns = ["rater", "ratee", "rating", "time"]
[[event]]
type = "review.posted"
time = { column = "time", unit = "s" }
[event.fields]
review_id = "{rater}-{ratee}"
shop_id = "ratee"
stars = { column = "rating", scale = [-10, 10, 1, 5] }
)");
  ASSERT_TRUE(mapping) << mapping.error().message();
  auto decoder = make_csv_decoder(std::move(*mapping), {});
  ASSERT_TRUE(decoder);
  std::vector<Event> out;
  const auto stars = [&](const std::string& rating) {
    const std::string line = "6,2," + rating + ",1289241911.72836";
    SourceRecord record;
    record.bytes = line;
    const auto result = (*decoder)->decode(record, EventTime{1}, out);
    return result ? static_cast<int>(out[0].as<ReviewEvent>().stars) : 0;
  };
  EXPECT_EQ(stars("-10"), 1);
  EXPECT_EQ(out[0].event_time.ms, 1289241911728);
  EXPECT_EQ(stars("-8"), 1);
  EXPECT_EQ(stars("-7"), 2);
  EXPECT_EQ(stars("1"), 3);
  EXPECT_EQ(stars("10"), 5);
  EXPECT_EQ(stars("11"), 0);
  EXPECT_EQ(stars("x"), 0);
}

TEST(Convert, EventsOfAllRowsComeOutInOrderOfIngestAndDecodeAgain) {
  test::TempDir dir;
  write(dir.path("m.toml"), kMapping);
  write(dir.path("items.csv"), "order,seller,sku,price\n1,s1,k1,12.99\n2,s2,k3,5\n");
  write(dir.path("orders.csv"), "id,buyer,made,sent\n1,b1,2018-03-27 18:00:43,2018-04-29 03:28:47\n2,b2,2018-03-28 18:00:43,2018-03-28 19:00:00\nbroken\n");
  const auto summary = convert_csv(dir.path("m.toml"), dir.path(), dir.path("out.ndjson"));
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->rows, 3u);
  EXPECT_EQ(summary->events, 4u);
  EXPECT_EQ(summary->rejected, 1u);
  EXPECT_EQ(summary->first_error, ErrorCode::kBadCsv);
  EXPECT_EQ(summary->first_error_line, 4u);

  JsonDecoderOptions options;
  options.clock = IngestClock::kRecord;
  const auto decoder = make_json_decoder(options);
  std::vector<Event> out;
  std::vector<std::string> seen;
  std::istringstream lines(read(dir.path("out.ndjson")));
  EventTime last{};
  for (std::string line; std::getline(lines, line);) {
    SourceRecord record;
    record.bytes = line;
    const auto n = decoder->decode(record, EventTime{1}, out);
    ASSERT_TRUE(n) << line << n.error().message();
    EXPECT_GE(out[0].ingest_time, last);
    last = out[0].ingest_time;
    seen.emplace_back(event_type_name(out[0].type));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"order.created", "order.created", "parcel.scan", "parcel.scan"}));
}

TEST(Convert, TheExampleMappingsAreWellFormed) {
  for (const char* name : {"olist", "bitcoin_otc", "darpa"}) {
    const auto mapping = load_csv_mapping(std::string("examples/mapping/") + name + ".toml");
    EXPECT_TRUE(mapping) << name << ": " << mapping.error().message();
  }
}

TEST(HotlineMappings, EveryHotlineOfThePlanFilesComplaintsAboutShopsAndParcels) {
  for (const char* number : {"12312", "12315", "12318", "12358", "12365", "12345"}) {
    test::TempDir dir;
    write(dir.path(std::string(number) + ".csv"),
          "工单编号,受理时间,问题类别,平台,店铺编号,订单编号,快递公司,运单编号,投诉人标识\n"
          "G-1,2026-11-09 10:00:00,空包裹,taobao,S-5544,O-1,zto,75300000000001,c-71c0\n"
          "G-2,2026-11-09 10:05:00,price_fraud,jd,S-2,,,,c-9\n");
    const auto converted = convert_csv("examples/mapping/hotline_" + std::string(number) + ".toml", dir.path(), dir.path("out.ndjson"));
    ASSERT_TRUE(converted) << number << ": " << converted.error().message();
    std::istringstream lines(read(dir.path("out.ndjson")));
    JsonDecoderOptions options;
    options.clock = IngestClock::kRecord;
    auto decoder = make_json_decoder(options);
    std::vector<Event> events;
    std::string line;
    ASSERT_TRUE(std::getline(lines, line)) << number;
    SourceRecord record;
    record.bytes = line;
    ASSERT_TRUE(decoder->decode(record, {}, events)) << line;
    const auto& first = events[0].as<ComplaintEvent>();
    EXPECT_EQ(first.code, ComplaintCode::kEmptyParcel);
    EXPECT_EQ(first.channel.text, number);
    EXPECT_EQ(first.shop.text, "taobao:S-5544");
    EXPECT_EQ(first.carrier.text, "zto");
    ASSERT_TRUE(std::getline(lines, line)) << number;
    record.bytes = line;
    ASSERT_TRUE(decoder->decode(record, {}, events)) << line;
    EXPECT_EQ(events[0].as<ComplaintEvent>().code, ComplaintCode::kPriceFraud);
  }
}

}  // namespace
}  // namespace brushwatch
