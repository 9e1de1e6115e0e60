// doors/oprf_route.cc: a member's gateway asks the key holder over HTTP.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "engine/crypto/oprf.h"
#include "tests/unit/doors/door.h"

namespace brushwatch::doors {
namespace {

using test::DoorFixture;
using test::WireReply;

std::string hex_of(std::string_view bytes) { return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}); }
std::string who(const std::string& party) { return "x-role: platform\r\nx-name: gateway\r\nx-party: " + party + "\r\nContent-Type: application/json\r\n"; }

TEST(OprfRoute, LinksAValueAcrossMembersAndNeverSeesIt) {
  const std::string key = *oprf_derive_key(std::string(32, 's'), "test");
  DoorFixture door({.oprf_key = key});
  std::set<std::string> pseudonyms;
  for (const char* party : {"taobao", "jd"}) {
    const OprfBlinded blinded = *oprf_blind("13800138000");
    const WireReply reply = door.ask("/api/v1/oprf", who(party), "POST", "{\"elements\":[\"" + hex_of(blinded.element) + "\"]}");
    ASSERT_EQ(reply.status, 200) << reply.body;
    rapidjson::Document json;
    json.Parse(reply.body.c_str());
    std::string evaluated(kOprfElementBytes, '\0');
    ASSERT_TRUE(from_hex(json["evaluated"][0].GetString(), {reinterpret_cast<std::uint8_t*>(evaluated.data()), evaluated.size()}));
    pseudonyms.insert(*oprf_finalize("13800138000", blinded.blind, evaluated));
  }
  EXPECT_EQ(pseudonyms, std::set<std::string>{*oprf_direct(key, "13800138000")});
}

TEST(OprfRoute, HasABudgetForEachPartyAndRefusesWhatIsNoElement) {
  DoorFixture door({.oprf_key = *oprf_derive_key(std::string(32, 's'), "test")});
  const std::string element = hex_of(oprf_blind("x")->element);
  for (const std::string& body : {std::string(), std::string("{}"), std::string(R"({"elements":[]})"), std::string(R"({"elements":["00"]})"), std::string(R"({"elements":[1]})"),
                                  "{\"elements\":[\"" + element + "\"],\"more\":1}"}) {
    EXPECT_EQ(door.ask("/api/v1/oprf", who("sf"), "POST", body).status, 400) << body;
  }
  EXPECT_EQ(door.ask("/api/v1/oprf", who("zto"), "POST", "{\"elements\":[\"" + std::string(66, 'f') + "\"]}").status, 400) << "no point of the curve";
  const std::string three = "{\"elements\":[\"" + element + "\",\"" + element + "\",\"" + element + "\"]}", two = "{\"elements\":[\"" + element + "\",\"" + element + "\"]}";
  EXPECT_EQ(door.ask("/api/v1/oprf", who("taobao"), "POST", three).status, 200);
  const WireReply over = door.ask("/api/v1/oprf", who("taobao"), "POST", three);
  EXPECT_EQ(over.status, 429);
  EXPECT_TRUE(over.has("Retry-After: "));
  EXPECT_EQ(door.ask("/api/v1/oprf", who("jd"), "POST", two).status, 200) << "each party has its own";
}

TEST(OprfRoute, SaysThatItHoldsNoKey) {
  DoorFixture door;
  EXPECT_EQ(door.ask("/api/v1/oprf", who("taobao"), "POST", "{}").status, 503);
}

}  // namespace
}  // namespace brushwatch::doors
