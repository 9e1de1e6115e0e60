#include "connectors/codec/json_decoder.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "connectors/codec/contract_json.h"
#include "engine/event/wire.h"

namespace brushwatch {
namespace {

constexpr EventTime kNow{1'794'326'400'000};  // 2026-11-11T00:00:00+08:00

class JsonDecoderTest : public ::testing::Test {
 protected:
  JsonDecoderTest() { rebuild(); }
  void rebuild() {
    options_.counters = &counters_;
    options_.platforms = &platforms_;
    decoder_ = make_json_decoder(options_);
  }
  Result<std::size_t> decode(std::string text, std::vector<Header> headers = {}) {
    text_ = std::move(text);
    SourceRecord record;
    record.bytes = text_;
    record.headers = std::move(headers);
    return decoder_->decode(record, kNow, out_);
  }
  /// The error, as "code context".
  std::string refused(const std::string& text, std::vector<Header> headers = {}) {
    const auto result = decode(text, std::move(headers));
    if (result) return "taken";
    return std::string(error_name(result.error().code)) + " " + result.error().context;
  }
  static std::string order(const std::string& extra, const std::string& type = "order.paid") {
    return R"({"type":")" + type + R"(","source":"taobao","event_time":"2026-11-11T00:00:00+08:00","order_id":"o1","shop_id":"s1")" +
           (extra.empty() ? "" : "," + extra) + "}";
  }
  static std::string scan(const std::string& source, const std::string& code) {
    return R"({"type":"parcel.scan","source":")" + source +
           R"(","event_time":"2026-11-11T00:00:00+08:00","carrier":"zto","waybill":"75123456789012","code":)" + code + "}";
  }
  const Event& event() const { return out_[0]; }
  const OrderEvent& as_order() const { return out_[0].as<OrderEvent>(); }

  JsonDecoderOptions options_;
  CodecCounters counters_;
  PlatformTable platforms_;
  std::unique_ptr<Decoder> decoder_;
  std::string text_;
  std::vector<Event> out_;
};

TEST_F(JsonDecoderTest, AnOrderKeepsEveryFieldOfTheContract) {
  ASSERT_TRUE(decode(order(R"("buyer_pid":"b","payer_pid":"p","device_pid":"d","ip24_pid":"i","consignee_pid":"c","phone_pid":"h",
    "building_token":"bt","room_token":"rt","region6":"610113","channel":"live","keyword":"k","chat_n":3,"total_yuan":"200.07",
    "paid_fen":18007,"coupon_yuan":20,"amount_yuan":1.5,"goods_state":"received","reason":"r","carrier":"sf",
    "waybill":"SF1234567890123","status":"X","ingest_time":1794326400001,
    "items":[{"sku":"k1","category":7,"qty":2,"list_yuan":"100","paid_yuan":"90.03"},{"sku":"k2"}])")));
  const OrderEvent& e = as_order();
  EXPECT_EQ(event().type, EventType::kOrderPaid);
  EXPECT_EQ(event().event_time, kNow);
  EXPECT_EQ(event().ingest_time, kNow);
  EXPECT_EQ(e.order.text, "taobao:o1");
  EXPECT_EQ(e.shop.text, "taobao:s1");
  EXPECT_EQ(e.shop.hash, hash64("taobao:s1"));
  EXPECT_EQ(e.subject.text, "PLAT:taobao:s1");
  EXPECT_EQ(e.buyer, hash64("b"));
  EXPECT_EQ(e.room, hash64("rt"));
  EXPECT_EQ(e.region6, 610113u);
  EXPECT_EQ(e.channel, Channel::kLive);
  EXPECT_EQ(e.chat_n, 3u);
  EXPECT_EQ(e.total_fen, 20007);
  EXPECT_EQ(e.paid_fen, 18007);
  EXPECT_EQ(e.coupon_fen, 2000);
  EXPECT_EQ(e.amount_fen, 150);
  EXPECT_EQ(e.goods, GoodsState::kReceived);
  EXPECT_EQ(e.waybill.text, "SF1234567890123");
  ASSERT_EQ(e.items.size(), 2u);
  EXPECT_EQ(e.items[0].list_fen, 10000);
  EXPECT_EQ(e.items[0].paid_fen, 9003);
  EXPECT_EQ(e.items[0].category, 7);
  EXPECT_EQ(e.items[1].qty, 1u);
  EXPECT_EQ(event().platform, PlatformTable::number_of("taobao"));
  EXPECT_EQ(platforms_.name(event().platform), "taobao");
  EXPECT_EQ(counters_.events.load(), 1u);
}

TEST_F(JsonDecoderTest, TheOrderOfMembersDoesNotMatter) {
  const std::string last_first = R"({"items":[{"qty":2,"paid":1.25}],"total":"3.5","shop_id":"s","order_id":"o",
    "event_time":1794326400000,"source":"jd","type":"order.paid"})";
  EXPECT_EQ(refused(last_first), "bad_money /total") << "nobody said what unit this source's bare amounts have";
  options_.bare_money["jd"] = MoneyUnit::kYuan;
  rebuild();
  ASSERT_TRUE(decode(last_first));
  EXPECT_EQ(as_order().total_fen, 350);
  EXPECT_EQ(as_order().items[0].paid_fen, 125);
}

