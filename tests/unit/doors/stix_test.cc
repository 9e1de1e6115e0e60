#include "doors/stix.h"

#include <regex>
#include <set>

#include "tests/unit/doors/entry_lines.h"

namespace brushwatch::doors {
namespace {

using test::EntryLine;
using test::Lines;

StixEntry entry(const std::string& list = "BLACK") {
  Lines lines;
  const auto out = stix_entry(lines.next(1, EntryLine("L-00000000000000a1", list, 1).fields(), 0, Output::kList, Stage::kAlliance), Tlp::kGreen);
  EXPECT_TRUE(out);
  return *out;
}
rapidjson::Document parsed(const std::string& bundle) {
  rapidjson::Document json;
  json.Parse(bundle.c_str());
  EXPECT_FALSE(json.HasParseError());
  return json;
}
const rapidjson::Value* of_type(const rapidjson::Document& bundle, const std::string& type, std::size_t nth = 0) {
  for (const auto& object : bundle["objects"].GetArray()) {
    if (object["type"].GetString() == type && nth-- == 0) return &object;
  }
  return nullptr;
}

/// The rules of STIX 2.1 that our kinds of objects meet: §2.9 identifiers, §3.2 common properties, §4.5, §4.6, §5.2 and §7.2.
void expect_valid(const rapidjson::Document& bundle) {
  const std::regex id("[a-z][a-z-]+--[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  const std::regex time("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z");
  const std::set<std::string> fixed = {"marking-definition", "extension-definition"};
  std::set<std::string> ids, wanted;
  EXPECT_TRUE(std::regex_match(bundle["id"].GetString(), id));
  for (const auto& object : bundle["objects"].GetArray()) {
    const std::string type = object["type"].GetString(), own = object["id"].GetString();
    EXPECT_TRUE(ids.insert(own).second) << own << " stands twice";
    EXPECT_EQ(own.substr(0, own.find("--")), type);
    if (!fixed.contains(type)) EXPECT_TRUE(std::regex_match(own, id)) << own;
    EXPECT_STREQ(object["spec_version"].GetString(), "2.1");
    EXPECT_TRUE(std::regex_match(object["created"].GetString(), time));
    if (type == "marking-definition") continue;
    EXPECT_TRUE(std::regex_match(object["modified"].GetString(), time));
    EXPECT_LE(std::string(object["created"].GetString()), object["modified"].GetString());
    for (const auto& mark : object["object_marking_refs"].GetArray()) wanted.insert(mark.GetString());
    if (object.HasMember("created_by_ref")) wanted.insert(object["created_by_ref"].GetString());
    if (type == "identity") EXPECT_GT(object["name"].GetStringLength(), 0u);
    if (type == "indicator") {
      EXPECT_TRUE(object.HasMember("pattern") && object.HasMember("pattern_type") && object.HasMember("valid_from"));
      if (object.HasMember("valid_until")) EXPECT_LT(std::string(object["valid_from"].GetString()), object["valid_until"].GetString());
    }
    if (type == "sighting") {
      wanted.insert(object["sighting_of_ref"].GetString());
      for (const auto& where : object["where_sighted_refs"].GetArray()) wanted.insert(where.GetString());
      EXPECT_LE(std::string(object["first_seen"].GetString()), object["last_seen"].GetString());
    }
  }
  for (const std::string& reference : wanted) EXPECT_TRUE(ids.contains(reference)) << reference << " is not in the bundle";
}

TEST(Stix, IsABundleOfMarkedObjectsThatNameOnlyWhatIsInIt) {
  StixEntry seen = entry();
  seen.alerts = 3;
  seen.first_alert = *parse_time("2026-11-11T00:00:00+08:00");
  seen.last_alert = *parse_time("2026-12-01T00:00:00+08:00");
  seen.alerts_tlp = Tlp::kAmber;
  const auto bundle = parsed(stix_bundle("联盟", {seen}));
  expect_valid(bundle);
  EXPECT_STREQ((*of_type(bundle, "indicator"))["pattern"].GetString(), "[user-account:account_type = 'taobao' AND user-account:user_id = 'S-1']");
  EXPECT_STREQ((*of_type(bundle, "indicator"))["object_marking_refs"][0].GetString(), "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb") << "TLP:GREEN";
  EXPECT_STREQ((*of_type(bundle, "indicator"))["valid_from"].GetString(), "2026-12-16T00:07:06.000Z");
  EXPECT_EQ((*of_type(bundle, "sighting"))["count"].GetInt(), 3);
  EXPECT_STREQ((*of_type(bundle, "sighting"))["object_marking_refs"][0].GetString(), "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421") << "TLP:AMBER, as the alerts";
}

TEST(Stix, GivesOneEntryOneNameHoweverOftenItIsExported) {
  const std::string once = stix_bundle("联盟", {entry()});
  EXPECT_EQ(once, stix_bundle("联盟", {entry()}));
  StixEntry later = entry();
  later.modified = {later.modified.ms + kDayMs};
  const auto a = parsed(once), b = parsed(stix_bundle("联盟", {later}));
  EXPECT_STREQ((*of_type(a, "indicator"))["id"].GetString(), (*of_type(b, "indicator"))["id"].GetString());
  EXPECT_STRNE(a["id"].GetString(), b["id"].GetString());
}

TEST(Stix, IndicatesNothingOfTheRedListAndRevokesWhatEnded) {
  const auto red = parsed(stix_bundle("", {entry("RED")}));
  expect_valid(red);
  EXPECT_EQ(of_type(red, "indicator"), nullptr);
  StixEntry over = entry();
  over.ended = true;
  const auto ended = parsed(stix_bundle("", {over}));
  expect_valid(ended);
  EXPECT_TRUE((*of_type(ended, "indicator"))["revoked"].GetBool());
  expect_valid(parsed(stix_bundle("", {})));
}

TEST(Stix, OfThePublicRecordHoldsNoAccountAndNoSighting) {
  Lines lines;
  const auto record = public_record(lines.next(1, EntryLine().fields(), 0, Output::kList, Stage::kAlliance));
  const std::string text = stix_bundle("联盟", {stix_entry({**record, "2026-12-16", "public/alliance/0", 0, "{}"})});
  const auto bundle = parsed(text);
  expect_valid(bundle);
  for (const std::string& canary : EntryLine::canaries()) EXPECT_EQ(text.find(canary), std::string::npos) << canary;
  EXPECT_EQ(of_type(bundle, "sighting"), nullptr);
  EXPECT_STREQ((*of_type(bundle, "indicator"))["pattern"].GetString(), "[user-account:display_name = '好店 & <小店>']");
}

TEST(Stix, QuotesWhatStandsInAPattern) {
  StixEntry odd = entry();
  odd.account = "taobao:S'1\\";
  EXPECT_STREQ((*of_type(parsed(stix_bundle("", {odd})), "indicator"))["pattern"].GetString(), "[user-account:account_type = 'taobao' AND user-account:user_id = 'S\\'1\\\\']");
}

}  // namespace
}  // namespace brushwatch::doors
