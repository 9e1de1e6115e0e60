#include "doors/webhooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <thread>

#include "state/memory_store.h"
#include "tests/support/test_clock.h"
#include "tests/unit/doors/held_poster.h"
#include "tests/unit/doors/lines.h"

namespace brushwatch::doors {
namespace {

using test::AlertText;
using test::HeldPoster;
using test::TestClock;

const Principal kMember{Role::kPlatform, "ann@taobao", "taobao"}, kColleague{Role::kPlatform, "bob@taobao", "taobao"}, kOther{Role::kPlatform, "eve@jd", "jd"};
const std::set<Topic> kAlerts{Topic::kAlert};
constexpr const char* kUrl = "https://member.example/hooks";

struct World {
  explicit World(WebhookLimits l = {}) : limits(l) {
    limits.drain_ms = 0;
    open();
  }
  ~World() { close(); }
  void open() {
    webhooks = std::move(*Webhooks::open(*rows, model, poster, clock, AddressRule::kPublicOnly, limits));
    webhooks->watch({[this](bool taken, double seconds) { posts.emplace_back(taken, seconds); }, [this](double seconds) { ages.push_back(seconds); }});
    webhooks->start();
  }
  void close() {
    if (!webhooks) return;
    for (auto& h : poster.take_all()) h.done({0, "stopped", 0});
    webhooks.reset();
  }
  /// As a crash leaves it: the process is gone with whatever it had not written.
  void crash() {
    auto survived = make_memory_store();
    StoreBatch batch;
    (void)rows->scan("", [&](std::string_view key, std::string_view value) { return batch.put(key, value), true; });
    (void)survived->write(batch);
    close();
    rows = std::move(survived);
    open();
  }
  void tell(int n, const AlertText& more = {}) {
    AlertText text = more;
    text.id = fmt::format("A-{:016x}", n);
    ASSERT_TRUE(model.add(Output::kAlert, lines.alert(static_cast<std::uint64_t>(n), text)));
    ASSERT_TRUE(model.publish());
    webhooks->wake();
  }
  std::string add(const Principal& who = kMember, const char* url = kUrl) { return webhooks->add(who, url, kAlerts, std::nullopt)->first.endpoint.id; }
  void later(std::int64_t ms) {
    clock.advance(ms);
    webhooks->wake();
  }
  template <class Holds>
  bool until(Holds holds) {
    for (int n = 0; n < 20'000 && !holds(); ++n) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return holds();
  }

  WebhookLimits limits;
  // What was measured; whole once counts() has been asked for what the test waits for: both are under the same lock.
  std::vector<std::pair<bool, double>> posts;
  std::vector<double> ages;
  std::unique_ptr<StateStore> store = make_memory_store(), rows = make_memory_store();
  ReadModel model{*store};
  test::Lines lines;
  HeldPoster poster;
  TestClock clock;
  std::unique_ptr<Webhooks> webhooks;
};

TEST(Webhooks, PostsEachLineOnceWithIdTimestampAndBothSignatures) {
  World world;
  const auto made = world.webhooks->add(kMember, kUrl, kAlerts, std::nullopt);
  ASSERT_TRUE(made);
  world.tell(1);
  auto post = world.poster.next();
  EXPECT_EQ(post.post.url, kUrl);
  EXPECT_EQ(post.header("webhook-id"), "msg_1-5-0-0-0");
  const std::string at = post.header("webhook-timestamp");
  EXPECT_EQ(at, std::to_string(world.clock.now().ms / 1000));
  for (const std::string& key : {made->second.secret, made->second.public_key}) EXPECT_TRUE(webhook_holds(key, post.header("webhook-id"), at, post.header("webhook-signature"), post.post.body, std::stoll(at)));
  rapidjson::Document body;
  body.Parse(post.post.body.c_str());
  EXPECT_STREQ(body["type"].GetString(), "alert");
  EXPECT_STREQ(body["data"]["id"].GetString(), "A-0000000000000001");
  EXPECT_STREQ(body["timestamp"].GetString(), body["data"]["event_time"].GetString());
  post.done({200, "", 0});
  ASSERT_TRUE(world.until([&] { return world.webhooks->counts().delivered == 1; }));
  EXPECT_EQ(world.webhooks->counts().waiting, 0u);
  EXPECT_EQ(world.poster.held(), 0u);
}

TEST(Webhooks, TellsAnEndpointOnlyWhatItsOwnerMaySee) {
  World world;
  world.add();
  world.add(kOther);
  world.tell(1, {.subject = "jd:S-9", .direction = "victim"});  // of jd's shop, for jd's eyes
  world.tell(2);
  std::multiset<std::string> ids;
  for (int n = 0; n < 3; ++n) {
    auto post = world.poster.next();
    ids.insert(post.header("webhook-id"));
    post.done({200, "", 0});
  }
  EXPECT_EQ(ids, (std::multiset<std::string>{"msg_1-5-0-0-0", "msg_2-5-0-0-1", "msg_2-5-0-0-1"}));
}

TEST(Webhooks, BelongsToItsPartyAndToNobodyElse) {
  World world;
  const std::string id = world.add();
  EXPECT_TRUE(world.webhooks->get(kColleague, id));
  for (const Principal& who : {kOther, Principal{Role::kCarrier, "ann@taobao", "taobao"}, Principal{Role::kAnalyst, "ann@taobao", ""}}) {
    EXPECT_FALSE(world.webhooks->get(who, id));
    EXPECT_TRUE(world.webhooks->list(who).empty());
    EXPECT_EQ(world.webhooks->disable(who, id).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(world.webhooks->rotate(who, id).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(world.webhooks->resend(who, id, "").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(world.webhooks->remove(who, id).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(world.webhooks->test(who, id, {}).error().code, ErrorCode::kNotFound);
  }
}

TEST(Webhooks, TriesAgainByTheScheduleAndKeepsTheDeadLetter) {
  World world;
  const std::string id = world.add();
  world.tell(1);
  std::string body;
  std::int64_t before = 0;
  for (std::size_t attempt = 1; attempt <= kWebhookAttemptsMost; ++attempt) {
    auto post = world.poster.next();
    EXPECT_EQ(post.header("webhook-id"), "msg_1-5-0-0-0");
    if (attempt > 1) {
      EXPECT_EQ(post.post.body, body);
      EXPECT_GT(std::stoll(post.header("webhook-timestamp")), before);
    }
    body = post.post.body;
    before = std::stoll(post.header("webhook-timestamp"));
    post.done({500, "", 0});
    if (attempt == kWebhookAttemptsMost) break;
    const auto wait = *webhook_retry_ms(attempt, world.limits.jitter_percent, id, "msg_1-5-0-0-0");
    EXPECT_GE(wait, kWebhookRetryMs[attempt - 1]);
    EXPECT_LT(wait, kWebhookRetryMs[attempt - 1] * 6 / 5);
    world.later(wait);
  }
  ASSERT_TRUE(world.until([&] { return world.webhooks->counts().dead == 1; }));
  EXPECT_EQ(world.webhooks->counts().retried, kWebhookAttemptsMost - 1);
  EXPECT_EQ(world.posts.size(), kWebhookAttemptsMost);
  EXPECT_TRUE(world.ages.empty()) << "nothing was delivered";
  const auto dead = world.webhooks->dead(kMember, id, 10);
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].error, "500");
  EXPECT_EQ(dead[0].attempts, kWebhookAttemptsMost);
  EXPECT_EQ(world.webhooks->resend(kMember, id, "msg_9-9-9-9-9").error().code, ErrorCode::kNotFound);
  world.crash();
  EXPECT_EQ(*world.webhooks->resend(kMember, id, ""), 1u);
  auto again = world.poster.next();
  EXPECT_EQ(again.header("webhook-id"), "msg_1-5-0-0-0");
  EXPECT_EQ(again.post.body, body);
  again.done({200, "", 0});
  ASSERT_TRUE(world.until([&] { return world.webhooks->counts().delivered == 1; }));
  EXPECT_TRUE(world.webhooks->dead(kMember, id, 10).empty());
}

TEST(Webhooks, MeasuresEachPostAndTheAgeOfWhatIsTaken) {
  World world;
  world.add();
  world.tell(1);
  auto post = world.poster.next();
  world.clock.advance(250);
  post.done({200, "", 0});
  ASSERT_TRUE(world.until([&] { return world.webhooks->counts().delivered == 1; }));
  ASSERT_EQ(world.posts.size(), 1u);
  EXPECT_EQ(world.posts[0], std::make_pair(true, 0.25));
  EXPECT_EQ(world.ages, (std::vector<double>{0.25}));
}

TEST(Webhooks, CountsATryAgainIntoTheTimeOfTheDelivery) {
  World world;
  const std::string id = world.add();
  world.tell(1);
  world.poster.next().done({500, "", 0});
  const auto wait = *webhook_retry_ms(1, world.limits.jitter_percent, id, "msg_1-5-0-0-0");
  world.later(wait);
  world.poster.next().done({200, "", 0});
  ASSERT_TRUE(world.until([&] { return world.webhooks->counts().delivered == 1; }));
  EXPECT_EQ(world.webhooks->counts().retried, 1u);
  ASSERT_EQ(world.posts.size(), 2u);
  EXPECT_EQ(world.posts[0], std::make_pair(false, 0.0));
  EXPECT_TRUE(world.posts[1].first);
  ASSERT_EQ(world.ages.size(), 1u);
  EXPECT_GE(world.ages[0], static_cast<double>(wait) / 1e3);
}

TEST(Webhooks, LosesNothingWhenItCrashesAtAnyMoment) {
  World world;
  world.add();
  std::set<std::string> wanted, taken;
  int n = 0;
  // Each turn dies in another state: nothing begun, some answered, some failed, some unanswered.
  for (int turn = 0; turn < 12; ++turn) {
    for (int i = 0; i < 5; ++i) {
      world.tell(++n);
      wanted.insert(fmt::format("msg_{}-5-0-0-{}", n, n - 1));
    }
    for (int i = 0; i < turn % 4; ++i) {
      auto post = world.poster.next();
      const bool takes = (turn + i) % 3 != 0;
      if (takes) taken.insert(post.header("webhook-id"));
      post.done({takes ? 200 : 500, "", 0});
    }
    world.crash();
    world.later(kDayMs / 100);
  }
  while (taken != wanted) {
    if (world.poster.held() == 0) {
      world.later(kHourMs);
      std::this_thread::yield();
      continue;
    }
    auto post = world.poster.next();
    taken.insert(post.header("webhook-id"));
    post.done({200, "", 0});
  }
  EXPECT_EQ(taken, wanted);
}

TEST(Webhooks, WaitsForALineThatOnlyTheInstanceBeforeKnew) {
  World world;
  const std::string id = world.add();
  world.tell(1);
  world.poster.next().done({503, "", 0});  // it has a row of its own now
  ASSERT_TRUE(world.until([&] { return world.webhooks->counts().failed == 1; }));
  // Who leads next has read the rows, and not yet the line.
  auto lines = make_memory_store();
  ReadModel behind(*lines);
  world.close();
  auto next = std::move(*Webhooks::open(*world.rows, behind, world.poster, world.clock, AddressRule::kPublicOnly, world.limits));
  next->start();
  world.clock.advance(60'000);
  next->wake();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(next->counts().dead, 0u);
  EXPECT_EQ(next->counts().waiting, 1u);
  AlertText text;
  text.id = fmt::format("A-{:016x}", 1);
  test::Lines same;
  ASSERT_TRUE(behind.add(Output::kAlert, same.alert(1, text)));
  ASSERT_TRUE(behind.publish());
  world.clock.advance(60'000);
  next->wake();
  auto post = world.poster.next();
  EXPECT_EQ(post.header("webhook-id"), "msg_1-5-0-0-0");
  post.done({204, "", 0});
  ASSERT_TRUE(world.until([&] { return next->counts().delivered == 1; }));
  EXPECT_EQ(next->counts().dead, 0u);
}

TEST(Webhooks, LetsNoSilentEndpointHoldUpAnother) {
  World world({.posts_most = 8});
  for (int n = 0; n < 9; ++n) world.add(Principal{Role::kPlatform, "hole", "hole" + std::to_string(n)}, "https://hole.example/");
  // The holes take all places that those have that never answered; their posts stay out for ever.
  world.tell(1);
  std::vector<HeldPoster::Held> holes;
  for (int n = 0; n < 4; ++n) holes.push_back(world.poster.next());
  for (auto& h : holes) EXPECT_EQ(h.post.url, "https://hole.example/");
  ASSERT_EQ(world.webhooks->counts().running, 4u);
  // One hole is given up on, the new endpoint gets its turn, and from then on it has the other half.
  const std::string id = world.add();
  world.tell(2);
  holes.back().done({0, "timeout", 0});
  holes.pop_back();
  for (;;) {
    auto post = world.poster.next();
    const bool good = post.post.url == kUrl;
    post.done(good ? WebhookAnswer{200, "", 0} : WebhookAnswer{0, "timeout", 0});
    if (good) break;
  }
  for (int n = 3; n < 60; ++n) {
    world.tell(n);
    for (;;) {
      auto post = world.poster.next();
      if (post.post.url == kUrl) {
        post.done({200, "", 0});
        break;
      }
      holes.push_back(std::move(post));
      ASSERT_LE(holes.size(), 4u);
    }
  }
  EXPECT_TRUE(world.until([&] { return world.webhooks->get(kMember, id)->waiting == 0; }));
  for (auto& h : holes) h.done({0, "stopped", 0});
}

TEST(Webhooks, HoldsAtMostItsWindowOfAnEndpointThatTakesNothing) {
  World world({.window = 8});
  const std::string id = world.add();
  for (int n = 1; n <= 40; ++n) world.tell(n);
  auto first = world.poster.next();
  EXPECT_TRUE(world.until([&] { return world.webhooks->get(kMember, id)->waiting == 8; }));
  EXPECT_EQ(world.webhooks->counts().running, 1u) << "who never answered gets one post at a time";
  first.done({200, "", 0});
  std::set<std::string> got{first.header("webhook-id")};
  while (got.size() < 40) {
    auto post = world.poster.next();
    EXPECT_TRUE(got.insert(post.header("webhook-id")).second);
    post.done({200, "", 0});
  }
  EXPECT_TRUE(world.until([&] { return world.webhooks->get(kMember, id)->waiting == 0; }));
  EXPECT_EQ(world.webhooks->reached().at(0).key, world.model.newest());
}

TEST(Webhooks, SaysHowFarEachOwnerHoldsTheStream) {
  World world;
  world.close();
  world.webhooks = std::move(*Webhooks::open(*world.rows, world.model, world.poster, world.clock, AddressRule::kPublicOnly, world.limits));
  std::mutex mutex;
  std::vector<std::string> told;
  world.webhooks->on_receipt([&](const Principal& owner, const StreamKey& key) {
    const std::lock_guard lock(mutex);
    told.push_back(owner.party + " " + to_text(key));
  }, 10'000);
  world.webhooks->start();
  const auto heard = [&](std::size_t n) { return world.until([&] { const std::lock_guard lock(mutex); return told.size() == n; }); };
  world.add();
  world.tell(1);
  world.tell(2);
  world.poster.next().done({200, "", 0});
  auto second = world.poster.next();
  world.later(10'000);
  ASSERT_TRUE(heard(1));
  EXPECT_EQ(told.at(0), "taobao 1-5-0-0-0") << "not the one that has no answer";
  world.later(10'000);
  second.done({200, "", 0});
  ASSERT_TRUE(world.until([&] { return world.webhooks->counts().delivered == 2; }));
  world.later(10'000);
  ASSERT_TRUE(heard(2));
  EXPECT_EQ(told.at(1), "taobao 2-5-0-0-1");
}

TEST(Webhooks, DisablesWhoIsGoneAndWhoFailsForDaysAndGoesOnWhenEnabled) {
  World world;
  const std::string id = world.add();
  world.tell(1);
  world.poster.next().done({410, "", 0});
  ASSERT_TRUE(world.until([&] { return world.webhooks->get(kMember, id)->endpoint.state == EndpointState::kDisabled; }));
  EXPECT_EQ(world.webhooks->get(kMember, id)->endpoint.why_disabled, "gone");
  world.tell(2);
  ASSERT_TRUE(world.until([&] { return (*world.rows->get("e/" + id))->find("gone") != std::string::npos; })) << "written at the next sweep";
  world.crash();
  EXPECT_EQ(world.webhooks->get(kMember, id)->endpoint.why_disabled, "gone");
  ASSERT_TRUE(world.webhooks->enable(kMember, id));
  std::set<std::string> got;
  while (got.size() < 2) {
    auto post = world.poster.next();
    got.insert(post.header("webhook-id"));
    post.done({200, "", 0});
  }
  world.tell(3);
  world.poster.next().done({500, "", 0});
  ASSERT_TRUE(world.until([&] { return world.webhooks->counts().failed > 0; }));
  world.later(world.limits.disable_after_days * kDayMs);
  world.poster.next().done({0, "timeout", 0});
  ASSERT_TRUE(world.until([&] { return world.webhooks->get(kMember, id)->endpoint.state == EndpointState::kDisabled; }));
  EXPECT_EQ(world.webhooks->get(kMember, id)->endpoint.why_disabled, "failing");
}

TEST(Webhooks, WaitsAsLongAsTheReceiverAsks) {
  World world;
  world.add();
  world.tell(1);
  world.poster.next().done({429, "", 3'600});
  ASSERT_TRUE(world.until([&] { return world.webhooks->counts().failed == 1; }));
  world.later(3'599'000);
  world.tell(2, {});
  auto second = world.poster.next();
  EXPECT_EQ(second.header("webhook-id"), "msg_2-5-0-0-1") << "the first one is not due yet";
  second.done({200, "", 0});
}

TEST(Webhooks, SignsWithOldAndNewKeysUntilTheOverlapEnds) {
  World world;
  const auto made = world.webhooks->add(kMember, kUrl, kAlerts, std::nullopt);
  const std::string id = made->first.endpoint.id;
  const auto fresh = world.webhooks->rotate(kMember, id);
  ASSERT_TRUE(fresh);
  world.crash();
  const auto holds = [&](const std::string& key, const HeldPoster::Held& post) {
    const std::string at = post.header("webhook-timestamp");
    return webhook_holds(key, post.header("webhook-id"), at, post.header("webhook-signature"), post.post.body, std::stoll(at));
  };
  world.tell(1);
  auto post = world.poster.next();
  for (const std::string& key : {made->second.secret, made->second.public_key, fresh->secret, fresh->public_key}) EXPECT_TRUE(holds(key, post)) << key;
  post.done({200, "", 0});
  world.later(world.limits.key_overlap_ms);
  world.tell(2);
  post = world.poster.next();
  EXPECT_TRUE(holds(fresh->secret, post));
  EXPECT_FALSE(holds(made->second.secret, post));
  post.done({200, "", 0});
}

TEST(Webhooks, SendsALongLineThin) {
  World world({.body_most = 300});
  world.add();
  world.tell(1);
  auto post = world.poster.next();
  rapidjson::Document body;
  body.Parse(post.post.body.c_str());
  EXPECT_STREQ(body["data"]["thin"].GetString(), "too_large");
  EXPECT_STREQ(body["data"]["read"].GetString(), "/api/v1/alerts/A-0000000000000001");
  post.done({200, "", 0});
}

TEST(Webhooks, RefusesUrlsAndNumbersThatItWillNotServe) {
  World world({.endpoints_most = 3, .endpoints_each = 2});
  EXPECT_EQ(world.webhooks->add(kMember, "https://127.1/", kAlerts, std::nullopt).error().code, ErrorCode::kConfigRange);
  world.add();
  world.add(kColleague);
  EXPECT_EQ(world.webhooks->add(kMember, kUrl, kAlerts, std::nullopt).error().code, ErrorCode::kQuotaExceeded);
  const std::string id = world.add(kOther);
  EXPECT_EQ(world.webhooks->add(Principal{Role::kMember, "x", ""}, kUrl, kAlerts, std::nullopt).error().code, ErrorCode::kQuotaExceeded);
  ASSERT_TRUE(world.webhooks->remove(kOther, id));
  world.crash();
  EXPECT_FALSE(world.webhooks->get(kOther, id));
  EXPECT_TRUE(world.webhooks->add(kOther, kUrl, kAlerts, std::nullopt));
}

TEST(Webhooks, RefusesToOpenOverRowsThatItCannotRead) {
  auto rows = make_memory_store();
  auto store = make_memory_store();
  ReadModel model(*store);
  HeldPoster poster;
  TestClock clock;
  StoreBatch batch;
  batch.put("e/W-1", "{broken");
  ASSERT_TRUE(rows->write(batch));
  const auto opened = Webhooks::open(*rows, model, poster, clock, AddressRule::kPublicOnly);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kStateCorrupt);
}

}  // namespace
}  // namespace brushwatch::doors
