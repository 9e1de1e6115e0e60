// Lines in and lines out: line_source and line_sink.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "connectors/file/line_sink.h"
#include "connectors/file/line_source.h"
#include "tests/support/seeds.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

struct Line {
  std::string bytes;
  std::uint64_t offset = 0, next = 0;
  bool operator==(const Line&) const = default;
};
void PrintTo(const Line& line, std::ostream* out) { *out << '"' << line.bytes.substr(0, 40) << "\" " << line.offset << ".." << line.next; }

class LineFiles : public ::testing::Test {
 protected:
  std::string file(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    return path_;
  }
  void add(const std::string& content) { std::ofstream(path_, std::ios::binary | std::ios::app) << content; }
  std::string content() {
    std::ifstream in(path_, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  std::unique_ptr<Source> source(bool follow = false) {
    auto opened = open_line_source(path_, "lines", follow);
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }
  static std::vector<Line> take(Source& source, std::size_t max = 100) {
    std::vector<SourceRecord> out;
    const auto polled = source.poll(max, 0, out);
    EXPECT_TRUE(polled);
    std::vector<Line> lines;
    for (const SourceRecord& r : out) lines.push_back({std::string(r.bytes), r.offset, r.next_offset});
    return lines;
  }
  static std::vector<Line> all(Source& source, std::size_t max = 100) {
    std::vector<Line> lines;
    while (!source.at_end())
      for (Line& line : take(source, max)) lines.push_back(std::move(line));
    return lines;
  }
  std::vector<std::string> written() {
    std::vector<std::string> lines;
    EXPECT_TRUE(for_each_line(path_, [&](std::string_view line) -> Result<void> {
      lines.emplace_back(line);
      return {};
    }));
    return lines;
  }

  test::TempDir folder_;
  std::string path_ = folder_.path("lines.ndjson");
};

TEST_F(LineFiles, ALineIsItsBytesWithTheByteWhereItBegins) {
  file("one\n\ntwo\r\nlast");
  auto lines = source();
  EXPECT_EQ(lines->name(), "lines");
  EXPECT_EQ(all(*lines), (std::vector<Line>{{"one", 0, 4}, {"", 4, 5}, {"two", 5, 10}, {"last", 10, 14}}));
  EXPECT_TRUE(take(*lines).empty());
}

TEST_F(LineFiles, AnEmptyFileIsAtItsEndAtOnce) {
  file("");
  EXPECT_TRUE(source()->at_end());
}

TEST_F(LineFiles, ABoundedSourceIsAtItsEndWithItsLastRecordAndDoesNotSeeWhatComesLater) {
  file("a\nb\n");
  auto lines = source();
  add("c\n");
  EXPECT_EQ(take(*lines, 1).size(), 1U);
  EXPECT_FALSE(lines->at_end());
  EXPECT_EQ(take(*lines, 1).size(), 1U);
  EXPECT_TRUE(lines->at_end());
}

TEST_F(LineFiles, ReadingGoesOnAtAnyNextOffset) {
  file("one\ntwo\r\nthree\nfour");
  auto whole = source();
  const auto lines = all(*whole, 2);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto later = source();
    ASSERT_TRUE(later->seek(lines[i].next));
    EXPECT_EQ(all(*later), std::vector<Line>(lines.begin() + static_cast<std::ptrdiff_t>(i) + 1, lines.end()));
  }
}

TEST_F(LineFiles, AnOffsetThatIsNoStartOfALineMeansThatTheFileChanged) {
  file("one\ntwo\n");
  auto lines = source();
  EXPECT_EQ(lines->seek(2).error().code, ErrorCode::kLogTruncated);
  EXPECT_EQ(lines->seek(99).error().code, ErrorCode::kLogTruncated);
  EXPECT_TRUE(lines->seek(4));
}

TEST_F(LineFiles, LinesOfAnyLengthAcrossBuffersAreTheSameAsASlowReaderFinds) {
  test::for_each_seed(10, [this](std::uint64_t seed) {
    std::uint64_t x = seed;
    std::string content;
    std::vector<Line> expected;
    for (int i = 0; i < 60; ++i) {
      x = x * 6364136223846793005ULL + 1442695040888963407ULL;
      const std::string line((x >> 33) % (i % 9 == 0 ? 700'000 : 9'000), static_cast<char>('a' + i % 26));
      const std::string end = (x >> 20) % 3 == 0 ? "\r\n" : "\n";
      expected.push_back({line, content.size(), content.size() + line.size() + end.size()});
      content += line + end;
    }
    file(content);
    auto lines = source();
    ASSERT_EQ(all(*lines, 1 + seed * 3), expected);
  });
}

TEST_F(LineFiles, ALineOfFourMebibytesIsDeliveredWhole) {
  const std::string big(4 * 1024 * 1024, 'x');
  file("a\n" + big + "\nb\n");
  auto lines = source();
  const auto got = all(*lines);
  ASSERT_EQ(got.size(), 3U);
  EXPECT_TRUE(got[1].bytes == big);
  EXPECT_EQ(got[2], (Line{"b", big.size() + 3, big.size() + 5}));
}

TEST_F(LineFiles, ALineBeyondTheLimitIsDeliveredCutAndTheNextOneWhole) {
  file("a\n" + std::string(kMaxLineBytes + 1'000'000, 'x') + "\nb\n");
  auto lines = source();
  const auto got = all(*lines);
  ASSERT_EQ(got.size(), 3U);
  EXPECT_EQ(got[1].bytes.size(), kMaxLineBytes);
  EXPECT_EQ(got[2].bytes, "b");
  EXPECT_EQ(got[1].next, got[2].offset);
}

TEST_F(LineFiles, AFollowedFileGivesALineWhenItsNewlineIsThereAndIsNeverAtItsEnd) {
  auto lines = source(true);  // also before the file is there
  EXPECT_TRUE(take(*lines).empty());
  file("on");
  EXPECT_TRUE(take(*lines).empty());
  add("e\ntw");
  EXPECT_EQ(take(*lines), (std::vector<Line>{{"one", 0, 4}}));
  EXPECT_FALSE(lines->at_end());
  add("o\nthree\n");
  EXPECT_EQ(take(*lines), (std::vector<Line>{{"two", 4, 8}, {"three", 8, 14}}));
  EXPECT_FALSE(lines->at_end());
}

TEST_F(LineFiles, AFollowedFileThatBecameShorterIsAnError) {
  file("one\ntwo\n");
  auto lines = source(true);
  EXPECT_EQ(take(*lines).size(), 2U);
  file("new\n");
  std::vector<SourceRecord> out;
  const auto polled = lines->poll(10, 0, out);
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().code, ErrorCode::kLogTruncated);
}

