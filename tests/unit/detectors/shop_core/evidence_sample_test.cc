#include "detectors/shop_core/evidence_sample.h"

#include <gtest/gtest.h>

#include <random>

namespace brushwatch {
namespace {

std::vector<EvidenceRef> sample_of(const std::vector<std::uint64_t>& offsets) {
  EvidenceSample<6> sample{};
  for (const std::uint64_t o : offsets) sample.add(EvidenceRef::of(3, o));
  std::vector<EvidenceRef> out;
  sample.write_to(out);
  return out;
}

TEST(EvidenceSample, KeepsAllWhileThereIsRoom) { EXPECT_EQ(sample_of({5, 2}), (std::vector{EvidenceRef::of(3, 2), EvidenceRef::of(3, 5)})); }

TEST(EvidenceSample, IsTheSameForAnyOrderOfArrival) {
  std::vector<std::uint64_t> offsets(200);
  for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = i * 57;
  const auto first = sample_of(offsets);
  EXPECT_EQ(first.size(), 6U);
  std::mt19937_64 random(1);
  for (int i = 0; i < 20; ++i) {
    std::shuffle(offsets.begin(), offsets.end(), random);
    EXPECT_EQ(sample_of(offsets), first);
  }
}

}  // namespace
}  // namespace brushwatch
