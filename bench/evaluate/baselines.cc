// What anybody knows, on the worlds that `evaluate` judges: per-shop z-score, the Shopee rule, MIDAS-R and -F, FRAUDAR; our own code of
// each, beside the product. Every method ranks the shops of a world and has the analyst's budget of cases.
//
//   bench_evaluate [--seeds N] > docs/evaluation/baselines.md

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "apps/evaluation.h"
#include "bench/public/midas.h"
#include "bench/public/shopee_rule.h"
#include "engine/graph/peel.h"
#include "engine/math/ranking.h"
#include "evaluate/suite.h"
#include "simulate/scenario.h"

namespace brushwatch {
namespace {

struct Order {
  EventTime at;
  std::uint32_t shop = 0, buyer = 0;
};

/// The paid orders of a world, by ingest; shops and buyers numbered in the order of their first one.
class OrderSink final : public simulate::EventSink {
 public:
  Result<void> write(simulate::Stream stream, EventTime, std::string_view line) override {
    if (stream != simulate::Stream::kOrders || !line.starts_with(R"({"type":"order.paid")")) return {};
    const std::string shop = std::string(member(line, "source")) + ":" + std::string(member(line, "shop_id"));
    Order order;
    const auto time = line.find("\"event_time\":") + 13;
    std::from_chars(line.data() + time, line.data() + line.size(), order.at.ms);
    order.shop = number(shops_, shop);
    if (order.shop == names.size()) names.push_back(shop);
    order.buyer = number(buyers_, std::string(member(line, "buyer_pid")));
    orders.push_back(order);
    return {};
  }
  std::vector<Order> orders;
  std::vector<std::string> names;  ///< of the shops
  [[nodiscard]] std::uint32_t buyers() const { return static_cast<std::uint32_t>(buyers_.size()); }

 private:
  static std::string_view member(std::string_view line, std::string_view name) {
    const std::string key = "\"" + std::string(name) + "\":\"";
    const auto from = line.find(key) + key.size();
    return line.substr(from, line.find('"', from) - from);
  }
  static std::uint32_t number(std::map<std::string, std::uint32_t>& map, const std::string& name) { return map.try_emplace(name, static_cast<std::uint32_t>(map.size())).first->second; }
  std::map<std::string, std::uint32_t> shops_, buyers_;
};

using Scores = std::vector<double>;  // by shop

/// Orders of a day against the mean and deviation of the shop's days before it; the loudest day counts.
Scores z_score(const OrderSink& w, EventTime start, std::uint32_t days) {
  std::vector<std::vector<double>> count(w.names.size(), std::vector<double>(days + 1, 0));
  for (const Order& o : w.orders) count[o.shop][static_cast<std::size_t>(std::clamp<std::int64_t>((o.at - start) / kDayMs, 0, days))] += 1;
  constexpr std::size_t kLeastDays = 3;
  Scores out(w.names.size(), 0);
  for (std::size_t s = 0; s < out.size(); ++s) {
    double sum = 0, squares = 0;
    for (std::size_t d = 0; d <= days; ++d) {
      const auto n = static_cast<double>(d);
      // The 1 keeps a shop of equal days from being infinitely surprised.
      if (d >= kLeastDays) out[s] = std::max(out[s], (count[s][d] - sum / n) / std::sqrt(std::max(0.0, squares / n - sum * sum / n / n) + 1));
      sum += count[s][d];
      squares += count[s][d] * count[s][d];
    }
  }
  return out;
}

Scores shopee(const OrderSink& w) {
  bench::ShopeeRule rule({});
  std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (const Order& o : w.orders) {
    rule.add(o.at.ms / 1000, o.shop, o.buyer);
    pairs.emplace(o.shop, o.buyer);
  }
  rule.finish();
  Scores out(w.names.size(), 0);
  for (const auto& [shop, buyer] : pairs) out[shop] += rule.brushed(shop, buyer);
  return out;
}

/// Edges buyer → shop in ticks of an hour, in event time; a shop is as anomalous as its most anomalous edge.
Scores midas(const OrderSink& w, EventTime start, bool filtering) {
  std::vector<Order> sorted = w.orders;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Order& a, const Order& b) { return a.at < b.at; });
  bench::Midas detector({.filtering = filtering});
  Scores out(w.names.size(), 0);
  for (const Order& o : sorted) {
    const auto tick = static_cast<std::uint32_t>(std::max<std::int64_t>(0, (o.at - start) / kHourMs) + 1);
    out[o.shop] = std::max(out[o.shop], detector.add(o.buyer, (std::uint64_t{1} << 32) + o.shop, tick));
  }
  return out;
}

/// The whole graph; columns weigh 1 / log(degree + 5), block after block (KDD'16, §4). Shops of an earlier block rank higher.
Scores fraudar(const OrderSink& w) {
  constexpr int kBlocks = 60;  // enough to fill the budget
  std::vector<std::uint32_t> degree(w.names.size(), 0);
  for (const Order& o : w.orders) ++degree[o.shop];
  std::vector<WeightedEdge> edges;
  for (const Order& o : w.orders) edges.push_back({o.buyer, w.buyers() + o.shop, static_cast<std::uint32_t>(1e6 / std::log(degree[o.shop] + 5.0))});
  const auto nodes = w.buyers() + static_cast<std::uint32_t>(w.names.size());
  Scores out(w.names.size(), 0);
  for (int block = 0; block < kBlocks && !edges.empty(); ++block) {
    const DenseBlock dense = peel(edges, nodes);
    std::vector<bool> inside(nodes, false);
    for (const std::uint32_t v : dense.nodes) {
      inside[v] = true;
      if (v >= w.buyers() && out[v - w.buyers()] == 0) out[v - w.buyers()] = kBlocks - block + dense.density() * 1e-9;
    }
    std::erase_if(edges, [&](const WeightedEdge& e) { return inside[e.a] && inside[e.b]; });
  }
  return out;
}

