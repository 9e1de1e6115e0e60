#include "doors/dead_letters.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "tests/unit/doors/lines.h"

namespace brushwatch::doors {
namespace {

const Principal kTaobao{Role::kPlatform, "ops", "taobao"};

struct World {
  explicit World(std::size_t each = DeadLetters::kEach) : letters({"taobao", "sf"}, each) {}
  std::string line(const std::string& party, const std::string& bytes = "YmFk") {
    const std::uint64_t at = round++;
    return lines.next(at, test::dead_letter(party, static_cast<int>(at), bytes), 0, Output::kDeadLetter, Stage::kIntake);
  }
  void add(const std::string& party) {
    EXPECT_TRUE(letters.add(line(party)));
    letters.publish();
  }
  test::Lines lines;
  DeadLetters letters;
  std::uint64_t round = 1;
};

TEST(DeadLetters, AreTheirPartysAloneWhateverTheRole) {
  World world;
  world.add("taobao");
  for (std::size_t r = 0; r < kRoles; ++r) {
    for (const char* party : {"taobao", "sf", "jd", ""}) {
      const auto role = static_cast<Role>(r);
      const bool own = (role == Role::kPlatform || role == Role::kCarrier) && std::string_view(party) == "taobao";
      EXPECT_EQ(world.letters.follow({}, {role, "x", party}, 10).letters.size(), own ? 1U : 0U) << role_name(role) << " " << party;
    }
  }
}

TEST(DeadLetters, SayWhichRecordAndWhyButNotTheRecord) {
  World world;
  const std::string line = world.line("taobao", "c2VjcmV0");
  ASSERT_TRUE(world.letters.add(line));
  world.letters.publish();
  const auto piece = world.letters.follow({}, kTaobao, 10);
  ASSERT_EQ(piece.letters.size(), 1U);
  const std::string& text = *piece.letters[0].json;
  EXPECT_EQ(text.find("c2VjcmV0"), std::string::npos);
  rapidjson::Document json;
  json.Parse(text.data(), text.size());
  ASSERT_TRUE(json.IsObject()) << text;
  EXPECT_STREQ(json["error"].GetString(), "not_json");
  EXPECT_STREQ(json["field"].GetString(), "/a");
  EXPECT_STREQ(json["source"].GetString(), "door");
  EXPECT_EQ(json["offset"].GetInt64(), 1);
  EXPECT_EQ(json["length"].GetInt64(), 3);
  EXPECT_STREQ(json["marking"]["owner"].GetString(), "taobao");
  EXPECT_STREQ(json["marking"]["tlp"].GetString(), "amber_strict");
  EXPECT_NE(line.find(json["hash"].GetString()), std::string::npos) << "of the line in the chain";
  EXPECT_STREQ(json["id"].GetString(), "1-0-0-2-0");
}

TEST(DeadLetters, LeaveOutWhatIsNobodysOrOfAPartyWithoutATopic) {
  World world;
  world.add("");
  world.add("jd");
  EXPECT_FALSE(world.letters.publish());
  EXPECT_TRUE(world.letters.follow({}, kTaobao, 10).letters.empty());
  EXPECT_TRUE(world.letters.follow({}, {Role::kPlatform, "x", ""}, 10).letters.empty());
  EXPECT_TRUE(world.letters.follow({}, {Role::kPlatform, "x", "jd"}, 10).letters.empty());
}

TEST(DeadLetters, AreSeenOnlyOncePublishedAndOnce) {
  World world;
  const std::string line = world.line("taobao");
  ASSERT_TRUE(world.letters.add(line));
  EXPECT_TRUE(world.letters.follow({}, kTaobao, 10).letters.empty());
  EXPECT_TRUE(world.letters.publish());
  ASSERT_TRUE(world.letters.add(line));  // folded again
  world.letters.publish();
  const auto piece = world.letters.follow({}, kTaobao, 10);
  EXPECT_EQ(piece.letters.size(), 1U);
  EXPECT_FALSE(piece.missed);
  EXPECT_TRUE(world.letters.follow(piece.reached, kTaobao, 10).letters.empty());
}

TEST(DeadLetters, HoldTheNewestAndSayWhatIsGone) {
  World world(3);
  for (int n = 0; n < 5; ++n) world.add("taobao");
  const auto all = world.letters.follow({}, kTaobao, 10);
  EXPECT_TRUE(all.missed);
  ASSERT_EQ(all.letters.size(), 3U);
  EXPECT_EQ(to_text(all.letters.front().key), "3-0-0-2-2");
  const auto two = world.letters.follow(*key_from_text("2-0-0-2-1"), kTaobao, 2);
  EXPECT_FALSE(two.missed);
  EXPECT_EQ(two.letters.size(), 2U);
  EXPECT_EQ(to_text(two.reached), "4-0-0-2-3");
}

TEST(DeadLetters, RefuseALineThatIsNone) {
  World world;
  EXPECT_FALSE(world.letters.add(R"({"seq":0,"type":"dead_letter","party":"taobao","bytes_base64":"YmFk"})"));
}

}  // namespace
}  // namespace brushwatch::doors
