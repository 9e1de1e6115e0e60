// What anybody gets: pages, feeds, records and proofs over a list chain in which every member that may not be public is a canary.

#include "doors/public_routes.h"

#include <filesystem>
#include <map>

#include "tests/unit/doors/door.h"
#include "tests/unit/doors/entry_lines.h"

namespace brushwatch::doors {
namespace {

using test::EntryLine;
using test::Lines;
using test::WireClient;
using test::WireReply;

struct PublicSide : ::testing::Test {
  std::shared_ptr<const SigningKey> key = std::make_shared<SigningKey>(*SigningKey::from_seed(std::string(32, 'k')));
  std::unique_ptr<TreeBook> trees = std::move(*TreeBook::open({"", key, 256}));
  std::unique_ptr<PublicLog> log = std::move(*PublicLog::open("", *trees));
  Aggregates aggregates;
  Lines lines;
  std::uint64_t round = 0;
  std::unique_ptr<HttpServer> server;

  PublicSide() {
    HttpRoutes routes;
    routes.more = public_routes({*log, *trees, aggregates, [] { return *parse_time("2027-02-01T00:00:00+08:00"); }, {"省联盟 <office>", "https://credit.example"}});
    server = std::move(*HttpServer::start({}, std::move(routes)));
    for (int i = 0; i < 12; ++i) {
      Record alert;
      alert.topic = Topic::kAlert;
      alert.id = "A-canary" + std::to_string(i);
      alert.subject = "canary:S-" + std::to_string(i);
      alert.pattern = "fake_trade";
      alert.event_time = *parse_time("2026-11-11T00:00:00+08:00");
      aggregates.add(alert);
    }
    tell(EntryLine("L-1", "BLACK", 1).set("/entry/name", "canary-unposted"));
    tell(EntryLine("L-2"));
    tell(EntryLine("L-3", "RED").set("/at", "2027-01-02T09:00:00.000+08:00").set("/entry/name", "red <b>shop</b>").set("/entry/posting", "守信"));
  }
  ~PublicSide() override { server->stop(); }
  void tell(const EntryLine& entry) {
    ASSERT_TRUE(log->add(lines.next(++round, entry.fields(), 0, Output::kList, Stage::kAlliance)));
    ASSERT_TRUE(log->publish());
  }
  [[nodiscard]] WireReply get(const std::string& path, const std::string& more = {}) const {
    WireClient client(server->port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: test\r\n" + more + "\r\n");
    return client.read();
  }
  /// Every route with values that lead somewhere.
  [[nodiscard]] static std::vector<std::string> paths() {
    std::vector<std::string> out;
    for (const PublicRoute& route : public_route_table()) {
      for (const std::string lang : {"zh", "en"}) {
        for (const std::string id : {"L-1", "L-2", "L-3"}) {
          for (const std::string list : {"black", "red"}) {
            std::string path(route.path);
            for (const auto& [name, value] : {std::pair(std::string("{lang}"), lang), std::pair(std::string("{id}"), id), std::pair(std::string("{list}"), list)}) {
              if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
            }
            if (path == "/public/consistency") path += "?tree=public/alliance/0&from=1";
            if (path.starts_with("/public/feed.")) path += "?lang=" + lang;
            if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(path);
          }
        }
      }
    }
    return out;
  }
};

TEST_F(PublicSide, ShowsNoCanaryOnAnyPath) {
  for (const std::string& path : paths()) {
    const WireReply reply = get(path);
    const bool unposted = path.find("L-1") != std::string::npos;
    EXPECT_EQ(reply.status, unposted ? 404 : path == "/public" || path == "/public/" ? 302 : 200) << path;
    for (const std::string& canary : EntryLine::canaries()) EXPECT_EQ(reply.body.find(canary), std::string::npos) << canary << " on " << path;
  }
}

TEST_F(PublicSide, GivesEverybodyTheSameBytesWhateverTheyShow) {
  for (const std::string& path : paths()) {
    const WireReply plain = get(path);
    for (const std::string shown : {"Authorization: Bearer x.y.z\r\n", "x-role: authority\r\n"}) EXPECT_EQ(get(path, shown).status, plain.status) << path;
    if (plain.status == 200) EXPECT_EQ(get(path, "x-role: authority\r\n").body, plain.body) << path;
  }
}

TEST_F(PublicSide, ShowsWhatMayBePublicInBothLanguages) {
  const std::string zh = get("/public/zh/entries/L-2").body, en = get("/public/en/entries/L-2").body;
  for (const char* value : {"好店 &amp; &lt;小店&gt;", "91610131MA6U00000X", "610131", "公示文本", "陕市监列〔2026〕3号", "陕西省市场监督管理局", "2026-12-15", "2026-12-16", "2027-12-15"}) {
    EXPECT_NE(zh.find(value), std::string::npos) << value;
    EXPECT_NE(en.find(value), std::string::npos) << value;
  }
  EXPECT_NE(zh.find("虚构交易"), std::string::npos);
  EXPECT_NE(en.find("fabricated trades"), std::string::npos);
  EXPECT_NE(zh.find("自2027-03-15起"), std::string::npos) << "when repair may be asked for";
  EXPECT_NE(en.find("from 2027-03-15 on"), std::string::npos);
  EXPECT_NE(zh.find("限制交易"), std::string::npos);
  EXPECT_NE(get("/public/zh/statistics").body.find("<td>12</td>"), std::string::npos);
}

TEST_F(PublicSide, IsReadableWithoutScriptAndByAReader) {
  for (const std::string path : {"/public/zh/", "/public/en/", "/public/zh/lists/black", "/public/en/lists/red", "/public/zh/entries/L-2", "/public/en/statistics", "/public/en/entries/L-none"}) {
    const WireReply reply = get(path);
    const std::string& html = reply.body;
    const auto count = [&](const std::string& what) {
      std::size_t n = 0;
      for (std::size_t at = 0; (at = html.find(what, at)) != std::string::npos; ++at) ++n;
      return n;
    };
    EXPECT_EQ(count("<script"), 0u) << path;
    EXPECT_EQ(count("style="), 0u) << path;
    EXPECT_EQ(count("<h1>"), 1u) << path;
    EXPECT_EQ(count("<main id=\"content\">"), 1u) << path;
    EXPECT_EQ(count("href=\"#content\""), 1u) << path;
    EXPECT_EQ(count("<html lang=\"" + std::string(path.find("/zh/") != std::string::npos ? "zh-CN" : "en") + "\">"), 1u) << path;
    EXPECT_EQ(count("<title>"), 1u);
    EXPECT_EQ(count("<th>"), 0u) << "every headed cell says what it heads";
    EXPECT_EQ(count("<table>"), count("<caption>"));
    EXPECT_EQ(count("<input"), count("<label for=\"q\">"));
    EXPECT_EQ(html.find("<b>shop"), std::string::npos) << "values are escaped";
    EXPECT_EQ(html.find("<office>"), std::string::npos);
    EXPECT_NE(reply.head.find("default-src 'none'"), std::string::npos) << path;
  }
  EXPECT_NE(get("/public/style.css").body.find("@media print"), std::string::npos);
}

TEST_F(PublicSide, HonoursARemovalAtOnceEverywhere) {
  const std::string name = "好店", before = get("/public/feed.json").body;
  ASSERT_NE(before.find(name), std::string::npos);
  tell(EntryLine("L-2").end("2027-03-25T10:00:00.000+08:00"));
  for (const std::string& path : paths()) {
    const WireReply reply = get(path);
    if (path.ends_with("L-2")) EXPECT_EQ(reply.status, 410) << path;
    EXPECT_EQ(reply.body.find(name), std::string::npos) << path;
    EXPECT_EQ(reply.body.find("公示文本"), std::string::npos) << path;
  }
  EXPECT_NE(get("/public/feed.atom").body.find("<at:deleted-entry ref=\"urn:brushwatch:entry:L-2\" when=\"2027-03-25T00:00:00+08:00\"/>"), std::string::npos);
  EXPECT_NE(get("/public/feed.json").body.find(R"("removed":[{"id":"urn:brushwatch:entry:L-2","when":"2027-03-25T00:00:00+08:00"}])"), std::string::npos);
}

TEST_F(PublicSide, ProvesEachEntryToWhoeverTrustsTheKey) {
  const auto keys = public_keys_from_pem(get("/public/key.pem").body);
  ASSERT_TRUE(keys);
  std::map<std::string, TreeHead> old;
  for (const std::string id : {"L-2", "L-3"}) {
    const std::string bytes = get("/public/entries/" + id).body;
    const auto proof = parse_tree_proof(get("/public/proofs/" + id).body);
    ASSERT_TRUE(proof);
    EXPECT_TRUE(proof->holds());
    EXPECT_EQ(proof->leaf, merkle_leaf(bytes)) << id;
    EXPECT_TRUE(signed_by_any(proof->head, *keys));
    EXPECT_NE(get("/public/zh/entries/" + id).body.find("/public/proofs/" + id), std::string::npos) << "the page links its proof";
    old[id] = proof->head;
  }
  tell(EntryLine("L-4").set("/at", "2027-03-26T10:00:00.000+08:00"));
  const auto grown = parse_tree_proof(get("/public/consistency?tree=public/alliance/0&from=2").body);
  ASSERT_TRUE(grown);
  EXPECT_TRUE(grown->holds());
  EXPECT_EQ(grown->from_root, old["L-3"].root);
  EXPECT_EQ(grown->head.size, 3u);
}

TEST_F(PublicSide, KeepsTheTreesOfTheAllianceToTheAlliance) {
  ASSERT_TRUE(trees->add(Output::kAlert, lines.alert(1, {})));
  EXPECT_EQ(get("/public/heads").body.find("alert/"), std::string::npos);
  EXPECT_EQ(get("/public/heads?tree=alert/subject/0").body, R"({"items":[]})");
  EXPECT_EQ(get("/public/consistency?tree=alert/subject/0&from=1").status, 404);
}

TEST_F(PublicSide, AnswersBadQuestionsAsTheContractSays) {
  EXPECT_EQ(get("/public/fr/").status, 404);
  EXPECT_EQ(get("/public/zh/lists/watch").status, 404);
  EXPECT_EQ(get("/public/zh/lists/black?page=0").status, 400);
  EXPECT_EQ(get("/public/zh/lists/black?x=1").status, 400);
  EXPECT_EQ(get("/public/feed.atom?lang=fr").status, 400);
  EXPECT_EQ(get("/public/consistency?tree=public/alliance/0&from=9").status, 404);
  EXPECT_EQ(get("/public/zh/entries/%FF").status, 400);
  EXPECT_EQ(get("/public/zh/lists/black?q=").status, 200) << "an empty field of the form";
}

TEST_F(PublicSide, FindsByNameAndCodeAndTurnsPages) {
  for (int i = 0; i < 60; ++i) tell(EntryLine("L-p" + std::to_string(i)).set("/entry/name", "第" + std::to_string(i) + "店"));
  const std::string first = get("/public/zh/lists/black").body, second = get("/public/zh/lists/black?page=2").body;
  EXPECT_NE(first.find("href=\"/public/zh/lists/black?page=2\""), std::string::npos);
  EXPECT_EQ(first.find("page=0"), std::string::npos);
  EXPECT_NE(second.find("href=\"/public/zh/lists/black?page=1\""), std::string::npos);
  EXPECT_EQ(second.find("page=3"), std::string::npos);
  const std::string found = get("/public/zh/lists/black?q=%E7%AC%AC59%E5%BA%97").body;
  EXPECT_NE(found.find("L-p59"), std::string::npos);
  EXPECT_EQ(found.find("L-p58"), std::string::npos);
}

TEST_F(PublicSide, TellsABrowserWhenNothingHasChangedAndLeadsByLanguage) {
  const WireReply reply = get("/public/zh/");
  const auto at = reply.head.find("ETag: ");
  ASSERT_NE(at, std::string::npos);
  const std::string tag = reply.head.substr(at + 6, reply.head.find('\r', at) - at - 6);
  EXPECT_EQ(get("/public/zh/", "If-None-Match: " + tag + "\r\n").status, 304);
  EXPECT_NE(get("/public/", "Accept-Language: en-GB,en;q=0.9\r\n").head.find("/public/en/"), std::string::npos);
  EXPECT_NE(get("/public/", "Accept-Language: zh-CN,en;q=0.5\r\n").head.find("/public/zh/"), std::string::npos);
}

}  // namespace
}  // namespace brushwatch::doors
