// Every route × role × audience × TLP × ownership, against a table that was written down by hand beside the code's.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "tests/unit/doors/door.h"
#include "tests/unit/doors/may_call.h"

namespace brushwatch::doors {
namespace {

using test::DoorFixture;
using test::kMayCall;
using test::kWho;
using test::WireClient;
using test::WireReply;

const std::vector<std::string> kAudiences = {"public", "member", "platform", "carrier", "analyst", "senior", "regulator", "authority", "working_group", "auditor"};
const std::vector<std::string> kColours = {"clear", "green", "amber", "amber_strict", "red"};

/// How many of the colours, from clear on, a letter sees; of its own as a platform or carrier.
int colours_seen(char who, bool own) {
  switch (who) {
    case 'm': return 3;
    case 'p': case 'c': return own ? 4 : 3;
    case 'w': return 4;
    case 'a': case 's': case 'r': case 'A': case 'u': return 5;
    default: return 0;
  }
}

struct Cell {
  std::size_t audience, colour;
  bool own;
  [[nodiscard]] std::string tail() const { return fmt::format("{:02}{:02}{}", audience, colour, own ? 1 : 0); }
  [[nodiscard]] std::string id(char kind) const { return fmt::format("{}-00000000000{}", kind, tail()); }
  [[nodiscard]] std::string subject(char kind) const { return fmt::format("USCC:{}{}", kind, tail()); }
  [[nodiscard]] std::string marking() const {
    return fmt::format(R"(,"marking":{{"tlp":"{}","audience":["{}"],"owner":"{}"}})", kColours[colour], kAudiences[audience], own ? "taobao" : "jd");
  }
};

struct Authorisation : ::testing::Test {
  DoorFixture door{{.heartbeat_ms = 10, .commands = false}};  // what a role may not see is passed over at the next heartbeat
  std::vector<Cell> cells;
  int checked = 0, wrong = 0;  // cells
  bool cell_wrong = false;

  void SetUp() override {
    std::uint64_t round = 1;
    for (std::size_t a = 0; a < kAudiences.size(); ++a)
      for (std::size_t t = 0; t < kColours.size(); ++t)
        for (const bool own : {false, true}) cells.push_back({a, t, own});
    for (const Cell& cell : cells) {
      door.tell(round++, {.id = cell.id('A'), .subject = cell.subject('A'), .more = cell.marking()});
      const auto act = [&](char kind, const char* type, const char* body, Output output) {
        const std::string fields = fmt::format(R"("type":"{}","id":"{}","subject":{{"kind":"shop","id":"{}"}},"at":"2026-11-11T00:00:00.000+08:00",{}{})", type, cell.id(kind),
                                               cell.subject(kind), body, cell.marking());
        ASSERT_TRUE(door.model.add(output, door.lines.next(round++, fields, 0, output, Stage::kAlliance)));
      };
      act('C', "case", R"("case":{"state":"OPEN","version":1})", Output::kCase);
      act('L', "entry", R"("entry":{"list":"BLACK","state":"LISTED","version":1,"level":1,"listed_at":"2026-11-11T00:00:00.000+08:00"})", Output::kList);
    }
    ASSERT_TRUE(door.model.publish());
  }