TEST_F(JsonDecoderTest, AnIdThatIsCanonicalAlreadyStaysAsItIs) {
  ASSERT_TRUE(decode(R"({"type":"order.paid","source":"taobao","event_time":1794326400000,"order_id":"taobao:o1","shop_id":"taobao:s1",
    "subject_id":"USCC:91350100M000100Y43"})"));
  EXPECT_EQ(as_order().order.text, "taobao:o1");
  EXPECT_EQ(as_order().shop.text, "taobao:s1");
  EXPECT_EQ(as_order().subject.text, "USCC:91350100M000100Y43");
  EXPECT_EQ(counters_.uscc_warnings.load(), 0u);
}

TEST_F(JsonDecoderTest, AWrongCreditCodeIsCountedAndTaken) {
  ASSERT_TRUE(decode(order(R"("subject_id":"USCC:91350100M000100Y4Z")")));
  EXPECT_EQ(counters_.uscc_warnings.load(), 1u);
}

TEST_F(JsonDecoderTest, AWaybillThatIsNotItsCarriersIsCountedAndTaken) {
  ASSERT_TRUE(decode(scan("sf", "\"signed\"")));
  EXPECT_EQ(counters_.waybill_warnings.load(), 0u);
  ASSERT_TRUE(decode(R"({"type":"parcel.scan","source":"sf","event_time":1794326400000,"carrier":"sf","waybill":"X1","code":"signed"})"));
  EXPECT_EQ(counters_.waybill_warnings.load(), 1u);
}

TEST_F(JsonDecoderTest, TheClashingTrackingCodesAreReadByTheirSource) {
  ASSERT_TRUE(decode(scan("kuaidi100", "\"2\"")));
  EXPECT_EQ(event().as<ScanEvent>().code, ScanCode::kException);
  EXPECT_EQ(event().as<ScanEvent>().raw_code.text, "2");
  ASSERT_TRUE(decode(scan("kdniao", "2")));
  EXPECT_EQ(event().as<ScanEvent>().code, ScanCode::kInTransit);
  ASSERT_TRUE(decode(scan("kuaidi100", "401")));
  EXPECT_EQ(event().as<ScanEvent>().code, ScanCode::kCancelled);
  ASSERT_TRUE(decode(scan("kdniao", "\"401\"")));
  EXPECT_EQ(event().as<ScanEvent>().code, ScanCode::kException);
  EXPECT_EQ(counters_.unknown_codes.load(), 0u);
}

TEST_F(JsonDecoderTest, AnUnmappedScanCodeIsOtherAndCountedBySourceAndCode) {
  ASSERT_TRUE(decode(scan("kdniao", "\"777\"")));
  EXPECT_EQ(event().as<ScanEvent>().code, ScanCode::kOther);
  EXPECT_EQ(event().as<ScanEvent>().raw_code.text, "777");
  const auto list = counters_.unknown_code_list();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].source, "kdniao");
  EXPECT_EQ(list[0].code, "777");
}

