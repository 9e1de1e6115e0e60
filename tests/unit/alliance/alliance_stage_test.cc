#include "alliance/alliance_stage.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "alliance/discovery.h"
#include "alliance/subject_row.h"
#include "engine/stage/route.h"
#include "tests/unit/alliance/file_harness.h"

namespace brushwatch {
namespace {

using test::moment;

/// The stage over rows of its own, fed through the router as ingest feeds it.
class Alliance {
 public:
  Alliance() {
    stage_.declare(rules);
    sources.declare(0, "officers");
    ctx_.rules = &rules;
    ctx_.sources = &sources;
    ctx_.reference = &reference;
    ctx_.outbox = &outbox;
    ctx_.stage = Stage::kAlliance;
  }
  void give(const Event& event) {
    Event scratch;
    route(event, 1, scratch, [&](std::uint32_t, Stage stage, std::uint64_t key, const Event& e) {
      if (stage == Stage::kAlliance) fold(key, e);
    });
  }
  void fold(std::uint64_t key, const Event& event) {
    ctx_.key = key;
    ctx_.position = event.position;
    Row& row = rows[key];
    ctx_.wake = row.wake;
    stage_.fold(event, nullptr, row.tail, ctx_);
    row.wake = ctx_.wake;
  }
  void tick(EventTime now) {
    ctx_.watermark = now;
    for (auto& [key, row] : rows) {
      if (row.wake > now) continue;
      ctx_.key = key;
      ctx_.wake = EventTime::max();
      stage_.on_timer(nullptr, row.tail, ctx_);
      row.wake = ctx_.wake;
    }
  }
  [[nodiscard]] rapidjson::Document line(std::size_t i) const {
    rapidjson::Document out;
    out.Parse(("{" + outbox.lines().at(i).fields + "}").c_str());
    EXPECT_FALSE(out.HasParseError()) << outbox.lines()[i].fields;
    return out;
  }
  [[nodiscard]] rapidjson::Document last() const { return line(outbox.lines().size() - 1); }

  struct Row { std::string tail; EventTime wake = EventTime::max(); };
  std::map<std::uint64_t, Row> rows;
  Rules rules;
  SourceNames sources;
  Reference reference;
  Outbox outbox;

