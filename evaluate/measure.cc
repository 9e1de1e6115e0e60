#include "evaluate/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "alliance/calibration.h"
#include "simulate/chance.h"

namespace brushwatch::evaluate {
namespace {

using simulate::TruthRing;

constexpr std::size_t kFalseListed = 200, kMissedListed = 400;
constexpr std::size_t kTopOutlets = 10;
constexpr std::size_t kBins = 10;
/// As much as a family must say before fusion counts it (`fusion.family_min_milli`).
constexpr std::int64_t kSpeaksMilli = 500;

bool is_shop(const std::string& subject) { return subject.find(':') != std::string::npos; }

Direction wanted(const TruthRing& ring) {
  return ring.direction == "victim" ? Direction::kVictim : ring.direction == "demote" ? Direction::kDemote : Direction::kPromote;
}

/// Who is what in one world.
struct Roles {
  std::set<std::string> guilty, neutral, victims, demoted, lookalikes;
  explicit Roles(const JudgedWorld& world) {
    for (const TruthRing& ring : world.rings) {
      neutral.insert(ring.related.begin(), ring.related.end());
      for (const std::string& s : ring.subjects) {
        if (ring.role == "offender") guilty.insert(s);
        else if (ring.role == "victim") (ring.direction == "demote" ? demoted : victims).insert(s);
        else lookalikes.insert(s);
      }
    }
  }
  /// Couriers of an outlet ("<outlet>-K<n>") share its standing.
  [[nodiscard]] bool holds(const std::set<std::string>& set, const std::string& subject) const {
    if (set.contains(subject)) return true;
    const std::size_t courier = subject.rfind("-K");
    return courier != std::string::npos && set.contains(subject.substr(0, courier));
  }
  [[nodiscard]] bool is_guilty(const Case& c) const { return guilty.contains(c.subject); }
  [[nodiscard]] bool is_neutral(const std::string& subject) const {
    return !guilty.contains(subject) && (holds(neutral, subject) || holds(guilty, subject));
  }
  [[nodiscard]] std::size_t truth_row(const std::string& subject) const {
    return guilty.contains(subject) ? 0 : demoted.contains(subject) ? 1 : victims.contains(subject) ? 2 : 3;
  }
};

/// The promote cases of a world that an analyst has the time to see, by rank.
std::vector<const Case*> within_budget(const JudgedWorld& world, double per_1000_shop_days) {
  const double shop_days = static_cast<double>(world.shops) * world.days;
  const bool bounded = per_1000_shop_days > 0 && shop_days > 0;
  const auto most = static_cast<std::size_t>(std::ceil(per_1000_shop_days * shop_days / 1000));
  std::vector<const Case*> out;
  for (const Case& c : world.cases) {
    if (!c.standing || c.direction != Direction::kPromote) continue;
    if (bounded && out.size() >= most) break;
    out.push_back(&c);
  }
  return out;
}

/// " D1 3.2 D16 4.0": the best evidence of each detector, in nats.
std::string findings_of(const JudgedWorld& world, const std::string& subject) {
  std::string out;
  if (const auto it = world.findings.find(subject); it != world.findings.end())
    for (const auto& [detector, llr] : it->second) out += fmt::format(" D{} {:.1f}", detector, static_cast<double>(llr) / 1000);
  return out;
}

/// " H12": the look-alikes that the subject takes part in.
std::string scripts_of(const JudgedWorld& world, const std::string& subject) {
  std::string out;
  for (const TruthRing& ring : world.rings)
    if (std::find(ring.subjects.begin(), ring.subjects.end(), subject) != ring.subjects.end()) out += " " + ring.scenario;
  return out;
}

struct AttackSample {
  std::vector<double> found, subjects, orders_before, hours;
  double fakes = 0, fakes_after = 0;
};

void sample_ring(const JudgedWorld& world, std::size_t index, const std::vector<const Case*>& budget, AttackSample& out) {
  const TruthRing& ring = world.rings[index];
  const Direction direction = wanted(ring);
  EventTime first = EventTime::max();
  const auto look = [&](const std::string& subject, const Case& c) {
    const bool right = c.standing && c.subject == subject &&
                       (c.direction == direction || (ring.role == "victim" && c.direction != Direction::kPromote));
    if (right) first = std::min(first, c.raised);
    return right;
  };
  bool any = false;
  for (const std::string& subject : ring.subjects) {
    if (!is_shop(subject)) continue;
    bool found = false;
    if (ring.role == "offender") {
      for (const Case* c : budget) found = look(subject, *c) || found;
    } else {
      for (const Case& c : world.cases) found = look(subject, c) || found;
    }
    out.subjects.push_back(found ? 1 : 0);
    any = any || found;
  }
  out.found.push_back(any ? 1 : 0);
  if (!any) return;
  std::size_t before = 0, all = 0;
  for (const simulate::TruthOrder& o : world.orders_of_rings) {
    if (o.ring != index || o.created.ms == 0) continue;
    ++all;
    before += o.created <= first ? 1 : 0;
  }
  out.orders_before.push_back(static_cast<double>(before));
  out.hours.push_back(static_cast<double>(std::max<std::int64_t>(0, first - ring.first_fake)) / kHourMs);
  out.fakes += static_cast<double>(all);
  out.fakes_after += static_cast<double>(all - before);
}

void measure_attacks(std::span<const JudgedWorld> worlds, Metrics& m) {
  std::map<std::pair<std::string, int>, AttackSample> samples;
  std::map<std::string, std::string> roles;
  for (const JudgedWorld& world : worlds) {
    const auto budget = within_budget(world, m.budget_per_1000_shop_days);
    for (std::size_t i = 0; i < world.rings.size(); ++i) {
      const TruthRing& ring = world.rings[i];
      if (ring.role == "lookalike" || (ring.orders == 0 && ring.first_fake.ms == 0)) continue;  // S10 and S11 make views, no orders
      roles[ring.scenario] = ring.role;
      sample_ring(world, i, budget, samples[{ring.scenario, ring.camouflage}]);
      sample_ring(world, i, budget, samples[{ring.scenario, -1}]);
    }
  }
  for (auto& [key, s] : samples) {
    AttackScore score;
    score.scenario = key.first;
    score.role = roles[key.first];
    score.camouflage = key.second;
    score.found = bootstrap_mean(s.found, true);
    score.subjects_found = bootstrap_mean(s.subjects, true);
    score.orders_before_p50 = quantile(s.orders_before, 0.5);
    score.orders_before_p90 = quantile(s.orders_before, 0.9);
    score.hours_p50 = quantile(s.hours, 0.5);
    score.hours_p90 = quantile(s.hours, 0.9);
    score.fakes_after_share = s.fakes > 0 ? s.fakes_after / s.fakes : 0;
    m.attacks.push_back(std::move(score));
  }
}

/// Counts over subjects: false cases, look-alikes, victims, outlets, directions.
void measure_subjects(std::span<const JudgedWorld> worlds, Metrics& m) {
  std::vector<double> false_rates, outlets, named, top10;
  for (const JudgedWorld& world : worlds) {
    const Roles roles(world);
    std::map<std::string, std::array<bool, 3>> said;
    std::set<std::string> accused, urgent;
    std::uint64_t wrong = 0;
    std::vector<std::string> outlet_rank;
    for (const Case& c : world.cases) {
      if (!c.standing) { ++m.taken_back; continue; }
      said[c.subject][static_cast<std::size_t>(c.direction)] = true;
      if (c.direction != Direction::kPromote) continue;
      ++m.promote_cases;
      accused.insert(c.subject);
      if (c.urgent) urgent.insert(c.subject);
      m.suspicions += c.families.size() == 1 ? 1 : 0;
      if (!is_shop(c.subject) && c.kind == SubjectKind::kOutlet) outlet_rank.push_back(c.subject);
      if (roles.is_guilty(c) || roles.is_neutral(c.subject)) continue;
      ++wrong;
      m.false_urgent += c.urgent ? 1 : 0;
      m.suspicions_false += c.families.size() == 1 ? 1 : 0;
      if (m.false_subjects.size() < kFalseListed)
        m.false_subjects.push_back(fmt::format("{} {}{} {} {}:{}", world.seed, c.subject, scripts_of(world, c.subject), c.families, c.total_milli, findings_of(world, c.subject)));
    }
    m.false_cases += wrong;
    if (world.orders > 0) false_rates.push_back(static_cast<double>(wrong) * 1e6 / static_cast<double>(world.orders));
    std::set<std::string> seen;
    for (const TruthRing& ring : world.rings) {
      if (ring.role == "lookalike") {
        if (ring.orders == 0) continue;
        const auto hit = [&](const std::set<std::string>& set) {
          return std::any_of(ring.subjects.begin(), ring.subjects.end(), [&](const std::string& s) { return set.contains(s) && !roles.guilty.contains(s); });
        };
        auto& [episodes, bad] = m.lookalikes[ring.scenario];
        ++episodes;
        ++m.lookalike_episodes;
        if (hit(accused)) { ++bad; ++m.lookalike_false; }
        m.lookalike_urgent += hit(urgent) ? 1 : 0;
        continue;
      }
      for (const std::string& s : ring.subjects) {
        if (!seen.insert(s).second) continue;
        const auto it = said.find(s);
        const std::array<bool, 3> words = it == said.end() ? std::array<bool, 3>{} : it->second;
        const std::size_t verdict = words[0] ? 0 : words[1] ? 1 : words[2] ? 2 : 3;
        ++m.direction[roles.truth_row(s)][verdict];
        if (ring.role == "victim") {
          ++m.victims;
          m.victims_accused += words[0] && !roles.guilty.contains(s) ? 1 : 0;
          named.push_back(words[1] || words[2] ? 1 : 0);
        } else if (!is_shop(s)) {
          outlets.push_back(words[0] ? 1 : 0);
          const auto top = outlet_rank.begin() + static_cast<std::ptrdiff_t>(std::min(kTopOutlets, outlet_rank.size()));
          top10.push_back(std::find(outlet_rank.begin(), top, s) != top ? 1 : 0);
        }
      }
    }
    for (const auto& [subject, words] : said) {
      if (roles.truth_row(subject) != 3 || roles.neutral.contains(subject)) continue;
      ++m.direction[3][words[0] ? 0 : words[1] ? 1 : 2];
    }
  }
  m.false_per_1m_orders = bootstrap_mean(false_rates, false);
  // The mean of rates weighs small worlds as large ones; the value is the rate of all orders together.
  if (m.orders > 0) m.false_per_1m_orders.value = static_cast<double>(m.false_cases) * 1e6 / static_cast<double>(m.orders);
  m.outlets_found = bootstrap_mean(outlets, true);
  m.outlets_in_top10 = bootstrap_mean(top10, true).value;
  m.victims_named = bootstrap_mean(named, true);
}

/// The queue of all worlds together: precision at k, average precision, calibration.
void measure_queue(std::span<const JudgedWorld> worlds, Metrics& m) {
  struct Ranked { std::int64_t total; int posterior, probability; bool guilty; };
  std::vector<Ranked> queue;
  std::size_t guilty_shops = 0;
  for (const JudgedWorld& world : worlds) {
    const Roles roles(world);
    for (const std::string& s : roles.guilty) guilty_shops += is_shop(s) ? 1 : 0;
    for (const Case& c : world.cases) {
      if (!c.standing || c.direction != Direction::kPromote || roles.is_neutral(c.subject)) continue;
      queue.push_back({c.total_milli, c.posterior_permille, c.probability_permille, roles.is_guilty(c)});
    }
  }
  // Ties are read against us: the innocent first.
  std::stable_sort(queue.begin(), queue.end(), [](const Ranked& a, const Ranked& b) { return std::pair(-a.total, a.guilty) < std::pair(-b.total, b.guilty); });
  for (const std::size_t k : {50UL, 100UL, 1000UL}) {
    const std::size_t n = std::min(k, queue.size());
    std::size_t hits = 0;
    for (std::size_t i = 0; i < n; ++i) hits += queue[i].guilty ? 1 : 0;
    m.precision_at[k] = n == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(n);
    m.cases_at[k] = n;
  }
  double hits = 0, area = 0;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    if (!queue[i].guilty) continue;
    ++hits;
    area += hits / static_cast<double>(i + 1);
  }
  m.pr_auc = guilty_shops == 0 ? 0 : area / static_cast<double>(std::max<std::size_t>(guilty_shops, static_cast<std::size_t>(hits)));
  const auto reliability = [&](int Ranked::* permille, double& ece) {
    std::array<Reliability, kBins> bins{};
    for (const Ranked& r : queue) {
      Reliability& bin = bins[std::min<std::size_t>(kBins - 1, static_cast<std::size_t>(r.*permille) * kBins / 1000)];
      bin.predicted += r.*permille / 1000.0;
      bin.guilty += r.guilty ? 1 : 0;
      ++bin.n;
    }
    std::vector<Reliability> out;
    for (const Reliability& bin : bins) {
      if (bin.n == 0) continue;
      const auto n = static_cast<double>(bin.n);
      ece += std::abs(bin.predicted - bin.guilty) / static_cast<double>(queue.size());
      out.push_back({bin.predicted / n, bin.guilty / n, bin.n});
    }
    return out;
  };
  m.reliability = reliability(&Ranked::probability, m.ece);
  (void)reliability(&Ranked::posterior, m.ece_score);
}

/// Area under the ROC curve by ranks, ties at half (Mann & Whitney 1947): `scored` holds (score, guilty).
double roc_auc(std::vector<std::pair<std::int64_t, bool>>& scored) {
  std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  double guilty = 0, sum = 0;
  for (std::size_t i = 0; i < scored.size();) {
    std::size_t end = i;
    double here = 0;
    for (; end < scored.size() && scored[end].first == scored[i].first; ++end) here += scored[end].second ? 1 : 0;
    sum += here * (static_cast<double>(i + end + 1) / 2);
    guilty += here;
    i = end;
  }
  const double innocent = static_cast<double>(scored.size()) - guilty;
  return guilty == 0 || innocent == 0 ? 0.5 : (sum - guilty * (guilty + 1) / 2) / (guilty * innocent);
}

/// Shops ranked by their best case, with their labels and, as a control, with labels dealt at random.
void measure_roc(std::span<const JudgedWorld> worlds, Metrics& m) {
  constexpr std::int64_t kNoCase = INT64_MIN;
  constexpr std::uint64_t kDeals = 20;  // their mean: one deal of some hundred labels strays by 0.02
  std::vector<std::pair<std::int64_t, bool>> scored;
  for (const JudgedWorld& world : worlds) {
    const Roles roles(world);
    std::map<std::string, std::int64_t> best;
    for (const std::string& s : roles.guilty) if (is_shop(s)) best[s] = kNoCase;
    for (const Case& c : world.cases) {
      if (!c.standing || c.direction != Direction::kPromote) continue;
      if (roles.is_guilty(c) || roles.is_neutral(c.subject) || !is_shop(c.subject)) {
        if (best.contains(c.subject)) best[c.subject] = std::max(best[c.subject], c.total_milli);
        continue;
      }
      best.try_emplace(c.subject, c.total_milli);
    }
    for (const auto& [subject, total] : best) scored.emplace_back(total, roles.guilty.contains(subject));
    for (std::size_t i = best.size(); i < world.shops; ++i) scored.emplace_back(kNoCase, false);
  }
  m.roc_auc = roc_auc(scored);
  simulate::Chance chance = simulate::Chance::of(0x5AFF1E, 1);
  for (std::uint64_t deal = 0; deal < kDeals; ++deal) {
    for (std::size_t i = scored.size(); i > 1; --i) {
      const auto j = static_cast<std::size_t>(chance.below(i));
      const bool label = scored[i - 1].second;
      scored[i - 1].second = scored[j].second;
      scored[j].second = label;
    }
    m.roc_auc_shuffled += roc_auc(scored) / kDeals;
  }
}

void measure_crossings(std::span<const JudgedWorld> worlds, Metrics& m) {
  std::map<int, Crossing> by_detector;
  double excess = 0;
  for (const JudgedWorld& world : worlds) {
    std::set<std::string> in_script;
    for (const TruthRing& ring : world.rings) in_script.insert(ring.subjects.begin(), ring.subjects.end());
    const auto shops_in_script = std::count_if(in_script.begin(), in_script.end(), is_shop);
    m.honest_shops += world.shops - std::min<std::uint64_t>(world.shops, static_cast<std::uint64_t>(shops_in_script));
    for (const auto& [subject, evidence_milli] : world.evidence) {
      // A shop of which nothing was said has an e-value of 1, and so counts nothing here.
      if (is_shop(subject) && !in_script.contains(subject)) excess += std::expm1(static_cast<double>(evidence_milli) / 1000);
    }
    for (const auto& [subject, findings] : world.findings) {
      if (!is_shop(subject) || in_script.contains(subject)) continue;
      for (const auto& [detector, llr_milli] : findings) {
        Crossing& c = by_detector[detector];
        c.detector = detector;
        const double e = static_cast<double>(llr_milli) / 1000;
        c.at_0_05 += e >= std::log(1 / 0.05) ? 1 : 0;
        c.at_0_01 += e >= std::log(1 / 0.01) ? 1 : 0;
        c.at_0_001 += e >= std::log(1 / 0.001) ? 1 : 0;
      }
    }
  }
  for (const auto& [detector, crossing] : by_detector) m.crossings.push_back(crossing);
  if (m.honest_shops > 0) m.honest_e_mean = 1 + excess / static_cast<double>(m.honest_shops);
}

/// Whom each detector speaks of, alone.
void measure_detectors(std::span<const JudgedWorld> worlds, Metrics& m) {
  std::map<std::pair<bool, int>, DetectorScore> scores;  // (defends, detector)
  std::uint64_t guilty_shops = 0, victims = 0;
  for (const JudgedWorld& world : worlds) {
    const Roles roles(world);
    guilty_shops += static_cast<std::uint64_t>(std::count_if(roles.guilty.begin(), roles.guilty.end(), is_shop));
    victims += roles.victims.size() + roles.demoted.size();
    for (const bool defends : {false, true}) {
      for (const auto& [subject, findings] : defends ? world.defences : world.findings) {
        if (!defends && roles.is_neutral(subject)) continue;
        const bool right = defends ? roles.victims.contains(subject) || roles.demoted.contains(subject) : roles.guilty.contains(subject);
        for (const auto& [detector, llr_milli] : findings) {
          if (llr_milli < kSpeaksMilli) continue;
          DetectorScore& score = scores[{defends, detector}];
          ++score.told;
          score.right += right ? 1 : 0;
          score.seen += right && is_shop(subject) ? 1 : 0;
        }
      }
    }
  }
  for (auto& [key, score] : scores) {
    score.accuses = !key.first;
    score.detector = key.second;
    score.of = key.first ? victims : guilty_shops;
    m.detectors.push_back(score);
  }
}

/// What the discovery control lets through, and what of it is wrong.
void measure_discoveries(std::span<const JudgedWorld> worlds, Metrics& m) {
  std::vector<double> found;
  for (const JudgedWorld& world : worlds) {
    const Roles roles(world);
    std::uint64_t all = 0, wrong = 0;
    std::set<std::string> discovered;
    for (const Case& c : world.cases) {
      if (!c.standing || c.direction == Direction::kVictim) continue;
      ++m.accusations;
      if (!c.discovery) continue;
      ++all;
      if (c.direction == Direction::kPromote) {
        wrong += roles.is_guilty(c) || roles.is_neutral(c.subject) ? 0 : 1;
        discovered.insert(c.subject);
      } else {
        wrong += roles.demoted.contains(c.subject) ? 0 : 1;
      }
    }
    m.discoveries += all;
    m.discoveries_false += wrong;
    if (all > 0) m.discoveries_false_share += static_cast<double>(wrong) / static_cast<double>(all) / static_cast<double>(worlds.size());
    for (const TruthRing& ring : world.rings) {
      if (ring.role != "offender" || (ring.orders == 0 && ring.first_fake.ms == 0)) continue;
      found.push_back(std::any_of(ring.subjects.begin(), ring.subjects.end(), [&](const std::string& s) { return discovered.contains(s); }) ? 1 : 0);
    }
  }
  m.found_by_discovery = bootstrap_mean(found, true);
}

void list_missed(std::span<const JudgedWorld> worlds, Metrics& m) {
  for (const JudgedWorld& world : worlds) {
    std::set<std::string> found;
    for (const Case& c : world.cases) if (c.standing && c.direction == Direction::kPromote) found.insert(c.subject);
    for (const TruthRing& ring : world.rings) {
      for (const std::string& s : ring.subjects) {
        if (ring.role == "offender" || m.near.size() >= kMissedListed) continue;
        const auto named = [&](const Case& c) { return c.standing && c.subject == s && c.direction != Direction::kPromote; };
        if (ring.role == "victim" && std::any_of(world.cases.begin(), world.cases.end(), named)) continue;
        const std::string spoke = findings_of(world, s);
        if (ring.role == "victim" || !spoke.empty()) m.near.push_back(fmt::format("{}/{} seed {} {}:{}", ring.scenario, ring.camouflage, world.seed, s, spoke));
      }
    }
    for (const TruthRing& ring : world.rings) {
      if (ring.role != "offender" || (ring.orders == 0 && ring.first_fake.ms == 0)) continue;
      for (const std::string& s : ring.subjects) {
        if (found.contains(s) || m.missed.size() >= kMissedListed) continue;
        m.missed.push_back(fmt::format("{}/{} seed {} {} ({} orders):{}", ring.scenario, ring.camouflage, world.seed, s, ring.orders, findings_of(world, s)));
      }
    }
  }
}

}  // namespace