TEST_F(JsonDecoderTest, AStatusWithoutTypeBecomesTheOrderEventItAnnounces) {
  const auto type_of = [&](const std::string& status) {
    EXPECT_TRUE(decode(R"({"source":"taobao","event_time":1794326400000,"order_id":"o","shop_id":"s","status":")" + status + "\"}"));
    return event().type;
  };
  EXPECT_EQ(type_of("WAIT_BUYER_PAY"), EventType::kOrderCreated);
  EXPECT_EQ(type_of("WAIT_SELLER_SEND_GOODS"), EventType::kOrderPaid);
  EXPECT_EQ(type_of("TRADE_FINISHED"), EventType::kOrderConfirmed);
  EXPECT_EQ(type_of("WAIT_SELLER_AGREE"), EventType::kOrderRefundRequested);
  EXPECT_EQ(type_of("SUCCESS"), EventType::kOrderRefunded);
  EXPECT_EQ(counters_.unknown_codes.load(), 0u);
  EXPECT_EQ(type_of("SOMETHING_NEW"), EventType::kOrderOther);
  EXPECT_EQ(as_order().status.text, "SOMETHING_NEW");
  EXPECT_EQ(counters_.unknown_codes.load(), 1u);
}

TEST_F(JsonDecoderTest, CloudEventsAreUnderstoodInBothModes) {
  const std::string data = R"({"event_time":1794326400000,"order_id":"o1","shop_id":"s1","total_yuan":"1.00"})";
  const std::string structured = R"({"specversion":"1.0","id":"7","source":"//alliance.example/taobao","type":"cn.brushwatch.order.paid.v1",)"
                                 R"("datacontenttype":"application/json","subject":"x","data":)" + data + "}";
  ASSERT_TRUE(decode(structured));
  EXPECT_EQ(event().type, EventType::kOrderPaid);
  EXPECT_EQ(as_order().shop.text, "taobao:s1");
  ASSERT_TRUE(decode(structured, {{"content-type", "application/cloudevents+json; charset=utf-8"}}));
  ASSERT_TRUE(decode(data, {{"ce_specversion", "1.0"}, {"ce_id", "7"}, {"ce_source", "taobao"}, {"ce_type", "order.paid"},
                            {"content-type", "application/json"}}));
  EXPECT_EQ(as_order().total_fen, 100);
  ASSERT_TRUE(decode(R"({"order_id":"o1","shop_id":"s1"})", {{"CE-SpecVersion", "1.0"}, {"ce-id", "7"}, {"ce-source", "taobao"},
                                                              {"ce-type", "order.paid"}, {"ce-time", "2026-11-10T16:00:00Z"}}));
  EXPECT_EQ(event().event_time, kNow);
}

TEST_F(JsonDecoderTest, ABrokenEnvelopeHasItsOwnError) {
  EXPECT_EQ(refused(R"({"specversion":"1.0","id":"1","source":"taobao","type":"order.paid"})"), "bad_envelope /data");
  EXPECT_EQ(refused(R"({"specversion":"0.3","id":"1","source":"t","type":"order.paid","data":{}})"), "bad_envelope /specversion");
  EXPECT_EQ(refused(R"({"specversion":"1.0","source":"t","type":"order.paid","data":{}})"), "bad_envelope /id");
  EXPECT_EQ(refused(R"({"specversion":"1.0","id":"1","source":"t","type":"order.paid","data_base64":"AA=="})"), "bad_envelope /data_base64");
  EXPECT_EQ(refused(order(""), {{"ce_specversion", "1.0"}, {"ce_id", "1"}, {"ce_type", "order.paid"}}), "bad_envelope /source");
  EXPECT_EQ(refused(order(""), {{"content-type", "application/cloudevents-batch+json"}}), "bad_envelope ");
  EXPECT_EQ(refused(order(""), {{"content-type", "application/cloudevents+json"}}), "bad_envelope /data");
  EXPECT_EQ(refused(R"({"specversion":"1.0","id":"1","source":"t","type":"order.paid","data":{"order_id":"o","shop_id":7,"event_time":1794326400000}})"),
            "bad_type /data/shop_id");
}

