#pragma once
/// Is this order one of a campaign? A filter over hidden states of one shop, fed with the times of its orders.
///
/// Model   An honest shop takes a share θ of the platform's orders; θ is one of kShares values, a factor 2 apart, and drifts. A
///         campaign of about Options::orders orders lasts about one of kScales durations; while it lasts, orders come at
///         orders / duration on top. Between orders time runs twice: honest time in platform orders (a sale day speeds it up for
///         everybody, so it is no surprise), campaign time in hours. The filter is exact Bayes on this grid but for one step: at
///         most one change of state between two orders.
/// Score   odds that the order just seen belongs to a campaign, against that it is honest. Prequential: knows no later order.
/// Prior   of θ: Gamma with shape 0.3 around the mean share, on the grid; a shop seen first in the middle of the stream may have
///         joined at any time before, evenly.
/// State   (kScales + 1) × kShares probabilities and two times, 304 bytes; trivially copyable, zeroed = never seen.
/// Cost    one order: kShares + kScales exponentials and 10 flops a probability, about 0.3 µs; no allocation.
/// Errors  none. Time and exposure that run backwards are taken for standing still.
/// Fails   on the first order of a campaign (nobody can tell it from an honest one), and when a shop's own growth has the shape
///         of a campaign: ask for a second family of evidence.
/// Source  Markov-modulated Poisson process: Scott & Smyth, "The Markov modulated Poisson process and Markov Poisson cascade",
///         Bayesian Statistics 7 (2003); events against a periodic rate: Ihler, Hutchins & Smyth, KDD'06. Departures: several
///         campaign scales at once, a share of the platform's flow in place of a clock rate.

#include <array>
#include <cstdint>

namespace brushwatch {

class BurstFilter {
 public:
  static constexpr unsigned kScales = 6, kShares = 10;
  struct Options {
    /// Hours; a factor 3 to 4 apart, so that any length between is within a factor 2 of one of them.
    std::array<double, kScales> scale_hours{2, 8, 24, 96, 240, 720};
    double orders = 20;               ///< of a campaign: the mean number of tasks a seller buys (Xu et al., WWW'15)
    double campaigns_a_year = 0.1;    ///< of a shop; about 4 % of shops brush within half a year
    double greatest_share = 0.05;     ///< of the platform's orders that one shop can have
    double drift_a_day = 0.002;       ///< chance that a share has doubled, and that it has halved
    double shape = 0.3;               ///< of the Gamma prior of shares: sizes of shops are far apart
  };
  /// What the platform knows at an order: counted by the caller over all shops.
  struct Platform {
    double orders = 0;           ///< since the beginning, this one included
    double orders_an_hour = 1;   ///< of late (a week's mean)
    double shops = 1;            ///< seen so far: 1 / shops is the mean share
  };
  struct State {
    std::array<std::array<float, kShares>, kScales + 1> p{};  ///< [0] = no campaign; they sum to 1
    double hours = 0;                                          ///< of the last order
    double orders = 0;                                         ///< of the platform at that time; 0 = never seen
  };

  explicit BurstFilter(const Options& options);
  /// Folds one order of the shop at `hours` (since any epoch); the odds of a campaign.
  double fold(State& state, double hours, const Platform& platform) const;
  /// Probability that a campaign was going on at the last order.
  static double campaign(const State& state);
  /// The honest share that the state believes in.
  [[nodiscard]] double share(const State& state) const;

 private:
  double begin(State& state, const Platform& platform) const;
  void pass_time(State& state, double hours, double orders) const;

  Options options_;
  std::array<double, kShares> share_{};
  std::array<double, kScales> rate_{}, leave_{};
  double enter_ = 0;
};

}  // namespace brushwatch
