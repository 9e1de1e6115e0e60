#pragma once
/// Which raters behave like hired ones, from what they give: never from what is said about them.
///
/// Views   staying: time between a rater's first and last rating; hired accounts are burnt and replaced.
///         company: mean rating that others give to whom the rater rates; who praises the distrusted belongs to them.
///         deviation: mean distance of the rater's ratings from what others give to the same ratee.
///         Each view is turned into its rank among all raters, 0 … 1; ties share their middle rank.
/// Shape   users are dense ids. Allowed inputs only: own ratings, and others' ratings of the same ratees.
/// Cost    O(ratings + raters log raters); batch: a rater's view settles as its ratees are rated by others.
/// Order   the order of the ratings does not matter.
/// Source  deviation: fairness of Kumar et al., "REV2", WSDM'18, §3. Company: Kamvar et al., "EigenTrust", WWW'03, one step, with the
///         sign turned. Staying: short-lived accounts, Xu et al., WWW'15.

#include <cstdint>
#include <span>
#include <vector>

namespace brushwatch {

struct Rating {
  std::uint32_t rater = 0, ratee = 0;
  double value = 0;
  std::int64_t time_s = 0;
};

struct RaterView {
  std::uint32_t ratings = 0;  ///< 0: no rater, all ranks are 0
  double staying = 0, company = 0, deviation = 0;  ///< ranks, 1 = most suspect
  /// 0 … 1: the mean of staying and company; deviation is left to evidence, honest dissenters deviate too.
  [[nodiscard]] double suspicion() const { return (staying + company) / 2; }
};

/// One view for each user below `users`. Ratings with other ids are left out.
std::vector<RaterView> view_raters(std::span<const Rating> ratings, std::uint32_t users);

}  // namespace brushwatch