TEST_F(JsonDecoderTest, BrokenJsonIsToldApart) {
  EXPECT_EQ(refused(""), "empty_record ");
  EXPECT_EQ(refused("  "), "empty_record ");
  EXPECT_EQ(refused("{"), "not_json ");
  EXPECT_EQ(refused("[1]"), "bad_type ");
  EXPECT_EQ(refused("\xEF\xBB\xBF{}"), "not_json ");
  EXPECT_EQ(refused(order("") + "x"), "not_json ");
  EXPECT_EQ(refused(order("") + std::string(1, '\0')), "not_json ");
  EXPECT_EQ(refused(order("\"keyword\":\"a\xff\"")), "bad_utf8 ");
  EXPECT_EQ(refused(order(R"("keyword":"\ud800")")), "not_json /keyword");
  EXPECT_EQ(refused(order(R"("keyword":"\udc00")")), "not_json /keyword");
  EXPECT_EQ(refused(order(R"("chat_n":NaN)")), "not_json /chat_n");
  EXPECT_EQ(refused(order(R"("chat_n":1e400)")), "bad_number /chat_n");
  EXPECT_EQ(refused(order(R"("whatever":1e400)")), "bad_number /?");
  EXPECT_EQ(refused(order(R"("chat_n":-0)")), "bad_number /chat_n");
  EXPECT_EQ(refused(order(R"("chat_n":4294967296)")), "bad_number /chat_n");
  EXPECT_EQ(refused(order(R"("chat_n":1.0)")), "bad_number /chat_n");
  EXPECT_EQ(refused(order(R"("chat_n":"1")")), "bad_type /chat_n");
  EXPECT_EQ(refused(order(R"("order_id":"again")")), "duplicate_key /order_id");
  EXPECT_EQ(refused(order(R"("x":1,"x":2)")), "duplicate_key /?");
  EXPECT_EQ(refused(order(R"("items":[{"sku":"a"},{"sku":"b","sku":"c"}])")), "duplicate_key /items/1/sku");
  EXPECT_EQ(refused(order(R"("items":[{"sku":"a"},{"qty":-1}])")), "bad_number /items/1/qty");
  EXPECT_EQ(refused(order("\"x\":" + std::string(32, '[') + std::string(32, ']'))).substr(0, 8), "too_deep");
  EXPECT_EQ(refused(order("\"x\":" + std::string(31, '[') + std::string(31, ']'))), "taken");
  EXPECT_EQ(refused(order("\"x\":\"" + std::string(2u << 20, 'a') + "\"")), "too_large ");
  EXPECT_EQ(refused(order("\"x\":\"" + std::string(1u << 20, 'a') + "\"")), "taken");
}

TEST_F(JsonDecoderTest, WhatIsMissingOrNotOursIsNamed) {
  EXPECT_EQ(refused(R"({"type":"order.paid","source":"t","event_time":1794326400000,"order_id":"o"})"), "missing_field /shop_id");
  EXPECT_EQ(refused(R"({"type":"order.paid","event_time":1794326400000,"order_id":"o","shop_id":"s"})"), "missing_field /source");
  EXPECT_EQ(refused(R"({"type":"order.paid","source":"t","order_id":"o","shop_id":"s"})"), "missing_field /event_time");
  EXPECT_EQ(refused(R"({"source":"t","event_time":1794326400000,"order_id":"o","shop_id":"s"})"), "missing_field /type");
  EXPECT_EQ(refused(order("", "tick")), "unknown_event_type /type");
  EXPECT_EQ(refused(order("", "cn.brushwatch.order.paid.v2")), "unknown_event_type /type");
  EXPECT_EQ(refused(order(R"("waybill":"1")", "order.shipped")), "missing_field /carrier");
  EXPECT_EQ(refused(order(R"("reason":")" + std::string(65, 'a') + "\"")), "bad_type /reason");
  EXPECT_EQ(refused(order(R"("reason":"a\nb")")), "bad_type /reason");
}

