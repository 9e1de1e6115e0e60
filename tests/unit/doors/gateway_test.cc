#include "doors/gateway.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "engine/base/base64.h"
#include "engine/base/hash.h"
#include "engine/crypto/oprf.h"

namespace brushwatch::doors {
namespace {

const EventTime kFirst = *parse_time("2026-11-01T00:00:00+08:00"), kSecond = *parse_time("2026-12-01T00:00:00+08:00");

GatewayOptions options(const std::string& member = "taobao") {
  GatewayOptions out;
  out.member = member;
  out.keys = {{kFirst, std::string(32, 'a')}, {kSecond, std::string(32, 'b')}};
  return out;
}
rapidjson::Document passed(Gateway& gateway, const std::string& record) {
  const auto out = gateway.pass(record);
  EXPECT_TRUE(out) << record << (out ? "" : out.error().message());
  rapidjson::Document json;
  if (out) json.Parse(out->c_str());
  return json;
}
std::string order(const std::string& more, const std::string& time = "2026-11-11T00:00:00+08:00") {
  return R"({"type":"order.paid","source":"taobao","event_time":")" + time + R"(","shop_id":"S-1","order_id":"O-1","paid_fen":100)" + more + "}";
}
std::string pid(const rapidjson::Document& json, const char* name) { return json.HasMember(name) ? json[name].GetString() : ""; }

TEST(Gateway, ReplacesWhatNamesAPersonAndKeepsTheRest) {
  Gateway gateway(options());
  const auto json = passed(gateway, order(R"(,"buyer_account":"zhang_wei_1988","receiver_phone":"+86 138-0013-8000","receiver_name":"张伟","receiver_address":"西安市雁塔区科技路1号楼2单元301",)"
                                          R"("device_id":"A1B2C3D4","client_ip":"10.2.3.4","nickname":"x","unheard_of":"y")"));
  for (const char* name : {"buyer_pid", "phone_pid", "consignee_pid", "room_token", "building_token", "device_pid", "ip24_pid"}) EXPECT_EQ(pid(json, name).size(), 22u) << name;
  EXPECT_STREQ(json["shop_id"].GetString(), "S-1");
  EXPECT_EQ(json["paid_fen"].GetInt(), 100);
  for (const char* name : {"buyer_account", "receiver_phone", "receiver_name", "receiver_address", "device_id", "client_ip", "nickname", "unheard_of"}) EXPECT_FALSE(json.HasMember(name)) << name;
}

TEST(Gateway, GivesOneThingOneNameHoweverItIsSpelled) {
  Gateway gateway(options());
  const auto phone = [&](const std::string& v) { return pid(passed(gateway, order(R"(,"phone":")" + v + "\"")), "phone_pid"); };
  EXPECT_EQ(phone("13800138000"), phone("+86 138 0013 8000"));
  EXPECT_EQ(phone("13800138000"), phone("0086-13800138000"));
  EXPECT_NE(phone("13800138000"), phone("13800138001"));
  const auto ip = [&](const std::string& v) { return pid(passed(gateway, order(R"(,"ip":")" + v + "\"")), "ip24_pid"); };
  EXPECT_EQ(ip("10.2.3.4"), ip("10.2.3.99"));
  EXPECT_NE(ip("10.2.3.4"), ip("10.2.4.4"));
  const auto building = [&](const std::string& v) { return pid(passed(gateway, order(R"(,"address":")" + v + "\"")), "building_token"); };
  EXPECT_EQ(building("科技路1号楼2单元301"), building("科技路 1号楼 5单元 802"));
  EXPECT_NE(building("科技路1号楼2单元301"), building("科技路2号楼2单元301"));
}

TEST(Gateway, KeepsKindsMembersAndEpochsApart) {
  Gateway taobao(options()), jd(options("jd"));
  const auto json = passed(taobao, order(R"(,"buyer_account":"same","device_id":"same","session":"same")"));
  EXPECT_NE(pid(json, "buyer_pid"), pid(json, "device_pid"));
  EXPECT_NE(pid(json, "buyer_pid"), pid(json, "session"));
  EXPECT_NE(pid(json, "buyer_pid"), pid(passed(jd, order(R"(,"buyer_account":"same")")), "buyer_pid"));
  EXPECT_NE(pid(json, "buyer_pid"), pid(passed(taobao, order(R"(,"buyer_account":"same")", "2026-12-05T00:00:00+08:00")), "buyer_pid"));
  EXPECT_EQ(pid(json, "buyer_pid"), pid(passed(taobao, order(R"(,"buyer_account":"same")", "2026-11-30T23:59:59+08:00")), "buyer_pid"));
}

