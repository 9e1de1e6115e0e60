#include "engine/graph/reviewer.h"

#include <algorithm>
#include <cmath>

namespace brushwatch {
namespace {

/// A ratee whom nobody else rated is taken for one with two ratings of +1: mildly trusted, as newcomers are.
constexpr double kPriorRatings = 2, kPriorMean = 1;

struct Given {
  double company = 0, deviation = 0;
  std::int64_t first = 0, last = 0;
};

/// Ranks of `value(user)` over the users that rated; equal values share the middle of their ranks.
template <class Value, class Rank>
void rank(std::span<const std::uint32_t> raters, Value&& value, Rank&& give) {
  std::vector<std::uint32_t> order(raters.begin(), raters.end());
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return value(a) < value(b); });
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    while (end < order.size() && value(order[end]) == value(order[i])) ++end;
    const double middle = static_cast<double>(i + end) / 2 / static_cast<double>(order.size());
    for (; i < end; ++i) give(order[i], middle);
  }
}

}  // namespace

std::vector<RaterView> view_raters(std::span<const Rating> ratings, std::uint32_t users) {
  std::vector<RaterView> views(users);
  std::vector<Given> given(users);
  std::vector<double> received(users, 0);
  std::vector<std::uint32_t> received_ratings(users, 0);
  // What one pair said to another is taken out of the ratee's sum, repeats included.
  std::vector<const Rating*> by_pair;
  for (const auto& r : ratings) {
    if (r.rater >= users || r.ratee >= users) continue;
    received[r.ratee] += r.value;
    ++received_ratings[r.ratee];
    by_pair.push_back(&r);
  }
  std::sort(by_pair.begin(), by_pair.end(), [](const Rating* a, const Rating* b) {
    if (a->rater != b->rater) return a->rater < b->rater;
    if (a->ratee != b->ratee) return a->ratee < b->ratee;
    return a->time_s != b->time_s ? a->time_s < b->time_s : a->value < b->value;
  });
  for (std::size_t i = 0; i < by_pair.size();) {
    std::size_t end = i;
    double own = 0;
    for (; end < by_pair.size() && by_pair[end]->rater == by_pair[i]->rater && by_pair[end]->ratee == by_pair[i]->ratee; ++end) own += by_pair[end]->value;
    const std::uint32_t rater = by_pair[i]->rater, ratee = by_pair[i]->ratee;
    const double others = received[ratee] - own, n = received_ratings[ratee] - static_cast<double>(end - i);
    const double mean = (others + kPriorRatings * kPriorMean) / (n + kPriorRatings);
    for (; i < end; ++i) {
      Given& g = given[rater];
      const std::int64_t t = by_pair[i]->time_s;
      g.first = views[rater].ratings == 0 ? t : std::min(g.first, t);
      g.last = views[rater].ratings == 0 ? t : std::max(g.last, t);
      g.company += mean;
      g.deviation += std::fabs(by_pair[i]->value - mean);
      ++views[rater].ratings;
    }
  }
  std::vector<std::uint32_t> raters;
  for (std::uint32_t u = 0; u < users; ++u) {
    if (views[u].ratings > 0) raters.push_back(u);
  }
  rank(raters, [&](std::uint32_t u) { return -static_cast<double>(given[u].last - given[u].first); }, [&](std::uint32_t u, double r) { views[u].staying = r; });
  rank(raters, [&](std::uint32_t u) { return -given[u].company / views[u].ratings; }, [&](std::uint32_t u, double r) { views[u].company = r; });
  rank(raters, [&](std::uint32_t u) { return given[u].deviation / views[u].ratings; }, [&](std::uint32_t u, double r) { views[u].deviation = r; });
  return views;
}

}  // namespace brushwatch