TEST_F(JsonDecoderTest, MoneyIsExactOrRefused) {
  EXPECT_EQ(refused(order(R"("total_yuan":"200.075")")), "bad_money /total_yuan");
  EXPECT_EQ(refused(order(R"("total_yuan":-1)")), "bad_money /total_yuan");
  EXPECT_EQ(refused(order(R"("total_yuan":1e3)")), "bad_money /total_yuan");
  EXPECT_EQ(refused(order(R"("total_fen":1.5)")), "bad_money /total_fen");
  EXPECT_EQ(refused(order(R"("total_fen":"150")")), "bad_type /total_fen");
  EXPECT_EQ(refused(order(R"("total_fen":100,"total_yuan":"1")")), "duplicate_key /total_yuan");
  EXPECT_EQ(refused(order(R"("total":100)")), "bad_money /total");
  ASSERT_TRUE(decode(order(R"("total_yuan":0.07)")));
  EXPECT_EQ(as_order().total_fen, 7);
  options_.bare_money["taobao"] = MoneyUnit::kFen;
  rebuild();
  ASSERT_TRUE(decode(order(R"("total":100)")));
  EXPECT_EQ(as_order().total_fen, 100);
}

TEST_F(JsonDecoderTest, AClockThatIsWrongByDecadesIsQuarantined) {
  const auto at = [](const std::string& type, std::int64_t ms, const std::string& rest) {
    return R"({"type":")" + type + R"(","source":"t","event_time":)" + std::to_string(ms) + "," + rest + "}";
  };
  const std::string ids = R"("order_id":"o","shop_id":"s")";
  EXPECT_EQ(refused(at("order.paid", kNow.ms + 10 * kMinuteMs, ids)), "taken");
  EXPECT_EQ(refused(at("order.paid", kNow.ms + 10 * kMinuteMs + 1, ids)), "time_out_of_range /event_time");
  EXPECT_EQ(refused(at("order.paid", kNow.ms - 180 * kDayMs, ids)), "taken");
  EXPECT_EQ(refused(at("order.paid", kNow.ms - 180 * kDayMs - 1, ids)), "time_out_of_range /event_time");
  EXPECT_EQ(refused(at("ref.shop", kNow.ms - 2000 * kDayMs, R"("id":"s")")), "taken");
  EXPECT_EQ(refused(at("rule.set", kNow.ms - 2000 * kDayMs, R"("name":"D1.min_count","value":-5)")), "taken");
  EXPECT_EQ(refused(at("order.paid", 0, ids)), "bad_time /event_time");
}

TEST_F(JsonDecoderTest, ReplaysTakeTheRecordsOwnIngestTime) {
  options_.clock = IngestClock::kRecord;
  rebuild();
  const std::string old = R"({"type":"order.paid","source":"t","event_time":"2018-01-01 10:00:00","order_id":"o","shop_id":"s")";
  ASSERT_TRUE(decode(old + "}"));
  EXPECT_EQ(event().ingest_time, event().event_time);
  ASSERT_TRUE(decode(old + R"(,"ingest_time":"2018-01-01T10:00:05+08:00"})"));
  EXPECT_EQ(event().ingest_time - event().event_time, 5000);
  text_ = old + "}";
  SourceRecord record;
  record.bytes = text_;
  record.record_time = {event().event_time.ms + 7};
  ASSERT_TRUE(decoder_->decode(record, kNow, out_));
  EXPECT_EQ(event().ingest_time - event().event_time, 7);
}

