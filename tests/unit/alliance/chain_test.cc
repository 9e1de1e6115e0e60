#include "alliance/chain.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

std::string next(Chain& chain, std::string_view fields = "\"type\":\"alert\",\"id\":\"A-1\"", std::uint64_t round = 7) {
  return chain.seal_line(Output::kAlert, Stage::kSubject, 3, 4, round, fields);
}

TEST(Chain, WritesTheDocumentedShape) {
  Chain chain;
  const std::string line = next(chain);
  EXPECT_TRUE(line.starts_with(R"({"seq":0,"task":"subject/3","of":4,"round":7,"type":"alert","id":"A-1","prev":")"))
      << line;
  const std::string prev = to_hex(sha256("brushwatch/alert/subject/3"));
  const std::string body = line.substr(0, line.find(",\"hash\":\""));
  EXPECT_TRUE(body.ends_with(",\"prev\":\"" + prev + "\""));
  Digest raw{};
  ASSERT_TRUE(from_hex(prev, raw));
  const std::string hash = to_hex(sha256({reinterpret_cast<const char*>(raw.data()), raw.size()}, body));
  EXPECT_EQ(line, body + ",\"hash\":\"" + hash + "\"}");
  EXPECT_EQ(to_hex(chain.head), hash);
  EXPECT_EQ(chain.seq, 1U);
}

TEST(Chain, LinksEachLineToTheOneBeforeIt) {
  Chain chain;
  const std::string first = next(chain), second = next(chain);
  const auto a = parse_line(first), b = parse_line(second);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(b->prev, a->hash);
  EXPECT_EQ(b->seq, 1U);
  EXPECT_EQ(a->computed_hash(), a->hash);
  EXPECT_EQ(b->computed_hash(), b->hash);
}

TEST(Chain, ParsesWhatItWrites) {
  Chain chain{41, {}};
  const std::string line = next(chain, R"("type":"alert_update","text":"a \",\"hash\":\" trap")", 123456789012ULL);
  const auto parsed = parse_line(line);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->seq, 41U);
  EXPECT_EQ(parsed->stage, Stage::kSubject);
  EXPECT_EQ(parsed->partition, 3U);
  EXPECT_EQ(parsed->of, 4U);
  EXPECT_EQ(parsed->round, 123456789012ULL);
  EXPECT_EQ(parsed->type, "alert_update");
  EXPECT_EQ(parsed->fields, R"("type":"alert_update","text":"a \",\"hash\":\" trap")");
}

TEST(Chain, RefusesEveryTruncationAndEveryOtherSpelling) {
  Chain chain;
  const std::string line = next(chain);
  for (std::size_t n = 0; n < line.size(); ++n) EXPECT_FALSE(parse_line(std::string_view(line).substr(0, n))) << n;
  EXPECT_FALSE(parse_line(line + " "));
  EXPECT_FALSE(parse_line(line + "\r"));
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = line;
    return changed.replace(changed.find(from), from.size(), to);
  };
  EXPECT_FALSE(parse_line(with("\"seq\":0", "\"seq\":00")));
  EXPECT_FALSE(parse_line(with("\"seq\":0", "\"seq\":-1")));
  EXPECT_FALSE(parse_line(with("\"seq\":0", "\"seq\":99999999999999999999999")));
  EXPECT_FALSE(parse_line(with("subject/3", "nowhere/3")));
  EXPECT_FALSE(parse_line(with("subject/3", "subject/4")));
  EXPECT_FALSE(parse_line(with("subject/3", "subject/")));
  EXPECT_FALSE(parse_line(with("\"of\":4", "\"of\":0")));
}

TEST(Chain, ClosesWithASealThatCounts) {
  Chain chain;
  next(chain);
  next(chain);
  const std::string line = chain.close(Output::kAlert, Stage::kSubject, 3, 4, 9);
  EXPECT_NE(line.find(R"("type":"seal","count":2,"prev")"), std::string::npos);
  const auto parsed = parse_line(line);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->is_seal());
  std::string lying = line;
  lying.replace(lying.find("\"count\":2"), 9, "\"count\":3");
  EXPECT_FALSE(parse_line(lying));
}

TEST(Chain, IsResumedFromItsLastLine) {
  Chain original;
  next(original);
  const std::string last = next(original, "\"type\":\"alert\",\"id\":\"A-2\"", 8);
  const auto tail = resume_from_last_line(last);
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->chain, original);
  EXPECT_EQ(tail->round, 8U);
  EXPECT_FALSE(tail->sealed);
  Chain resumed = tail->chain;
  EXPECT_EQ(next(resumed), next(original)) << "the next line must not show that there was a restart";
}

TEST(Chain, IsNotResumedFromATornOrEditedLine) {
  Chain chain;
  std::string line = next(chain);
  EXPECT_FALSE(resume_from_last_line(std::string_view(line).substr(0, line.size() / 2)));
  line[line.find("A-1") + 2] = '2';
  EXPECT_FALSE(resume_from_last_line(line));
  EXPECT_FALSE(resume_from_last_line(""));
}

TEST(Chain, TellsWrittenLinesFromNewOnesAndFromDivergence) {
  Chain chain;
  next(chain);
  const std::string last = next(chain);
  const auto tail = resume_from_last_line(last);
  ASSERT_TRUE(tail);

  Chain again;
  next(again);
  EXPECT_EQ(tail->place_of(again), ChainTail::Place::kWritten);
  next(again);
  EXPECT_EQ(tail->place_of(again), ChainTail::Place::kWritten);
  next(again);
  EXPECT_EQ(tail->place_of(again), ChainTail::Place::kNew);

  Chain other;
  next(other, "\"type\":\"alert\",\"id\":\"B-1\"");
  next(other);
  EXPECT_EQ(tail->place_of(other), ChainTail::Place::kDiverged) << "a difference anywhere before shows in the head";
}

}  // namespace
}  // namespace brushwatch
