#include "connectors/codec/json_shape.h"

#include <gtest/gtest.h>

#include <random>

#include "connectors/codec/json_walk.h"

namespace brushwatch {
namespace {

constexpr JsonWalkOptions kOptions{2u << 20, 32, true};

const std::string kOrder =
    R"({"type":"order.paid","event_time":1793548845088,"order_id":"20675","region6":610114,"items":[{"sku":"i9","qty":1},{"sku":"i10","qty":2}],"channel":"live"})";
const std::string kSeeds[] = {
    kOrder,
    R"( { "specversion" : "1.0" , "data" : { "order_id" : "7" , "items" : [ ] , "x" : { "order_id" : [ 1 , true ] } } , "id" : null , "paid" : -2.5e3 } )",
    "{\"text\":\"\xE5\xA5\xBD\xE8\xAF\x84\",\"status\":0,\"unknown\":[[{}]],\"scrolled\":false,\"items\":[],\"kind\":\"\"}"};

std::string text_of(const Members& members) {
  std::string out;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    if (const Member* m = members.find(static_cast<Field>(f))) {
      out.append(field_name(m->field)).append("=").append(std::to_string(static_cast<int>(m->kind))).append(":").append(m->text).append(";");
    }
  }
  return out;
}
std::string text_of(const JsonObject& object) {
  std::string out = text_of(object.members);
  for (const Members& item : object.items()) out += "[" + text_of(item) + "]";
  return out;
}
/// All that a walk says of a record.
std::string said(JsonWalker& walker, const std::string& record) {
  // Exactly the bytes of the record: a read beyond them shows under AddressSanitizer.
  const std::vector<char> bytes(record.begin(), record.end());
  static JsonRecord out;  // with what an earlier record left in it
  const auto result = walker.walk({bytes.data(), bytes.size()}, out);
  if (!result) return std::string(error_name(result.error().code)) + " " + result.error().context;
  return text_of(out.top) + "|" + text_of(out.data);
}

TEST(RecordShapes, ARecordWithOtherValuesIsReadByTheShapeOfTheFirst) {
  JsonWalker walker(kOptions);
  said(walker, kOrder);
  EXPECT_EQ(walker.records_by_shape(), 0U);
  const std::string other =
      R"({"type":"","event_time":0,"order_id":"a much longer name than the other","region6":1.5e3,"items":[{"sku":"","qty":true},{"sku":"ä","qty":null}],"channel":"x"})";
  JsonWalker fresh(kOptions);
  EXPECT_EQ(said(walker, other), said(fresh, other));
  EXPECT_EQ(walker.records_by_shape(), 1U);
}

TEST(RecordShapes, WhatIsLeftToTheWalkIsReadByIt) {
  const std::string cases[] = {
      R"({"type":"order.paid","event_time":1,"order_id":"20675"})",                                                                                       // ends early
      R"({"type":"a\nb","event_time":1,"order_id":"2","region6":6,"items":[{"sku":"i9","qty":1},{"sku":"i","qty":2}],"channel":"live"})",                 // an escape
      R"({"type":"x","event_time":01,"order_id":"2","region6":6,"items":[{"sku":"i9","qty":1},{"sku":"i","qty":2}],"channel":"live"})",                   // no number
      R"({"type":"x","event_time":"1","order_id":"2","region6":6,"items":[{"sku":"i9","qty":1},{"sku":"i","qty":2}],"channel":"live"})",                  // a text instead
      R"({"type":"x","event_time":{},"order_id":"2","region6":6,"items":[{"sku":"i9","qty":1},{"sku":"i","qty":2}],"channel":"live"})",                   // an object instead
      R"({"type":"x","event_time":1,"order_id":"2","region6":6,"items":[{"sku":"i9","qty":1},{"sku":"i","qty":2}],"channel":"live"} x)",                  // bytes behind it
      "{\"type\":\"\xFF\",\"event_time\":1,\"order_id\":\"2\",\"region6\":6,\"items\":[{\"sku\":\"i9\",\"qty\":1},{\"sku\":\"i\",\"qty\":2}],\"channel\":\"l\"}",  // no UTF-8
      "{\"type\":\"\t\",\"event_time\":1,\"order_id\":\"2\",\"region6\":6,\"items\":[{\"sku\":\"i9\",\"qty\":1},{\"sku\":\"i\",\"qty\":2}],\"channel\":\"l\"}"};   // a control character
  for (const std::string& record : cases) {
    JsonWalker taught(kOptions), fresh(kOptions);
    said(taught, kOrder);
    EXPECT_EQ(said(taught, record), said(fresh, record)) << record;
    EXPECT_EQ(taught.records_by_shape(), 0U) << record;
  }
}

TEST(RecordShapes, AFaultOfTheContractIsNoShape) {
  // Taken by the walk, refused by the reader: the list must be there to be refused each time.
  const std::string record = R"({"type":"order.paid","buyer_pid":["b1"],"shop_id":{"x":1}})";
  JsonWalker walker(kOptions), fresh(kOptions);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(said(walker, record), said(fresh, record));
  EXPECT_EQ(walker.records_by_shape(), 0U);
}

TEST(RecordShapes, PersonalMembersThatAreOnlyCountedAreCountedEachTime) {
  JsonWalker walker({2u << 20, 32, false});
  for (int i = 0; i < 20; ++i) {
    said(walker, R"({"type":"order.paid","receiver_name":"x"})");
    EXPECT_EQ(walker.personal_members(), 1U);
  }
}

TEST(RecordShapes, ARecordThatIsTooLargeIsTooLargeInAnyShape) {
  JsonWalker walker({64, 32, true}), fresh({64, 32, true});
  said(walker, R"({"type":"x"})");
  const std::string large = R"({"type":")" + std::string(64, 'y') + R"("})";
  EXPECT_EQ(said(walker, large), said(fresh, large));
  EXPECT_TRUE(said(walker, large).starts_with("too_large")) << said(walker, large);
}

/// Whatever was learned before, a record is read as by a walk that has learned nothing: records of a few forms with bytes changed, put in
/// or taken out, in any order.
TEST(RecordShapes, SayWhatTheWalkSays) {
  const std::string_view alphabet = "{}[]:,\"\\ \t\n0123456789-+.eEtrufalsn/x\x01\x7F\x80\xC3\xE5";
  std::mt19937_64 chance(20260702);
  JsonWalker taught(kOptions);
  std::uint64_t read = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string record = kSeeds[chance() % std::size(kSeeds)];
    for (std::uint64_t n = chance() % 3; n > 0 && !record.empty(); --n) {
      const std::size_t at = chance() % record.size();
      const char c = alphabet[chance() % alphabet.size()];
      switch (chance() % 4) {
        case 0: record[at] = c; break;
        case 1: record.insert(at, 1, c); break;
        case 2: record.erase(at, 1); break;
        default: if (chance() % 8 == 0) record.resize(at + 1); break;
      }
    }
    JsonWalker fresh(kOptions);
    ASSERT_EQ(said(taught, record), said(fresh, record)) << record;
    read = taught.records_by_shape();
  }
  EXPECT_GT(read, 20'000U);
}

TEST(RecordShapes, ManyFormsAreForgottenAndLearnedAnew) {
  JsonWalker walker(kOptions), fresh(kOptions);
  const auto form = [](int n) { return R"({"type":"x","u)" + std::to_string(n) + R"(":1,"order_id":"7","v":[1,2,3,4,5,6,7,8,9,10]})"; };
  for (int n = 0; n < 10'000; ++n) ASSERT_EQ(said(walker, form(n)), said(fresh, form(n)));
  const std::uint64_t before = walker.records_by_shape();
  for (int i = 0; i < 100; ++i) said(walker, kOrder);
  EXPECT_GT(walker.records_by_shape(), before + 80);
}

}  // namespace
}  // namespace brushwatch