TEST_F(JsonDecoderTest, RawPersonalDataIsRefusedWhereverItStands) {
  for (const char* extra : {R"("name":"x")", R"("phone":"x")", R"("receiverName":"x")", R"("Receiver-Mobile":null)", R"("x":{"id_card":"1"})",
                            R"("x":[{"name":"y"}])", R"("地址":"x")", R"("buyer_pid":"13800138000")", R"("room_token":"雁塔区1号")",
                            R"("phone_pid":"+86 138-0013-8000")", R"("payer_pid":"61011319900307001X")"}) {
    EXPECT_EQ(refused(order(extra)).substr(0, 17), "raw_personal_data") << extra;
  }
  EXPECT_EQ(counters_.personal_data.load(), 11u);
  EXPECT_EQ(refused(order(R"("items":[{"name":"a shirt"}])")), "taken") << "goods have names";
  EXPECT_EQ(refused(order(R"("keyword":"连衣裙","buyer_pid":"2088123412341234")")), "taken");
  EXPECT_EQ(refused(R"({"type":"ref.operator","source":"reg","event_time":1794326400000,"id":"91350100M000100Y43","name":"某公司"})"), "taken");
  EXPECT_EQ(event().as<ReferenceEvent>().id.text, "USCC:91350100M000100Y43");
  EXPECT_EQ(refused(R"({"type":"ref.courier","source":"sf","event_time":1794326400000,"id":"c","name":"x"})"), "raw_personal_data /name");
}

TEST_F(JsonDecoderTest, PersonalDataIsOnlyCountedWhenTheOfficeSaysSo) {
  options_.reject_raw_pii = false;
  rebuild();
  EXPECT_EQ(refused(order(R"("phone":"x","buyer_pid":"13800138000")")), "taken");
  EXPECT_EQ(counters_.personal_data.load(), 2u);
}

TEST_F(JsonDecoderTest, ReviewTextBecomesAPrintOfItself) {
  const auto review = [&](const std::string& text) {
    EXPECT_TRUE(decode(R"({"type":"review.posted","source":"t","event_time":1794326400000,"review_id":"r","shop_id":"s","stars":"good","text":")" + text + "\"}"));
    return event().as<ReviewEvent>();
  };
  const ReviewEvent a = review("质量很好，物流很快，下次还会再来");
  const ReviewEvent b = review("质量很好,物流很快,下次还会\xE2\x80\x8B再来");
  EXPECT_EQ(a.stars, 5);
  EXPECT_EQ(a.text_points, 16u);
  EXPECT_NE(a.simhash, 0u);
  EXPECT_EQ(a.simhash, b.simhash) << "full-width punctuation and zero-width spaces do not hide a copy";
  EXPECT_EQ(review("").simhash, 0u);
}

TEST_F(JsonDecoderTest, AnOfficesComplaintNamesThePlatformItself) {
  ASSERT_TRUE(decode(R"({"type":"complaint.filed","source":"12315","event_time":1794326400000,"complaint_id":"c1","code":"empty_parcel","shop_id":"taobao:s1"})"));
  EXPECT_EQ(event().as<ComplaintEvent>().shop.text, "taobao:s1");
  EXPECT_EQ(event().as<ComplaintEvent>().channel.text, "12315");
  ASSERT_TRUE(decode(R"({"type":"complaint.filed","source":"12315","event_time":1794326400000,"complaint_id":"c1","platform":"jd","shop_id":"s1"})"));
  EXPECT_EQ(event().as<ComplaintEvent>().shop.text, "jd:s1");
  EXPECT_EQ(event().as<ComplaintEvent>().subject.text, "PLAT:jd:s1");
  EXPECT_EQ(refused(R"({"type":"complaint.filed","source":"12315","event_time":1794326400000,"complaint_id":"c1"})"), "missing_field /shop_id");
}