 private:
  AllianceStage stage_;
  FoldContext ctx_;
};

Event command(const char* verb, const char* target, const char* role, const char* at, const char* subject = "taobao:S-9") {
  Event e;
  e.type = EventType::kCommand;
  e.event_time = e.ingest_time = moment(at);
  auto& c = e.emplace<CommandEvent>();
  c.command = NamedId::of(verb);
  c.target = NamedId::of(target);
  c.actor = NamedId::of("li");
  c.role = NamedId::of(role);
  c.subject = NamedId::of(subject);
  return e;
}
Event told(AlertChange change = AlertChange::kRaised) {
  Event e;
  e.type = EventType::kAlertTold;
  e.event_time = moment("2025-03-04");
  auto& a = e.emplace<AlertToldEvent>();
  a.alert = NamedId::of("A-1");
  a.subject = NamedId::of("taobao:S-9");
  a.week = moment("2025-03-03");
  a.change = change;
  a.severity = 1;
  a.families = 5;
  return e;
}
const std::uint64_t kShop = subject_key(SubjectKind::kShop, NamedId::of("taobao:S-9").hash);

TEST(AllianceStage, TellsAnAlertACommandAndADeadlineInTheirOutputs) {
  Alliance a;
  a.fold(kShop, told());
  ASSERT_EQ(a.outbox.lines().size(), 3U) << "the alert, the item, and whose archive it is";
  EXPECT_EQ(a.outbox.lines()[0].output, Output::kCase);
  EXPECT_EQ(a.outbox.lines()[1].output, Output::kCredit);
  EXPECT_STREQ(a.line(0)["type"].GetString(), "alert_state");
  EXPECT_STREQ(a.line(0)["alert"]["state"].GetString(), "NEW");
  EXPECT_EQ(a.line(1)["score"]["value"].GetInt(), 600) << "an alert is on record and weighs nothing";
  a.give(command("take", "A-1", "AN", "2025-03-05"));
  EXPECT_STREQ(a.last()["to"].GetString(), "TRIAGE");
  EXPECT_STREQ(a.last()["caused_by"]["source"].GetString(), "officers");
  a.give(command("open", "A-1", "AN", "2025-03-05"));
  const std::string id = a.last()["id"].GetString();
  EXPECT_EQ(id.substr(0, 2), "C-");
  a.give(command("ask_subject", id.c_str(), "AN", "2025-03-06"));
  const std::size_t before = a.outbox.lines().size();
  a.tick(moment("2025-03-13"));
  EXPECT_EQ(a.outbox.lines().size(), before);
  a.tick(moment("2025-03-20"));
  ASSERT_GT(a.outbox.lines().size(), before);
  EXPECT_STREQ(a.last()["command"].GetString(), "elapse");
  EXPECT_STREQ(a.last()["at"].GetString(), "2025-03-14T00:00:00.000+08:00") << "the deadline's own moment, not the tick's";
  EXPECT_FALSE(a.last().HasMember("caused_by"));
}

TEST(AllianceStage, ARefusalIsALineWithItsReason) {
  Alliance a;
  const struct { Event event; const char* reason; } cases[] = {
      {command("confirm", "C-1", "SR", "2025-03-05"), "no_such_target"},
      {command("conjure", "C-1", "SR", "2025-03-05"), "unknown_command"},
      {command("elapse", "C-1", "SR", "2025-03-05"), "command_of_the_engine"},
      {command("confirm", "C-1", "SYS", "2025-03-05"), "role_of_the_engine"},
      {command("confirm", "C-1", "king", "2025-03-05"), "unknown_role"},
      {command("confirm", "C-1", "SR", "2025-03-05", ""), "no_subject"},
  };
  for (const auto& c : cases) {
    a.give(c.event);
    const auto line = a.last();
    EXPECT_STREQ(line["type"].GetString(), "refused");
    EXPECT_STREQ(line["refused"].GetString(), c.reason);
    EXPECT_STREQ(line["id"].GetString(), "C-1#refused");
  }
  for (const auto& [key, row] : a.rows) EXPECT_TRUE(row.tail.empty()) << "who is only named keeps no file";
}

TEST(AllianceStage, PutsComplaintsReportsAndCommitmentsOnRecord) {
  Alliance a;
  Event complaint;
  complaint.type = EventType::kComplaintFiled;
  complaint.event_time = moment("2025-03-05");
  auto& c = complaint.emplace<ComplaintEvent>();
  c.complaint = NamedId::of("K-1");
  c.channel = NamedId::of("12315");
  c.code = ComplaintCode::kEmptyParcel;
  c.shop = NamedId::of("taobao:S-9");
  c.subject = NamedId::of("USCC:91610131MA6U1B2C12");
  c.carrier = NamedId::of("zto");
  a.give(complaint);
  ASSERT_EQ(a.rows.size(), 2U) << "the shop's file and its operator's";
  EXPECT_STREQ(a.line(0)["item"]["code"].GetString(), "empty_parcel");
  EXPECT_STREQ(a.line(0)["item"]["from"].GetString(), "12315");
  EXPECT_EQ(a.line(0)["score"]["value"].GetInt(), 598);
  EXPECT_STREQ(a.line(1)["type"].GetString(), "identity");

  Event carrier = complaint;
  auto& parcel = carrier.emplace<ComplaintEvent>();
  parcel.carrier = NamedId::of("zto");
  parcel.waybill = NamedId::of("75300000000001");
  a.give(carrier);
  EXPECT_STREQ(a.last()["subject"]["kind"].GetString(), "carrier") << "a logistics firm has an archive as well";

  Event keeper;
  keeper.type = EventType::kCommitmentSigned;
  keeper.event_time = moment("2025-03-06");
  auto& s = keeper.emplace<CommitmentEvent>();
  s.subject = NamedId::of("PLAT:taobao:S-9");
  s.kind = NamedId::of("no_brushing");
  a.give(keeper);
  EXPECT_STREQ(a.last()["subject"]["id"].GetString(), "taobao:S-9") << "a keeper without credit code is known by the shop";
  EXPECT_EQ(a.last()["score"]["value"].GetInt(), 613);
  keeper.type = EventType::kCommitmentBreached;
  a.give(keeper);
  EXPECT_EQ(a.last()["score"]["value"].GetInt(), 538);

  Event rating;
  rating.type = EventType::kReportFiled;
  rating.event_time = moment("2025-03-07");
  auto& r = rating.emplace<ReportEvent>();
  r.report = NamedId::of("R-1");
  r.subject = NamedId::of("taobao:S-9");
  r.kind = NamedId::of("rating");
  r.value_milli = 4800;
  a.give(rating);
  EXPECT_EQ(a.last()["score"]["value"].GetInt(), 578);
  r.kind = NamedId::of("fake_trade");
  a.give(rating);
  EXPECT_EQ(a.last()["score"]["value"].GetInt(), 563);
}

TEST(AllianceStage, RegistersLinkShopsAndWarnOfABadCreditCodeOnceSomethingIsOnRecord) {
  Alliance a;
  const auto shop = [&](const char* id, const char* parent) {
    Event e;
    e.type = EventType::kRefShop;
    e.event_time = moment("2025-01-01");
    auto& r = e.emplace<ReferenceEvent>();
    r.id = NamedId::of(id);
    r.parent = NamedId::of(parent);
    r.name = NamedId::of("a shop");
    a.give(e);
  };
  const auto commit = [&](const char* subject) {
    Event e;
    e.type = EventType::kCommitmentSigned;
    e.event_time = moment("2025-02-01");
    e.emplace<CommitmentEvent>().subject = NamedId::of(subject);
    a.give(e);
  };
  shop("taobao:S-1", "USCC:91350211M0000XUF46");
  EXPECT_TRUE(a.outbox.lines().empty()) << "who is only registered has no line";
  commit("USCC:91350211M0000XUF46");
  ASSERT_EQ(a.outbox.lines().size(), 2U);
  EXPECT_TRUE(a.last()["identity"]["uscc_warning"].GetBool()) << "a code that was issued and does not fit: a warning";
  EXPECT_EQ(a.last()["identity"]["links"].Size(), 1U);
  shop("jd:S-2", "USCC:91350211M0000XUF46");
  EXPECT_EQ(a.last()["identity"]["links"].Size(), 2U);
  const std::size_t before = a.outbox.lines().size();
  shop("jd:S-2", "USCC:91350211M0000XUF46");
  EXPECT_EQ(a.outbox.lines().size(), before) << "nothing new";
  shop("jd:S-3", "USCC:91610131MA6U1B2C12");
  commit("USCC:91610131MA6U1B2C12");
  EXPECT_FALSE(a.last()["identity"].HasMember("uscc_warning"));
}

TEST(AllianceStage, ALogisticsFirmIsLookedUpWhenSomethingIsOnRecord) {
  Alliance a;
  Event carrier;
  carrier.type = EventType::kRefCarrier;
  auto& r = carrier.emplace<ReferenceEvent>();
  r.id = NamedId::of("zto");
  r.name = NamedId::of("ZTO Express");
  a.reference.apply(carrier);
  Event report;
  report.type = EventType::kReportFiled;
  report.event_time = moment("2025-03-07");
  auto& p = report.emplace<ReportEvent>();
  p.subject_kind = SubjectKind::kCarrier;
  p.subject = NamedId::of("zto");
  p.kind = NamedId::of("empty_parcel");
  a.give(report);
  EXPECT_STREQ(a.last()["identity"]["name"].GetString(), "ZTO Express");
}

Event word(const char* verb, const char* target, const char* reason, const char* member, const char* at) {
  Event e = command(verb, target, "member", at);
  auto& c = std::get<CommandEvent>(e.body);
  c.reason = NamedId::of(reason);
  c.member = NamedId::of(member);
  return e;
}

TEST(AllianceStage, PutsAMembersSightingOnRecordAndMovesNothingByIt) {
  Alliance alliance;
  alliance.fold(kShop, told());
  const std::size_t before = alliance.outbox.lines().size();
  alliance.give(word("sight", "A-1", "false_positive", "jd", "2025-03-05"));
  ASSERT_EQ(alliance.outbox.lines().size(), before + 2);
  const auto line = alliance.line(before);
  EXPECT_EQ(alliance.outbox.lines()[before].output, Output::kCase);
  EXPECT_STREQ(line["type"].GetString(), "sighting");
  EXPECT_STREQ(line["id"].GetString(), "A-1#jd");
  EXPECT_STREQ(line["sighting"].GetString(), "false_positive");
  EXPECT_STREQ(line["member"].GetString(), "jd");
  EXPECT_STREQ(line["direction"].GetString(), "promote");
  const auto item = alliance.line(before + 1);
  EXPECT_EQ(alliance.outbox.lines()[before + 1].output, Output::kCredit);
  EXPECT_STREQ(item["item"]["code"].GetString(), "sighted_false_positive");
  EXPECT_EQ(item["score"]["terms"].Size(), 0u) << "an opinion weighs nothing";
}

TEST(AllianceStage, RefusesASightingOfNothingAndOfNoKnownWord) {
  Alliance alliance;
  alliance.fold(kShop, told());
  alliance.give(word("sight", "A-2", "confirmed", "jd", "2025-03-05"));
  EXPECT_STREQ(alliance.last()["refused"].GetString(), "no_such_target");
  alliance.give(word("sight", "A-1", "maybe", "jd", "2025-03-05"));
  EXPECT_STREQ(alliance.last()["refused"].GetString(), "unknown_sighting");
}

TEST(AllianceStage, WritesAReceiptAndKeepsNoRowForIt) {
  Alliance alliance;
  Event e = word("acknowledge", "receipt", "", "jd", "2025-03-05");
  auto& c = std::get<CommandEvent>(e.body);
  c.subject_kind = SubjectKind::kOperator;
  c.subject = NamedId::of("MEMBER:jd");
  c.measure = NamedId::of("sse");
  c.evidence = NamedId::of("12-5-0-0-7");
  alliance.give(e);
  ASSERT_EQ(alliance.outbox.lines().size(), 1u);
  EXPECT_STREQ(alliance.last()["id"].GetString(), "receipt#jd#sse");
  EXPECT_STREQ(alliance.last()["reached"].GetString(), "12-5-0-0-7");
  EXPECT_FALSE(alliance.last().HasMember("subject"));
  for (const auto& [key, row] : alliance.rows) EXPECT_TRUE(row.tail.empty());
  c.measure = NamedId::of("pigeon");
  alliance.give(e);
  EXPECT_STREQ(alliance.last()["refused"].GetString(), "unknown_receipt");
}

TEST(AllianceStage, TellsTheBarOfAWeekAsAccusationsComeGrowAndGo) {
  Alliance a;
  a.rules.set("fdr.hypotheses", 10);
  const auto count = [&](std::int64_t before, std::int64_t now) {
    const auto place = [](std::int64_t evidence) { return evidence < 0 ? std::uint16_t{0} : evidence_place(evidence); };
    const NamedId shop = NamedId::of("taobao:S-9");
    Event e = count_event(SubjectKind::kShop, shop, Direction::kPromote, week_of(moment("2025-03-04")), place(before), place(now));
    e.event_time = moment("2025-03-04");
    e.position = EvidenceRef::of(0, 17);
    const std::size_t lines = a.outbox.lines().size();
    a.fold(discovery_key(), e);
    return a.outbox.lines().size() - lines;
  };
  EXPECT_EQ(count(-1, 4'000), 1U);
  EXPECT_EQ(a.outbox.lines().back().output, Output::kCase);
  EXPECT_STREQ(a.last()["id"].GetString(), "control#2025-03-03");
  EXPECT_STREQ(a.last()["caused_by"]["source"].GetString(), "officers");
  EXPECT_EQ(a.last()["control"]["bar_milli"].GetInt(), 5'299) << "ln(10 / 0.05)";
  EXPECT_EQ(a.last()["control"]["discoveries"].GetInt(), 0);
  EXPECT_EQ(count(4'000, 6'000), 1U) << "it strengthens";
  EXPECT_EQ(a.last()["control"]["discoveries"].GetInt(), 1);
  EXPECT_EQ(count(6'000, 7'000), 0U) << "nothing of it has changed";
  EXPECT_EQ(count(-1, 5'000), 1U);
  EXPECT_EQ(a.last()["control"]["bar_milli"].GetInt(), 4'606) << "ln(10 / (0.05 × 2)): the second is one by the first";
  EXPECT_EQ(a.last()["control"]["discoveries"].GetInt(), 2);
  EXPECT_EQ(count(7'000, -1), 1U) << "withdrawn";
  EXPECT_EQ(a.last()["control"]["discoveries"].GetInt(), 0);
  EXPECT_EQ(a.last()["control"]["alerts"].GetInt(), 1);
  a.rules.set("fdr.on", 0);
  EXPECT_EQ(count(-1, 9'000), 0U) << "switched off: counted on, not told";
  a.rules.set("fdr.on", 1);
  EXPECT_EQ(count(-1, 9'000), 1U);
  EXPECT_EQ(a.last()["control"]["alerts"].GetInt(), 3);
}

}  // namespace
}  // namespace brushwatch
