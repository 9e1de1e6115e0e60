/// The small exact rules: money, waybill numbers, personal data, status tables.

#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "connectors/codec/complaint_words.h"
#include "connectors/codec/counters.h"
#include "connectors/codec/event_reader.h"
#include "connectors/codec/money.h"
#include "connectors/codec/name_table.h"
#include "connectors/codec/personal_data.h"
#include "connectors/codec/simhash.h"
#include "connectors/codec/status_map.h"
#include "connectors/codec/waybill.h"

namespace brushwatch {
namespace {

TEST(Money, YuanTextIsExact) {
  EXPECT_EQ(parse_yuan("200.07"), 20007);
  EXPECT_EQ(parse_yuan("200"), 20000);
  EXPECT_EQ(parse_yuan("200.5"), 20050);
  EXPECT_EQ(parse_yuan("0.01"), 1);
  EXPECT_EQ(parse_yuan("100000000000.00"), kMoneyMaxFen);
  for (const char* bad : {"", ".", "1.", ".5", "-1", "+1", "1.234", "1e3", "1,000", " 1", "1 ", "100000000000.01", "99999999999999999999", "1.2.3", "￥1"}) {
    EXPECT_FALSE(parse_yuan(bad)) << bad;
  }
  for (std::int64_t fen = 0; fen < 30'000; ++fen) ASSERT_EQ(parse_yuan(format_yuan(fen)), fen);
}

TEST(Waybill, S10CheckDigitsHold) {
  EXPECT_TRUE(s10_valid("RB123456785GB"));
  EXPECT_FALSE(s10_valid("RB123456786US"));
  EXPECT_EQ(s10_check("47312482"), 9);
  EXPECT_EQ(s10_check("10000014"), 0);
  EXPECT_EQ(s10_check("10000002"), 5);
}

TEST(Waybill, NumbersFitTheirCarriersPatterns) {
  const std::pair<const char*, const char*> fits[] = {
      {"sf", "SF1234567890123"}, {"sf", "123456789012"}, {"zto", "73123456789012"}, {"zto", "78123456789012"}, {"yto", "YT1234567890123"},
      {"yto", "AB12345678"}, {"sto", "771234567890123"}, {"sto", "773123456789"}, {"yunda", "1234567890123"}, {"yunda", "123456789012345"},
      {"jt", "JT123456789012"}, {"jd", "JDX123456789012"}, {"jd", "JDVB12345678901"}, {"ems", "1012345678901"}, {"ems", "RB123456785GB"},
      {"chinapost", "9812345678901"}, {"deppon", "DPK123456789012"}, {"deppon", "12345678"}};
  for (const auto& [carrier, number] : fits) EXPECT_EQ(waybill_fit(carrier, number), WaybillFit::kFits) << carrier << ' ' << number;
  const std::pair<const char*, const char*> odd[] = {{"sf", "SF123"}, {"zto", "79123456789012"}, {"jd", "JDZ123456789012"}, {"jd", "JDV112345678901"},
                                                     {"ems", "RB123456786US"}, {"sf", "SF12345678901234"}, {"sf", ""}};
  for (const auto& [carrier, number] : odd) EXPECT_EQ(waybill_fit(carrier, number), WaybillFit::kOdd) << carrier << ' ' << number;
  EXPECT_EQ(waybill_fit("olist", "OL1"), WaybillFit::kUnknownCarrier);
}

TEST(PersonalData, RawFormsAreSeenAndPseudonymsAreNot) {
  for (const char* raw : {"13800138000", "+8613800138000", "8613800138000", "0086-138-0013-8000", "138 0013 8000", "610113199003070011",
                          "61011319900307001x", "张三", "x西安市", "\xF0\xA0\x80\x80"}) {
    EXPECT_TRUE(raw_personal_value(raw)) << raw;
  }
  for (const char* pid : {"", "b7f3a9c1d2e4", "12800138000", "1380013800", "138001380001", "2088123412341234", "610113199013070011",
                          "00f1e2d3c4b5a697", "пользователь", "10.1.2.0/24"}) {
    EXPECT_FALSE(raw_personal_value(pid)) << pid;
  }
  EXPECT_TRUE(forbidden_member("receiver_name"));
  EXPECT_TRUE(forbidden_member("ReceiverName"));
  EXPECT_FALSE(forbidden_member("phone_pid"));
  EXPECT_FALSE(forbidden_member("phone_of_somebody_whom_nobody_knows"));
}

TEST(NameTable, FindsEveryNameAndNothingElse) {
  const std::string_view names[] = {"a", "ab", "abc", "abcd", "abcdefgh", "abcdefghijkl", "z"};
  const NameTable table(names);
  for (std::size_t i = 0; i < std::size(names); ++i) EXPECT_EQ(table.find(names[i]), static_cast<int>(i));
  for (const char* other : {"", "b", "abd", "abcdefghi", "abcdefgx"}) EXPECT_EQ(table.find(other), -1);
}

TEST(SimHash, NearTextsAreNearAndOthersAreFar) {
  SimHasher hasher;
  const auto distance = [&](const char* a, const char* b) { return std::popcount(hasher.print(a).simhash ^ hasher.print(b).simhash); };
  const char* praise = "这家店的衣服质量非常好，做工精细，面料舒服，物流也很快，客服态度很好，下次还会再来购买的，推荐给大家";
  const char* copy = "这家店的衣服质量非常好，做工精细，面料舒服，物流也很快，客服态度很好，以后还会再来购买的，推荐给大家";
  const char* other = "收到货以后发现颜色和图片不一样，联系客服一直没有人回复，退货还要自己出运费，非常失望，不推荐";
  EXPECT_LT(distance(praise, copy), 12);
  EXPECT_GT(distance(praise, other), 18);
  EXPECT_EQ(distance("ＡＢＣ good", "abc GOOD"), 0);
}

// The console computes the same, so that a text can be shown to be the recorded one: dashboards/console/test/unit has these values, too.
TEST(SimHash, IsTheOneThatTheConsoleComputes) {
  SimHasher hasher;
  EXPECT_EQ(hasher.print("质量很好,物流很快!Ａ１ OK").simhash, 0xbb0b24913e6b7bc7U);
  EXPECT_EQ(hasher.print("好").simhash, 0x8a41e5d492635cefU);
  const TextPrint folded = hasher.print("Straße\u200bfull");
  EXPECT_EQ(folded.simhash, 0x33de0c775090fe0cU);
  EXPECT_EQ(folded.points, 11U);
}

TEST(Counters, UnknownCodesAreBounded) {
  CodecCounters counters;
  for (int i = 0; i < 3000; ++i) counters.unknown_code("x", std::to_string(i));
  EXPECT_EQ(counters.unknown_code_list().size(), CodecCounters::kUnknownCodesMax);
  EXPECT_EQ(counters.unknown_codes.load(), 3000u);
}

std::string published(const char* file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(StatusMap, ThePublishedTablesAreTheCodesTables) {
  std::ostringstream scans;
  scans << "source,code,canonical\n";
  for (const auto& row : scan_code_rows()) scans << row.source << ',' << row.code << ',' << scan_code_word(row.canonical) << '\n';
  std::ostringstream orders;
  orders << "source,status,type\n";
  for (const auto& row : order_status_rows()) orders << row.source << ',' << row.status << ',' << event_type_name(row.type) << '\n';
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream("api/mapping/scan_codes.csv") << scans.str();
    std::ofstream("api/mapping/order_status.csv") << orders.str();
  }
  EXPECT_EQ(published("api/mapping/scan_codes.csv"), scans.str());
  EXPECT_EQ(published("api/mapping/order_status.csv"), orders.str());
}

TEST(ComplaintWords, TheTableOfTheContractIsTheProgramsOwn) {
  std::ifstream file("api/mapping/complaint_words.csv");
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "word,code");
  for (const ComplaintWord& w : complaint_words()) {
    std::getline(file, line);
    EXPECT_EQ(line, std::string(w.word) + "," + std::string(complaint_code_word(w.code)));
  }
  EXPECT_FALSE(std::getline(file, line));
}

TEST(ComplaintWords, TheSixReportsOfThePlanAreKnown) {
  // Article 5: 恶意评价、恶意刷单、虚假流量、图物不符、假冒伪劣、价格欺诈.
  EXPECT_EQ(report_kind_of("恶意评价"), "malicious_review");
  EXPECT_EQ(report_kind_of("恶意刷单"), "fake_trade");
  EXPECT_EQ(report_kind_of("虚假流量"), "fake_traffic");
  EXPECT_EQ(report_kind_of("图物不符"), "description_mismatch");
  EXPECT_EQ(report_kind_of("假冒伪劣"), "fake_goods");
  EXPECT_EQ(report_kind_of("价格欺诈"), "price_fraud");
  EXPECT_EQ(report_kind_of("rating"), "") << "the contract's own words stay as they are";
}

}  // namespace
}  // namespace brushwatch
