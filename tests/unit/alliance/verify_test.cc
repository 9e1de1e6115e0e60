#include "alliance/verify.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

using Lines = std::vector<std::string>;

/// A sealed run of `rounds` rounds on three partitions: 3 × (rounds + 1) lines.
Lines sealed_run(std::uint64_t rounds) {
  constexpr std::uint32_t kOf = 3;
  std::array<Chain, kOf> chains{};
  Lines lines;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (std::uint32_t p = 0; p < kOf; ++p) {
      lines.push_back(
          chains[p].seal_line(Output::kAlert, Stage::kSubject, p, kOf, round,
                              fmt::format(R"("type":"alert","id":"A-{}","version":{})", round * kOf + p, round + 1)));
    }
  }
  for (std::uint32_t p = 0; p < kOf; ++p)
    lines.push_back(chains[p].close(Output::kAlert, Stage::kSubject, p, kOf, rounds));
  return lines;
}

VerifyReport verify(const Lines& lines, const VerifyOptions& options = {}) {
  std::size_t i = 0;
  return verify_lines([&](std::string& out) {
    if (i == lines.size()) return false;
    out = lines[i++];
    return true;
  }, options);
}

bool names(const VerifyReport& report, Fault fault) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const VerifyFinding& f) { return f.what == fault; });
}

TEST(Verify, AcceptsAnUntouchedRunAndReportsItsHeads) {
  const Lines lines = sealed_run(9);
  ASSERT_EQ(lines.size(), 30U);
  const VerifyReport report = verify(lines);
  EXPECT_TRUE(report.ok()) << report.findings[0].sentence;
  EXPECT_EQ(report.lines, 30U);
  EXPECT_EQ(report.alerts, 27U);
  EXPECT_EQ(report.last_round, 9U);
  ASSERT_EQ(report.tasks.size(), 3U);
  EXPECT_EQ(report.tasks[2].task, "subject/2");
  EXPECT_EQ(report.tasks[2].lines, 10U);
  EXPECT_TRUE(report.tasks[2].sealed);
  EXPECT_EQ(report.tasks[2].head, parse_line(lines.back())->hash);
}

TEST(Verify, FindsEveryDeletedLine) {
  const Lines lines = sealed_run(9);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Lines cut = lines;
    cut.erase(cut.begin() + static_cast<std::ptrdiff_t>(i));
    const VerifyReport report = verify(cut);
    ASSERT_FALSE(report.ok()) << "line " << i + 1;
    EXPECT_TRUE(names(report, i < 27 ? Fault::kGap : Fault::kUnsealed)) << "line " << i + 1;
  }
}

TEST(Verify, FindsEveryDeletedRangeOfLines) {
  const Lines lines = sealed_run(9);
  for (std::size_t from = 0; from < lines.size(); ++from) {
    for (std::size_t to = from + 1; to <= lines.size(); ++to) {
      Lines cut(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(from));
      cut.insert(cut.end(), lines.begin() + static_cast<std::ptrdiff_t>(to), lines.end());
      EXPECT_FALSE(verify(cut).ok()) << from << ".." << to;
    }
  }
}

TEST(Verify, FindsEverySwapOfTwoLines) {
  const Lines lines = sealed_run(9);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t j = i + 1; j < lines.size(); ++j) {
      Lines swapped = lines;
      std::swap(swapped[i], swapped[j]);
      EXPECT_TRUE(names(verify(swapped), Fault::kOrder)) << i << " and " << j;
    }
  }
}

TEST(Verify, FindsEveryRepeatedLineWhereverItIsPut) {
  const Lines lines = sealed_run(9);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t at = 0; at <= lines.size(); ++at) {
      Lines repeated = lines;
      repeated.insert(repeated.begin() + static_cast<std::ptrdiff_t>(at), lines[i]);
      EXPECT_FALSE(verify(repeated).ok()) << i << " at " << at;
    }
  }
}

TEST(Verify, FindsEveryFlippedByte) {
  const Lines lines = sealed_run(9);
  for (const std::size_t i : {std::size_t{0}, std::size_t{13}, std::size_t{26}, std::size_t{29}}) {
    for (std::size_t at = 0; at < lines[i].size(); ++at) {
      for (const int bit : {0, 1, 5, 7}) {
        Lines edited = lines;
        edited[i][at] = static_cast<char>(edited[i][at] ^ (1 << bit));
        EXPECT_FALSE(verify(edited).ok()) << "line " << i << " byte " << at << " bit " << bit;
      }
    }
  }
}

TEST(Verify, FindsEveryTruncationOfTheFile) {
  std::string file;
  for (const std::string& line : sealed_run(3)) file += line + "\n";
  for (std::size_t n = 0; n + 1 < file.size(); ++n) {  // the last newline alone carries nothing
    Lines cut;
    std::string_view rest = std::string_view(file).substr(0, n);
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      cut.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    EXPECT_FALSE(verify(cut).ok()) << n;
  }
}

