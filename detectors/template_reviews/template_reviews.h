#pragma once
/// D12: praise written from a few templates.
///
/// Input    review.posted with ≥ 4 stars and ≥ 15 code points; key shop.
/// Output   findings, family review, direction promote, one a week.
/// State    sizeof(TemplateShop) bytes a shop.
/// Cost     20 compares a review; 190 popcounts for every fourth review, once there are enough.
/// Order    the sample is the 20 reviews of the week with the smallest hash of their order: a fair draw, the same for any order
///          of arrival.
/// Fails    on text rewritten for each review; on templates shared by fewer than one review in five of a large shop's week. One
///          text alone, the same to the bit, may be the platform's own default praise: it is held below what makes a family speak.
/// Source   domain catalogue D12; SimHash: Charikar, STOC'02; Hamming ≤ 3 of 64: Manku, Jain, Das Sarma, WWW'07.

#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct SampledReview {
  std::uint64_t simhash;
  std::uint64_t ref;
  std::uint32_t key;    ///< hash of the order; the smallest are kept
  std::uint32_t buyer;  ///< fingerprint
};
struct TemplateWeek {
  static constexpr std::size_t kSample = 20;
  WeekHead head;
  std::uint32_t reviews, size;
  std::array<SampledReview, kSample> sample;  ///< sorted by key
};
struct TemplateShop {
  Weeks<TemplateWeek> weeks;
};

const Detector& d12_shop();

}  // namespace brushwatch