std::string case_lines(const JudgedWorld& world) {
  const Roles roles(world);
  std::string out;
  for (const Case& c : world.cases) {
    if (!c.standing) continue;
    if (c.direction == Direction::kPromote && roles.is_neutral(c.subject)) continue;
    const bool right = c.direction == Direction::kPromote  ? roles.is_guilty(c)
                       : c.direction == Direction::kDemote ? roles.demoted.contains(c.subject)
                                                           : roles.victims.contains(c.subject) || roles.demoted.contains(c.subject);
    out += fmt::format(R"({{"seed":{},"subject":"{}","category":"{}","total_milli":{},"posterior_permille":{},"probability_permille":{},"right":{}}})"
                       "\n", world.seed, c.subject, category_name(category_of(c.kind, c.direction, c.families.size() < 2)), c.total_milli, c.posterior_permille,
                       c.probability_permille, right);
  }
  return out;
}

Metrics measure(std::span<const JudgedWorld> worlds, double budget_per_1000_shop_days) {
  Metrics m;
  m.worlds = worlds.size();
  m.budget_per_1000_shop_days = budget_per_1000_shop_days;
  for (const JudgedWorld& world : worlds) {
    m.orders += world.orders;
    m.events += world.events;
  }
  measure_attacks(worlds, m);
  measure_subjects(worlds, m);
  measure_queue(worlds, m);
  measure_roc(worlds, m);
  measure_crossings(worlds, m);
  measure_detectors(worlds, m);
  measure_discoveries(worlds, m);
  list_missed(worlds, m);
  return m;
}

}  // namespace brushwatch::evaluate
