#include "doors/stream_lag.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doors/event_stream.h"
#include "state/memory_store.h"
#include "tests/unit/doors/lines.h"

namespace brushwatch::doors {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

StreamKey at(std::uint64_t round, std::uint64_t seq) { return {round, Stage::kSubject, 0, Output::kAlert, seq}; }

struct Measured {
  ManualClock clock{EventTime{1'790'000'000'000}};
  std::shared_ptr<StreamLag> lag = std::make_shared<StreamLag>(clock);
  std::vector<double> told;
  Measured() {
    lag->observe([this](double seconds) { told.push_back(seconds); });
  }
};

TEST(StreamLag, CountsFromTheRoundThatMadeTheLineReadable) {
  Measured m;
  m.lag->published(at(1, 4));
  m.clock.advance(100);
  m.lag->published(at(2, 9));
  m.clock.advance(50);
  m.lag->written(at(1, 2));
  m.lag->written(at(1, 4));
  m.lag->written(at(2, 5));
  m.lag->written(at(3, 10));
  EXPECT_THAT(m.told, ElementsAre(0.15, 0.15, 0.05, 0)) << "the last one can be read and is not told yet";
}

TEST(StreamLag, KeepsSoManyRoundsAndNoMore) {
  Measured m;
  for (std::uint64_t round = 1; round <= 5'000; ++round) {
    m.lag->published(at(round, round));
    m.clock.advance(1);
  }
  m.lag->written(at(1, 1));
  m.lag->written(at(5'000, 5'000));
  EXPECT_THAT(m.told, ElementsAre(1.024, 0.001));
}

TEST(StreamLag, ARoundWithoutANewLineMakesNothingYounger) {
  Measured m;
  m.lag->published(at(1, 1));
  m.clock.advance(70);
  m.lag->published(at(1, 1));
  m.lag->written(at(1, 1));
  EXPECT_THAT(m.told, ElementsAre(0.07));
}

/// A client of the live stream, whose connection asks for the next piece when the one before is written.
struct Reader : Measured {
  std::unique_ptr<StateStore> store = make_memory_store();
  ReadModel model{*store};
  test::Lines lines;
  std::shared_ptr<StreamFan> fan = std::make_shared<StreamFan>(model);
  std::shared_ptr<HttpStream> stream;
  void connect(StreamKey after) { stream = make_event_stream(fan, {{Role::kAnalyst, "a", ""}, {Topic::kAlert}, after, false}, std::make_shared<std::atomic<int>>(0), lag); }
  void tell(std::uint64_t round) {
    ASSERT_TRUE(model.add(Output::kAlert, lines.alert(round, {.id = "A-" + std::to_string(round)})));
    ASSERT_TRUE(model.publish());
    lag->published(model.newest());
  }
  bool next() {
    const auto piece = stream->next(4096);
    return piece && *piece;
  }
};

TEST(StreamLag, ALiveReadersPieceCountsWhenItIsWritten) {
  Reader r;
  r.connect(r.model.newest());
  EXPECT_TRUE(r.next()) << "the greeting";
  EXPECT_FALSE(r.next());
  r.tell(1);
  r.clock.advance(20);
  EXPECT_TRUE(r.next());
  EXPECT_THAT(r.told, IsEmpty()) << "it is on its way";
  r.clock.advance(30);
  EXPECT_FALSE(r.next());
  EXPECT_THAT(r.told, ElementsAre(0.05));
}

TEST(StreamLag, WhoReadsThePastHasALagOfItsOwn) {
  Reader r;
  for (std::uint64_t round = 1; round <= 3; ++round) r.tell(round);
  r.clock.advance(3'600'000);
  r.connect(r.model.before_oldest());
  while (r.next()) {}
  EXPECT_THAT(r.told, IsEmpty());
  r.tell(4);
  r.clock.advance(10);
  while (r.next()) {}
  EXPECT_THAT(r.told, ElementsAre(0.01)) << "from here on it is live";
}

}  // namespace
}  // namespace brushwatch::doors
