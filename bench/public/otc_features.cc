#include "bench/public/otc_features.h"

#include <algorithm>
#include <cmath>

namespace brushwatch::bench {
namespace {

struct Spread {
  double n = 0, sum = 0, squares = 0, negative = 0, extreme = 0, least = 0, most = 0;
  void add(double x) {
    least = n == 0 ? x : std::min(least, x);
    most = n == 0 ? x : std::max(most, x);
    n += 1;
    sum += x;
    squares += x * x;
    negative += x < 0 ? 1 : 0;
    extreme += std::fabs(x) >= 10 ? 1 : 0;
  }
  [[nodiscard]] double mean(double prior = 0) const { return (sum + prior) / (n + 1); }
  void put(std::vector<double>& row) const {
    const double m = n > 0 ? sum / n : 0;
    row.insert(row.end(), {n, m, n > 0 ? std::sqrt(std::max(0.0, squares / n - m * m)) : -1, n > 0 ? negative / n : 0, n > 0 ? extreme / n : 0, least, most});
  }
};

struct Gaps {
  std::vector<double> at;
  void put(std::vector<double>& row) {
    std::sort(at.begin(), at.end());
    std::vector<double> gap;
    for (std::size_t i = 1; i < at.size(); ++i) gap.push_back(at[i] - at[i - 1]);
    std::sort(gap.begin(), gap.end());
    double short_ones = 0;
    for (const double g : gap) short_ones += g < 3600 ? 1 : 0;
    row.push_back(at.empty() ? 0 : at.back() - at.front());
    row.push_back(gap.empty() ? -1 : gap[gap.size() / 2]);
    row.push_back(gap.empty() ? -1 : short_ones / static_cast<double>(gap.size()));
  }
};

}  // namespace

std::vector<std::vector<double>> otc_features(std::span<const Rating> ratings, std::uint32_t users, std::span<const std::uint32_t> of) {
  std::vector<std::vector<const Rating*>> given(users), got(users);
  for (const auto& r : ratings) {
    given[r.rater].push_back(&r);
    got[r.ratee].push_back(&r);
  }
  const auto views = view_raters(ratings, users);
  std::vector<std::vector<double>> rows;
  for (const std::uint32_t u : of) {
    std::vector<double> row;
    Spread mine, distance, company, to_my_raters, of_new_ratees;
    Gaps out, in, both;
    for (const Rating* r : given[u]) {
      mine.add(r->value);
      out.at.push_back(static_cast<double>(r->time_s));
      both.at.push_back(static_cast<double>(r->time_s));
      Spread others;
      for (const Rating* o : got[r->ratee]) {
        if (o->rater != u) others.add(o->value);
      }
      distance.add(std::fabs(r->value - others.mean(1)));
      company.add(others.mean(1));
      of_new_ratees.add(static_cast<double>(others.n));
      // What I say to those who rated me is mine to know; what they said is not read.
      const bool mutual = std::any_of(given[r->ratee].begin(), given[r->ratee].end(), [&](const Rating* o) { return o->ratee == u; });
      if (mutual) to_my_raters.add(r->value);
    }
    Spread elsewhere, elsewhere_low, near, near_low, near_hour, rater_out, rater_views;
    double answered = 0;
    for (const Rating* r : got[u]) {
      in.at.push_back(static_cast<double>(r->time_s));
      both.at.push_back(static_cast<double>(r->time_s));
      Spread all, week, hour;
      for (const Rating* o : given[r->rater]) {
        if (o->ratee == u) continue;
        all.add(o->value);
        const std::int64_t apart = std::abs(o->time_s - r->time_s);
        if (apart < 7 * 86'400) week.add(o->value);
        if (apart < 3'600) hour.add(o->value);
      }
      if (all.n > 0) {
        elsewhere.add(all.mean());
        elsewhere_low.add(all.negative / all.n);
      }
      if (week.n > 0) {
        near.add(week.sum / week.n);
        near_low.add(week.negative / week.n);
      }
      if (hour.n > 0) near_hour.add(hour.sum / hour.n);
      rater_out.add(all.n);
      rater_views.add(views[r->rater].suspicion());
      answered += std::any_of(given[u].begin(), given[u].end(), [&](const Rating* o) { return o->ratee == r->rater; }) ? 1 : 0;
    }
    for (const Spread* s : {&mine, &distance, &company, &to_my_raters, &of_new_ratees, &elsewhere, &elsewhere_low, &near, &near_low, &near_hour, &rater_out, &rater_views}) s->put(row);
    for (Gaps* g : {&out, &in, &both}) g->put(row);
    row.push_back(got[u].empty() ? 0 : answered / static_cast<double>(got[u].size()));
    row.push_back(out.at.empty() || in.at.empty() ? 0 : in.at.back() - out.at.back());
    double after = 0;
    for (const double t : in.at) after += out.at.empty() || t > out.at.back() ? 1 : 0;
    row.push_back(in.at.empty() ? 0 : after / static_cast<double>(in.at.size()));
    row.push_back(views[u].staying);
    row.push_back(views[u].company);
    row.push_back(views[u].deviation);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace brushwatch::bench