TEST_F(JsonDecoderTest, ACoordinateIsTheSameInEverySpelling) {
  // The plain spelling is read as an integer, one with an exponent as a double.
  const auto lon = [&](const std::string& text) {
    EXPECT_TRUE(decode(R"({"type":"ref.outlet","source":"sf","event_time":1794326400000,"id":"029A","lon":)" + text + "}")) << text;
    return event().as<ReferenceEvent>().lon_e6;
  };
  for (std::int64_t e6 = -180'000'000; e6 <= 180'000'000; e6 += 1'234'567) {
    char text[32];
    std::snprintf(text, sizeof text, "%s%lld.%06lld", e6 < 0 ? "-" : "", static_cast<long long>(std::abs(e6) / 1'000'000),
                  static_cast<long long>(std::abs(e6) % 1'000'000));
    EXPECT_EQ(lon(text), e6) << text;
    EXPECT_EQ(lon(std::string(text) + "e0"), e6) << text;
    const std::string shorter(text, std::strlen(text) - 3);
    EXPECT_EQ(lon(shorter), lon(shorter + "e0")) << shorter;
  }
  EXPECT_EQ(lon("-0.0"), 0);
  EXPECT_EQ(lon("180.0"), 180'000'000);
  for (const char* text : {"180.000001", "-180.1", "999.999999"}) {
    EXPECT_EQ(refused(R"({"type":"ref.outlet","source":"sf","event_time":1794326400000,"id":"029A","lon":)" + std::string(text) + "}"), "bad_number /lon") << text;
  }
}

TEST_F(JsonDecoderTest, CoordinatesAreMicrodegrees) {
  ASSERT_TRUE(decode(R"({"type":"ref.outlet","source":"sf","event_time":1794326400000,"id":"029A","lat":34.3416,"lon":-108.9398005})"));
  EXPECT_EQ(event().as<ReferenceEvent>().lat_e6, 34341600);
  EXPECT_EQ(event().as<ReferenceEvent>().lon_e6, -108939801);
  EXPECT_EQ(refused(R"({"type":"ref.outlet","source":"sf","event_time":1794326400000,"id":"029A","lat":90.5})"), "bad_number /lat");
}

TEST_F(JsonDecoderTest, AnUnknownWordIsCountedWhereTheEnumerationHasRoomForIt) {
  ASSERT_TRUE(decode(order(R"("channel":"metaverse")")));
  EXPECT_EQ(as_order().channel, Channel::kUnknown);
  EXPECT_EQ(counters_.unknown_words.load(), 1u);
  EXPECT_EQ(refused(R"({"type":"traffic.view","source":"t","event_time":1794326400000,"shop_id":"s","kind":"teleport"})"), "bad_type /kind");
}

TEST_F(JsonDecoderTest, ARecordAfterAnotherLeavesNothingBehind) {
  ASSERT_TRUE(decode(order(R"("buyer_pid":"b","items":[{"sku":"a"},{"sku":"b"}],"total_yuan":"5")")));
  ASSERT_TRUE(decode(order("")));
  EXPECT_EQ(as_order().buyer, 0u);
  EXPECT_EQ(as_order().total_fen, 0);
  EXPECT_TRUE(as_order().items.empty());
  EXPECT_EQ(as_order().subject.text, "PLAT:taobao:s1");
}

TEST_F(JsonDecoderTest, WhatTheWriterWritesIsReadBackWithTheSameNamesTimesAndAmounts) {
  ASSERT_TRUE(decode(order(R"("buyer_pid":"b","total_yuan":"200.07","items":[{"sku":"k","qty":3},{"sku":"l","qty":0},{"sku":"m"}],"carrier":"sf","waybill":"W")")));
  const std::string once = to_contract_json(event());
  ASSERT_TRUE(decode(once)) << once;
  EXPECT_EQ(as_order().shop.text, "taobao:s1");
  EXPECT_EQ(as_order().total_fen, 20007);
  EXPECT_EQ(as_order().items[0].qty, 3u);
  EXPECT_EQ(as_order().items[1].qty, 0u);
  EXPECT_EQ(as_order().items[2].qty, 1u);
  EXPECT_EQ(event().event_time, kNow);
  ASSERT_TRUE(decode(R"({"source":"taobao","event_time":1794326400000,"order_id":"o","shop_id":"s","status":"SOMETHING_NEW"})"));
  ASSERT_TRUE(decode(to_contract_json(event())));
  EXPECT_EQ(event().type, EventType::kOrderOther);
}

}  // namespace
}  // namespace brushwatch
