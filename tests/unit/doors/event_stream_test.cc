#include "doors/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/doors/door.h"

namespace brushwatch::doors {
namespace {

using ::testing::HasSubstr;
using test::DoorFixture;
using test::WireClient;

std::string id_of(int n) { return fmt::format("A-{:016x}", n); }

/// An event source that keeps what it got: ids and the alerts' ids, in order.
class Listener {
 public:
  Listener(const DoorFixture& door, const std::string& query, const std::string& more = {}) : client_(door.server->port()) {
    client_.send(door.request("GET", "/api/v1/stream" + query, "x-role: analyst\r\n" + more));
  }
  /// Reads until `n` alerts have come, or the stream has ended.
  void until(std::size_t n) {
    while (alerts.size() < n && fill()) parse();
  }
  void until_greeted() {
    while (last_id.empty() && fill()) parse();
  }
  void until_resync() {
    while (resyncs == 0 && fill()) parse();
  }
  std::vector<std::string> alerts;
  std::string last_id, head;
  int resyncs = 0;

 private:
  bool fill() {
    char bytes[4096];
    const ssize_t n = ::recv(client_.fd(), bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(n));
    if (head.empty()) {
      const std::size_t end = buffer_.find("\r\n\r\n");
      if (end == std::string::npos) return true;
      head = buffer_.substr(0, end);
      buffer_.erase(0, end + 4);
    }
    return true;
  }
  void parse() {
    if (head.empty()) return;
    for (std::size_t end; (end = buffer_.find("\n\n")) != std::string::npos; buffer_.erase(0, end + 2)) {
      const std::string message = buffer_.substr(0, end + 1);
      for (std::size_t at = 0; at < message.size();) {
        const std::size_t line_end = message.find('\n', at);
        const std::string line = message.substr(at, line_end - at);
        at = line_end + 1;
        if (line.rfind("id: ", 0) == 0) last_id = line.substr(4);
        if (line == "event: resync") ++resyncs;
        if (line.rfind("data: {\"seq\"", 0) == 0) alerts.push_back(line.substr(line.find("A-"), 18));
      }
    }
  }
  WireClient client_;
  std::string buffer_;
};

TEST(EventStream, BeginsWithWhatComesNext) {
  DoorFixture door;
  door.tell(1, {.id = id_of(1)});
  Listener listener(door, "");
  listener.until_greeted();
  EXPECT_EQ(listener.last_id, "1-5-0-0-0");
  door.tell(2, {.id = id_of(2)});
  listener.until(1);
  EXPECT_EQ(listener.alerts, std::vector<std::string>{id_of(2)});
}

TEST(EventStream, GoesOnWhereItWasWithoutGapOrRepeat) {
  DoorFixture door;
  for (int n = 1; n <= 5; ++n) door.tell(static_cast<std::uint64_t>(n), {.id = id_of(n)}, static_cast<std::uint32_t>(n % 4));
  std::vector<std::string> seen;
  std::string last = "start";
  for (int life = 0; life < 10; ++life) {
    const bool by_header = life % 2 == 1;
    Listener listener(door, by_header ? "" : "?since=" + last, by_header ? "Last-Event-ID: " + last + "\r\n" : "");
    const int n = 6 + life;
    door.tell(static_cast<std::uint64_t>(n), {.id = id_of(n)}, static_cast<std::uint32_t>(n % 4));
    listener.until(static_cast<std::size_t>(n) - seen.size());
    EXPECT_EQ(listener.resyncs, 0);
    EXPECT_THAT(listener.head, HasSubstr("text/event-stream"));
    seen.insert(seen.end(), listener.alerts.begin(), listener.alerts.end());
    last = listener.last_id;
  }
  ASSERT_EQ(seen.size(), 15u);
  for (int n = 1; n <= 15; ++n) EXPECT_EQ(seen[static_cast<std::size_t>(n - 1)], id_of(n));
}

TEST(EventStream, TellsAResyncWhenTheIdIsTooOldOrStrange) {
  DoorFixture door({.window_lines = 5});
  for (int n = 1; n <= 20; ++n) door.tell(static_cast<std::uint64_t>(n), {.id = id_of(n)});
  for (const char* since : {"2-5-0-0-1", "no-key-at-all", "999-5-0-0-1"}) {
    Listener listener(door, std::string("?since=") + since);
    listener.until_resync();
    EXPECT_EQ(listener.resyncs, 1) << since;
    door.tell(100, {.id = id_of(100)});
    listener.until(1);
    EXPECT_FALSE(listener.alerts.empty()) << since;
  }
}

TEST(EventStream, SaysNothingOfWhatOneMayNotSeeButMovesOn) {
  DoorFixture door({.heartbeat_ms = 20});
  WireClient client(door.server->port());
  client.send(door.request("GET", "/api/v1/stream?since=start", "x-role: member\r\n"));
  door.tell(1, {.id = id_of(1), .direction = "victim"});
  std::string text;
  char bytes[4096];
  while (text.find("id: 1-5-0-0-0\n") == std::string::npos) {
    const ssize_t n = ::recv(client.fd(), bytes, sizeof bytes, 0);
    ASSERT_GT(n, 0);
    text.append(bytes, static_cast<std::size_t>(n));
  }
  EXPECT_EQ(text.find("data:"), std::string::npos) << text;
}

TEST(EventStream, KeepsAPlaceForOthersAndEndsWithTheServer) {
  DoorFixture door({.streams_most = 1});
  Listener first(door, "?since=start");
  door.tell(1, {});
  first.until(1);
  const auto reply = door.ask("/api/v1/stream");
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.body, HasSubstr("too_many_streams"));
  const auto head = door.ask("/api/v1/health");
  EXPECT_THAT(head.body, HasSubstr("\"stream_clients\":1"));
  door.server->stop();
  first.until(99);
  EXPECT_EQ(first.alerts.size(), 1u);
}

/// All bytes of a stream that begins after `after`.
std::string told(StreamFan& fan, const EventStreamOptions& options) {
  const auto stream = make_event_stream(std::shared_ptr<StreamFan>(&fan, [](StreamFan*) {}), options, std::make_shared<std::atomic<int>>(0));
  std::string out;
  for (auto piece = stream->next(4096); piece && *piece; piece = stream->next(4096)) out += **piece;
  return out;
}

TEST(StreamFan, MakesAPieceOnceForAllWhoMayReadItAndNobodyElseGetsIt) {
  DoorFixture door;
  for (int n = 1; n <= 20; ++n) door.tell(static_cast<std::uint64_t>(n), {.id = id_of(n), .direction = n % 2 == 0 ? "victim" : "promote"});
  StreamFan fan(door.model);
  const EventStreamOptions office{{Role::kAnalyst, "a", ""}, {Topic::kAlert}, door.model.before_oldest(), false};
  const std::string first = told(fan, office);
  const std::uint64_t made = fan.made();
  for (const char* name : {"b", "c", "d"}) {
    EventStreamOptions other = office;
    other.who.name = name;
    EXPECT_EQ(told(fan, other), first);
  }
  EXPECT_EQ(fan.made(), made + 3) << "each looked once whether there is more, and made nothing";
  EventStreamOptions member = office;
  member.who = {Role::kMember, "m", ""};
  EXPECT_THAT(first, HasSubstr(id_of(2)));
  EXPECT_THAT(told(fan, member), ::testing::Not(HasSubstr(id_of(2))));
  member.who = {Role::kPlatform, "p", "jd"};
  EXPECT_THAT(told(fan, member), ::testing::AllOf(HasSubstr(id_of(1)), ::testing::Not(HasSubstr(id_of(2)))));
  EventStreamOptions cases = office;
  cases.topics = {Topic::kCase};
  EXPECT_THAT(told(fan, cases), ::testing::Not(HasSubstr("data:")));
  door.tell(21, {.id = id_of(21)});
  EXPECT_THAT(told(fan, office), HasSubstr(id_of(21))) << "nothing yet is not remembered";
}

TEST(EventStream, ManyClientsGetEveryLineOnceFromAFeedThatRuns) {
  DoorFixture door;
  ModelFeed feed(door.model);
  constexpr int kClients = 40, kLines = 300;
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int c = 0; c < kClients; ++c) listeners.push_back(std::make_unique<Listener>(door, "?since=start&topics=alert"));
  std::thread pipeline([&] {
    for (int n = 1; n <= kLines; ++n) {
      feed.line(Output::kAlert, door.lines.alert(static_cast<std::uint64_t>(n), {.id = id_of(n)}, static_cast<std::uint32_t>(n % 4)));
      feed.hand_over({.round = static_cast<std::uint64_t>(n)});
    }
  });
  for (auto& listener : listeners) listener->until(kLines);
  pipeline.join();
  for (auto& listener : listeners) {
    ASSERT_EQ(listener->alerts.size(), static_cast<std::size_t>(kLines));
    for (int n = 1; n <= kLines; ++n) ASSERT_EQ(listener->alerts[static_cast<std::size_t>(n - 1)], id_of(n));
  }
  EXPECT_EQ(feed.unreadable(), 0u);
}

}  // namespace
}  // namespace brushwatch::doors