TEST(Verify, FindsRandomMutations) {
  test::for_each_seed(500, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const Lines lines = sealed_run(9);
    Lines mutated = lines;
    const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    for (std::size_t n = 1 + pick(3); n > 0 && !mutated.empty(); --n) {
      const std::size_t i = pick(mutated.size());
      switch (pick(5)) {
        case 0: mutated.erase(mutated.begin() + static_cast<std::ptrdiff_t>(i)); break;
        case 1: std::swap(mutated[i], mutated[pick(mutated.size())]); break;
        case 2: mutated.insert(mutated.begin() + static_cast<std::ptrdiff_t>(pick(mutated.size())), mutated[i]); break;
        case 3: mutated[i].insert(pick(mutated[i].size()), 1, static_cast<char>(random())); break;
        default: if (!mutated[i].empty()) mutated[i].erase(pick(mutated[i].size()), 1); break;
      }
    }
    EXPECT_EQ(verify(mutated).ok(), mutated == lines);
  });
}

TEST(Verify, FindsALineReplacedByOneOfAnotherRun) {
  // The forged line fits its own hash and even its own prev; its successor gives it away.
  const Lines lines = sealed_run(9);
  Chain chain;
  Lines forged = lines;
  forged[0] = chain.seal_line(Output::kAlert, Stage::kSubject, 0, 3, 0, R"("type":"alert","id":"A-999","version":1)");
  const VerifyReport report = verify(forged);
  ASSERT_EQ(report.faults, 1U);
  EXPECT_EQ(report.findings[0].what, Fault::kEdited);
  EXPECT_EQ(report.findings[0].line, 4U) << "the next line of that task";
}

TEST(Verify, NamesTheFault) {
  const Lines lines = sealed_run(9);
  Lines edited = lines;
  edited[4][edited[4].find("A-4") + 2] = '5';
  const VerifyReport report = verify(edited);
  ASSERT_EQ(report.faults, 1U) << "one edit is one finding";
  EXPECT_EQ(report.findings[0].line, 5U);
  EXPECT_EQ(report.findings[0].task, "subject/1");
  EXPECT_EQ(report.findings[0].seq, 1U);
  EXPECT_EQ(fault_name(report.findings[0].what), "edited");
}

TEST(Verify, FindsAMissingPartitionAndAnEmptyFile) {
  Lines lines = sealed_run(2);
  std::erase_if(lines, [](const std::string& line) { return line.find("subject/1") != std::string::npos; });
  const VerifyReport report = verify(lines);
  ASSERT_EQ(report.faults, 1U);
  EXPECT_EQ(report.findings[0].what, Fault::kMissingPartition);
  EXPECT_EQ(report.findings[0].task, "subject/1");
  EXPECT_TRUE(names(verify({}), Fault::kEmpty));
  EXPECT_TRUE(verify({}, {.open_ended = true}).ok()) << "a live run that has said nothing yet";
  EXPECT_TRUE(names(verify(sealed_run(2), {.stages = {Stage::kShop}}), Fault::kMissingPartition));
}

TEST(Verify, AsksForNoSealWhileTheRunGoesOn) {
  Lines lines = sealed_run(9);
  lines.resize(20);
  EXPECT_TRUE(names(verify(lines), Fault::kUnsealed));
  EXPECT_TRUE(verify(lines, {.open_ended = true}).ok());
  lines.resize(1);
  EXPECT_TRUE(verify(lines, {.open_ended = true}).ok()) << "other partitions may not have spoken yet";
}

TEST(Verify, TakesAFileOfOneOutputOnly) {
  EXPECT_FALSE(verify(sealed_run(2), {.output = Output::kLate}).ok());
  Chain alert, late;
  const Lines mixed = {alert.close(Output::kAlert, Stage::kSubject, 0, 2, 1),
                       late.close(Output::kLate, Stage::kSubject, 1, 2, 1)};
  EXPECT_FALSE(verify(mixed).ok());
}

TEST(Verify, TakesALineOfATopicOnceAndAnyOtherRepeatForAFault) {
  const Lines run = sealed_run(5);
  VerifyOptions topic;
  topic.topic = true;
  Lines lines;  // partition by partition, and what a woken writer said again
  for (std::size_t p = 0; p < 3; ++p) {
    for (std::size_t i = p; i < run.size(); i += 3) lines.push_back(run[i]);
    lines.insert(lines.end() - 2, {run[p + 6], run[p + 9]});
  }
  const VerifyReport report = verify(lines, topic);
  EXPECT_TRUE(report.ok()) << (report.findings.empty() ? "" : report.findings.front().sentence);
  EXPECT_EQ(report.lines, run.size());
  EXPECT_EQ(report.repeats, 6U);
  EXPECT_FALSE(verify(lines).ok()) << "in a file each line stands once";
  Chain other;
  for (int i = 0; i < 3; ++i) (void)other.seal_line(Output::kAlert, Stage::kSubject, 1, 3, 7, "\"type\":\"other\"");
  lines.push_back(other.seal_line(Output::kAlert, Stage::kSubject, 1, 3, 7, "\"type\":\"other\""));
  EXPECT_TRUE(names(verify(lines, topic), Fault::kRepeat)) << "the same number with other bytes";
}

TEST(Verify, CountsBeyondWhatItLists) {
  const Lines rubbish(50, "no line");
  const VerifyReport report = verify(rubbish, {.findings_max = 10});
  EXPECT_EQ(report.faults, 50U);
  EXPECT_EQ(report.findings.size(), 10U);
}

}  // namespace
}  // namespace brushwatch