/// One method on all worlds: which campaigns its budget finds, and how well it ranks shops.
struct Method {
  std::string name;
  std::map<std::string, std::pair<std::uint32_t, std::uint32_t>> found;  // attack → found, campaigns
  std::vector<Judged> ranked;

  /// `scores`: of every shop that had an order.
  void add(const evaluate::JudgedWorld& world, const std::map<std::string, double>& scores) {
    std::set<std::string> guilty;
    for (const auto& ring : world.rings) if (ring.role == "offender") guilty.insert(ring.subjects.begin(), ring.subjects.end());
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [shop, score] : scores) {
      ranked.push_back({score, guilty.contains(shop)});
      if (score > 0) order.emplace_back(score, shop);
    }
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    const auto budget = static_cast<std::size_t>(std::ceil(evaluate::kBudgetPer1000ShopDays * world.shops * world.days / 1000));
    std::set<std::string> cases;
    for (std::size_t i = 0; i < std::min(budget, order.size()); ++i) cases.insert(order[i].second);
    for (const auto& ring : world.rings) {
      if (ring.role != "offender" || ring.first_fake.ms == 0) continue;
      auto& [hits, all] = found[ring.scenario];
      ++all;
      hits += std::any_of(ring.subjects.begin(), ring.subjects.end(), [&](const std::string& s) { return cases.contains(s); }) ? 1 : 0;
    }
  }
};

std::map<std::string, double> by_name(const OrderSink& w, const Scores& scores) {
  std::map<std::string, double> out;
  for (std::size_t s = 0; s < scores.size(); ++s) out[w.names[s]] = scores[s];
  return out;
}

/// "**0.900**" for the best of the row; the row's verdict when it is not ours.
std::string row(const std::string& name, const std::vector<double>& values, const std::vector<Method>& methods) {
  const double best = *std::max_element(values.begin(), values.end());
  std::string out = "| " + name + " |", winners;
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += values[i] == best ? fmt::format(" **{:.3f}** |", values[i]) : fmt::format(" {:.3f} |", values[i]);
    if (i > 0 && values[i] == best && best > values[0]) winners += (winners.empty() ? "" : ", ") + methods[i].name;
  }
  return out + (winners.empty() ? " |\n" : " " + winners + " wins |\n");
}

int write_page(std::uint32_t seeds) {
  const app::Operators operators;
  std::vector<Method> methods = {{"Brushwatch", {}, {}}, {"z-score", {}, {}}, {"Shopee rule", {}, {}}, {"MIDAS-R", {}, {}}, {"MIDAS-F", {}, {}}, {"FRAUDAR", {}, {}}};
  for (std::uint32_t n = 0; n < seeds; ++n) {
    const simulate::WorldOptions options = evaluate::attack_world(evaluate::Split::kTest, n, evaluate::known_attacks());
    OrderSink orders;
    const auto made = simulate::generate_world(options, orders);
    const auto judged = app::judge_simulated(operators, options, {});
    if (!made || !judged) {
      std::fprintf(stderr, "%s\n", (made ? judged.error() : made.error()).message().c_str());
      return 1;
    }
    std::map<std::string, double> ours;
    for (const std::string& name : orders.names) ours[name] = 0;
    // Log odds may be negative: what stands ranks above what was never told.
    for (const auto& c : judged->cases) if (c.standing && c.direction == Direction::kPromote && ours.contains(c.subject)) ours[c.subject] = 1e6 + static_cast<double>(c.total_milli);
    methods[0].add(*judged, ours);
    methods[1].add(*judged, by_name(orders, z_score(orders, options.start, options.days)));
    methods[2].add(*judged, by_name(orders, shopee(orders)));
    methods[3].add(*judged, by_name(orders, midas(orders, options.start, false)));
    methods[4].add(*judged, by_name(orders, midas(orders, options.start, true)));
    methods[5].add(*judged, by_name(orders, fraudar(orders)));
    std::fprintf(stderr, "world %u of %u\n", n + 1, seeds);
  }
  std::string out = fmt::format("# Beside what anybody knows\n\nWritten by `make evaluate-baselines SEEDS={}`; do not edit. Test worlds of `README.md`; each method ranks the shops of a world and has\n"
                                "the same budget of cases. The baselines see paid orders (shop, buyer, time), as their papers have it; our code of each is in `bench/`. The last\n"
                                "column says so where one of them wins.\n\n| campaigns found within the budget |", seeds);
  for (const Method& m : methods) out += " " + m.name + " |";
  out += " |\n|---|";
  for (std::size_t i = 0; i <= methods.size(); ++i) out += "---|";
  out += "\n";
  for (const auto& [attack, counts] : methods[0].found) {
    std::vector<double> values;
    for (const Method& m : methods) values.push_back(static_cast<double>(m.found.at(attack).first) / m.found.at(attack).second);
    out += row(fmt::format("{} (n={})", attack, counts.second), values, methods);
  }
  std::vector<double> precision, area, roc;
  for (const Method& m : methods) {
    precision.push_back(precision_at(m.ranked, 100));
    area.push_back(average_precision(m.ranked));
    roc.push_back(area_under_roc(m.ranked));
  }
  out += row("precision@100, all worlds", precision, methods) + row("average precision over shops", area, methods) + row("ROC AUC over shops", roc, methods);
  std::printf("%s", out.c_str());
  return 0;
}

}  // namespace
}  // namespace brushwatch

int main(int argc, char** argv) {
  std::uint32_t seeds = 4;
  if (argc == 3 && std::string_view(argv[1]) == "--seeds") seeds = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
  return brushwatch::write_page(std::max(1U, seeds));
}