  static std::string headers(const std::string& role) {
    return (role.empty() ? std::string() : "x-role: " + role + "\r\n") + "x-name: n\r\nx-party: taobao\r\nContent-Type: application/json\r\nIdempotency-Key: key-0001\r\n";
  }
  /// All ids that a paged route gives.
  std::set<std::string> listed(const std::string& path, const std::string& role, int& status) {
    std::set<std::string> out;
    std::string cursor;
    do {
      const WireReply reply = door.ask(path + "?limit=200" + (cursor.empty() ? "" : "&cursor=" + cursor), headers(role));
      status = reply.status;
      rapidjson::Document json;
      json.Parse(reply.body.c_str());
      if (status != 200) return out;
      for (const auto& item : json["items"].GetArray()) out.insert(item["id"].GetString());
      cursor = json["next_cursor"].IsString() ? json["next_cursor"].GetString() : "";
    } while (!cursor.empty());
    return out;
  }
  /// All ids that a stream gives from its beginning to the last line that this role can see; "" status line when refused.
  std::set<std::string> streamed(const std::string& role, int& status) {
    std::set<std::string> out;
    WireClient client(door.server->port());
    client.send(door.request("GET", "/api/v1/stream?since=start", headers(role)));
    const std::string newest = "id: " + to_text(door.model.newest()) + "\n";
    std::string text;
    char bytes[65536];
    while (text.find(newest) == std::string::npos) {
      const ssize_t n = ::recv(client.fd(), bytes, sizeof bytes, 0);
      if (n <= 0) break;
      text.append(bytes, static_cast<std::size_t>(n));
      if (text.size() > 12 && text.compare(9, 3, "200") != 0) break;
    }
    status = std::atoi(text.c_str() + 9);
    for (std::size_t at = 0; (at = text.find(",\"id\":\"", at)) != std::string::npos; at += 7) out.insert(text.substr(at + 7, text.find('"', at + 7) - at - 7));
    return out;
  }
  /// The entries that a bundle names.
  std::set<std::string> exported(const std::string& role, int& status) {
    const WireReply reply = door.ask("/api/v1/stix", headers(role));
    status = reply.status;
    std::set<std::string> out;
    constexpr std::string_view kName = " list entry ";
    for (std::size_t at = 0; (at = reply.body.find(kName, at)) != std::string::npos; at += kName.size()) out.insert(reply.body.substr(at + kName.size(), reply.body.find('"', at) - at - kName.size()));
    return out;
  }
  void expect(bool seen, bool should, const std::string& what) {
    if (seen == should) return;
    cell_wrong = true;
    ADD_FAILURE() << what << (should ? " should be seen" : " should be hidden");
  }
};

TEST_F(Authorisation, EveryCellOfTheTableHolds) {
  ASSERT_EQ(routes().size(), kMayCall.size()) << "a route that this table does not know";
  for (const Route& route : routes()) {
    const std::string name = std::string(route.method) + " " + std::string(route.path);
    ASSERT_TRUE(kMayCall.contains(name)) << name;
    for (const auto& [role, letter] : kWho) {
      const bool may_call = kMayCall.at(name).find(letter) != std::string::npos;
      const int refused = role.empty() ? 401 : 403;
      int status = 0;
      std::set<std::string> ids;
      std::string path(route.path);
      const bool by_id = path.find("{id}") != std::string::npos;
      const bool of_subjects = path.find("/subjects") != std::string::npos;
      // Routes that show no object: the state of the service, counts, hashes.
      const bool of_no_object = route.verb == Verb::kHealth || route.verb == Verb::kDetectors || route.verb == Verb::kSightings || route.verb == Verb::kHeads || route.verb == Verb::kInclusion || route.verb == Verb::kConsistency;
      if (route.verb == Verb::kInclusion) path += "?tree=list/alliance/0&index=0";
      if (route.verb == Verb::kConsistency) path += "?tree=list/alliance/0&from=1";
      // Nobody's objects: endpoints are their owner's (webhooks_test.cc), backtests everybody's who may read them. There are none of both here.
      const bool of_nothing_here = path.find("/webhooks") != std::string::npos || path.find("/backtests") != std::string::npos || route.verb == Verb::kRules;
      const char kind = route.verb == Verb::kStix ? 'L' : path.find("/cases") != std::string::npos ? 'C' : path.find("/lists") != std::string::npos ? 'L' : 'A';
      if (of_no_object) status = door.ask(path, headers(role)).status;
      else if (route.verb == Verb::kStream) ids = streamed(role, status);
      else if (route.verb == Verb::kStix) ids = exported(role, status);
      else if (!by_id && route.method == "GET" && !of_nothing_here) ids = listed(path, role, status);
      const auto check = [&](const Cell& cell) {
        const std::string what = name + " " + role + " " + cell.marking();
        const bool in_audience = kAudiences[cell.audience] == role;
        const bool visible = in_audience && static_cast<int>(cell.colour) < colours_seen(letter, cell.own);
        if (of_no_object) {
          expect(status == 200, may_call, what);
          if (!may_call) expect(status == refused, true, what + " as refused");
          return;
        }
        if (of_nothing_here) {
          std::string at = path;
          if (by_id) at.replace(at.find("{id}"), 4, "W-0000000000000001");
          const WireReply reply = door.ask(at, headers(role), std::string(route.method), route.method == "POST" ? "{}" : "");
          expect(reply.status == 503, may_call, what);  // not served here: nothing else was wrong with it
          if (!may_call) expect(reply.status == refused, true, what + " as refused");
          return;
        }
        if (route.verb == Verb::kOprf) {  // sees no object; no key is held here
          const WireReply reply = door.ask(path, headers(role), "POST", "{}");
          expect(reply.status == 503, may_call, what);
          if (!may_call) expect(reply.status == refused, true, what + " as refused");
          return;
        }
        if (route.verb == Verb::kAcknowledge) {  // is about the caller's own place in the stream
          const WireReply reply = door.ask(path, headers(role), "POST", R"({"channel":"poll","reached":"1-5-0-0-0"})");
          expect(reply.status == 503, may_call, what);
          if (!may_call) expect(reply.status == refused, true, what + " as refused");
          return;
        }
        if (route.method == "POST") {
          // Without an input for commands an admitted one ends at "no_pipeline_input": nothing else was wrong with it.
          std::string at = path;
          if (by_id) at.replace(at.find("{id}"), 4, cell.id(kind));
          const WireReply reply = door.ask(at, headers(role), "POST", by_id ? R"({"sighting":"confirmed"})" : R"({"command":"take","target":")" + cell.id('A') + "\"}");
          expect(reply.status == 503, may_call && visible, what);
          if (!may_call) expect(reply.status == refused, true, what + " as refused");
          return;
        }
        if (by_id) {
          std::string at = path;
          at.replace(at.find("{id}"), 4, of_subjects ? cell.subject(kind) : cell.id(kind));
          const WireReply reply = door.ask(at, headers(role));
          expect(reply.status == 200, may_call && visible, what);
          if (reply.status != 200) expect(reply.status == (may_call ? 404 : refused), true, what + " as refused");
          const bool shows = route.verb != Verb::kAlertSightings && route.verb != Verb::kEntrySightings;  // there are none
          // Evidence names the subject, not the alerts that led to it.
          const std::string told = route.verb == Verb::kSubjectEvidence ? cell.subject(kind) : cell.id(kind);
          expect(reply.body.find(told) != std::string::npos, may_call && visible && shows, what + " in the body");
          return;
        }
        expect(ids.contains(of_subjects ? cell.subject(kind) : cell.id(kind)), may_call && visible, what);
        if (!may_call) expect(status == refused, true, what + " as refused");
        if (route.verb == Verb::kStream) {
          expect(ids.contains(cell.id('C')), may_call && visible && letter != 'm', what + " its case");
          expect(ids.contains(cell.id('L')), may_call && visible, what + " its entry");
        }
      };
      for (const Cell& cell : cells) {
        cell_wrong = false;
        check(cell);
        ++checked;
        wrong += cell_wrong ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(checked, static_cast<int>(routes().size() * kWho.size() * kAudiences.size() * kColours.size() * 2));
  std::printf("authz_cells %d authz_cells_wrong %d\n", checked, wrong);
  // For tools/figures.py: the measuring test writes what it counted.
  if (const char* file = std::getenv("BW_AUTHZ_FIGURES")) std::ofstream(file) << "{\"authz_cells\":" << checked << ",\"authz_cells_wrong\":" << wrong << "}\n";
}

}  // namespace
}  // namespace brushwatch::doors