TEST_F(LineFiles, AFileThatIsNotThereIsNotFound) {
  EXPECT_EQ(open_line_source(folder_.path("nothing"), "n", false).error().code, ErrorCode::kNotFound);
}

TEST_F(LineFiles, WhatASinkTookIsReadBackInOrderAlsoAfterReopening) {
  path_ = folder_.path("made/on/the/way.ndjson");
  EXPECT_TRUE(written().empty()) << "no file, no lines";
  {
    auto sink = open_line_sink(path_);
    ASSERT_TRUE(sink);
    ASSERT_TRUE((*sink)->append("one"));
    EXPECT_TRUE(written().empty()) << "still buffered";
    ASSERT_TRUE((*sink)->flush());
    EXPECT_EQ(written(), (std::vector<std::string>{"one"}));
    ASSERT_TRUE((*sink)->append(""));
  }
  auto sink = open_line_sink(path_);
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->append("three"));
  EXPECT_EQ((*sink)->bytes(), 11U);
  ASSERT_TRUE((*sink)->flush());
  EXPECT_EQ(written(), (std::vector<std::string>{"one", "", "three"}));
}

TEST_F(LineFiles, ATornLastLineIsCutAtOpenAndNotShownBefore) {
  const std::string longer(200'000, 'x');  // longer than the piece in which the end is searched
  for (const std::string& torn : {std::string("{\"half"), longer}) {
    file("one\ntwo\n" + torn);
    EXPECT_EQ(written(), (std::vector<std::string>{"one", "two"}));
    ASSERT_TRUE(open_line_sink(path_));
    EXPECT_EQ(content(), "one\ntwo\n");
  }
  file(longer);
  ASSERT_TRUE(open_line_sink(path_));
  EXPECT_EQ(content(), "");
}

TEST_F(LineFiles, ASinkRefusesALineWithANewlineAndASecondWriter) {
  auto sink = open_line_sink(path_);
  ASSERT_TRUE(sink);
  EXPECT_EQ((*sink)->append("a\nb").error().code, ErrorCode::kUsage);
  EXPECT_EQ(open_line_sink(path_).error().code, ErrorCode::kStateForeign);
}

TEST_F(LineFiles, AVisitorsErrorStopsTheReading) {
  file("a\nb\nc\n");
  int seen = 0;
  const auto done = for_each_line(path_, [&](std::string_view line) -> Result<void> {
    ++seen;
    if (line == "b") return fail(ErrorCode::kBadFrame, "stop here");
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace brushwatch