TEST(Gateway, LinksAcrossMembersThroughTheKeyHolderWhoSeesNothing) {
  const std::string key = *oprf_derive_key(std::string(32, 'k'), "alliance");
  std::set<std::string> seen;
  const auto with_link = [&](const std::string& member, const std::string& own_key) {
    GatewayOptions out = options(member);
    out.keys = {{kFirst, own_key}};
    out.link = {"phone"};
    out.evaluate = [&](std::string_view element) {
      EXPECT_TRUE(seen.insert(std::string(element)).second) << "a blinded element is fresh every time";
      return oprf_evaluate(key, element);
    };
    return out;
  };
  Gateway taobao(with_link("taobao", std::string(32, 'a'))), jd(with_link("jd", std::string(32, 'b')));
  const std::string record = order(R"(,"phone":"13800138000","buyer_account":"same")");
  const auto a = passed(taobao, record), b = passed(jd, record);
  EXPECT_EQ(pid(a, "phone_pid"), pid(b, "phone_pid"));
  EXPECT_NE(pid(a, "buyer_pid"), pid(b, "buyer_pid")) << "only what is meant to link";
  passed(taobao, record);
  EXPECT_EQ(taobao.counters().evaluated, 1u) << "remembered";
  GatewayOptions none = options();
  none.link = {"phone"};
  EXPECT_FALSE(Gateway(none).pass(record)) << "without a key holder nothing passes unlinked";
}

TEST(Gateway, RefusesWhatItCannotReplaceAndSaysNothingOfIt) {
  Gateway gateway(options());
  for (const char* more : {R"(,"reason":"13800138000")", R"(,"status":"张伟")", R"(,"items":[{"sku":"13800138000"}])", R"(,"qty":13800138000)", R"(,"items":[{"sku":"a","phone":"1"}])",
                           R"(,"reason":"110105199003071234")", R"(,"buyer_pid":{"a":1})"}) {
    const auto out = gateway.pass(order(more));
    ASSERT_FALSE(out) << more << *out;
    EXPECT_EQ(out.error().code, ErrorCode::kRawPersonalData) << more;
    EXPECT_EQ(out.error().message().find("138"), std::string::npos);
  }
  EXPECT_EQ(gateway.pass("nonsense").error().code, ErrorCode::kNotJson);
  EXPECT_EQ(gateway.pass("{}").error().code, ErrorCode::kMissingField);
  EXPECT_EQ(gateway.pass(R"({"event_time":"soon"})").error().code, ErrorCode::kBadTime);
  EXPECT_EQ(gateway.counters().refused, 10u);
}

TEST(Gateway, CannotMakeAPseudonymOfAnEpochWhoseKeyIsDestroyed) {
  GatewayOptions erased = options();
  erased.keys.erase(erased.keys.begin());
  Gateway gateway(erased);
  EXPECT_EQ(gateway.pass(order(R"(,"phone":"13800138000")")).error().code, ErrorCode::kStateForeign);
  EXPECT_TRUE(gateway.pass(order(R"(,"phone":"13800138000")", "2026-12-02T00:00:00+08:00")));
}

TEST(Gateway, TurnsReviewTextIntoAPrint) {
  Gateway gateway(options());
  const auto json = passed(gateway, R"({"type":"review.posted","source":"taobao","event_time":"2026-11-11T00:00:00+08:00","shop_id":"S-1","review_id":"R-1","text":"很好,联系13800138000张伟"})");
  EXPECT_FALSE(json.HasMember("text"));
  EXPECT_EQ(std::string(json["simhash"].GetString()).size(), 16u);
  EXPECT_GT(json["text_points"].GetInt(), 5);
}

TEST(GatewayKeys, AreReadAsTheyAreWritten) {
  const auto keys = options().keys;
  const auto again = read_gateway_keys(write_gateway_keys(keys));
  ASSERT_TRUE(again);
  ASSERT_EQ(again->size(), 2u);
  EXPECT_EQ((*again)[1].from, kSecond);
  EXPECT_EQ((*again)[1].key, keys[1].key);
  EXPECT_FALSE(read_gateway_keys("2026-11-01T00:00:00+08:00 abc\n"));
  EXPECT_FALSE(read_gateway_keys("soon " + std::string(64, 'a') + "\n"));
  EXPECT_FALSE(read_gateway_keys("2026-12-01T00:00:00+08:00 " + std::string(64, 'a') + "\n2026-11-01T00:00:00+08:00 " + std::string(64, 'a') + "\n"));
}

}  // namespace
}  // namespace brushwatch::doors
