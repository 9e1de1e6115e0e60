#include "evaluate/report.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace brushwatch::evaluate {
namespace {

std::string interval(const Interval& i) { return i.n == 0 ? "–" : fmt::format("{:.3f} [{:.3f}, {:.3f}] n={}", i.value, i.low, i.high, i.n); }

void attack_rows(const Metrics& m, std::string& out) {
  out += "| attack | camouflage | campaigns found (95 %) | shops found | fake orders before the case, p50 / p90 | hours, p50 / p90 | fakes after the case |\n"
         "|---|---|---|---|---|---|---|\n";
  for (const AttackScore& a : m.attacks) {
    out += fmt::format("| {}{} | {} | {} | {:.3f} of {} | {:.0f} / {:.0f} | {:.1f} / {:.1f} | {:.0f} % |\n", a.scenario,
                       a.role == "victim" ? " (named)" : "", a.camouflage < 0 ? "all" : std::to_string(a.camouflage), interval(a.found),
                       a.subjects_found.value, a.subjects_found.n, a.orders_before_p50, a.orders_before_p90, a.hours_p50, a.hours_p90,
                       100 * a.fakes_after_share);
  }
}

void fact(std::string& out, std::string_view what, const std::string& value) { out += fmt::format("| {} | {} |\n", what, value); }

/// Share of offenders' campaigns found, over all attacks.
Interval offenders_found(const Metrics& m) {
  double found = 0;
  std::size_t n = 0;
  for (const AttackScore& a : m.attacks) {
    if (a.camouflage >= 0 || a.role != "offender") continue;
    found += a.found.value * static_cast<double>(a.found.n);
    n += a.found.n;
  }
  return {n == 0 ? 0 : found / static_cast<double>(n), 0, 0, n};
}

void base_rate_part(const std::vector<BaseRate>& rates, std::string& out) {
  if (rates.empty()) return;
  out += "\n## By base rate\n\nThe same attacks where fewer or more shops brush; S2–S5 grow with the share, the others stay one ring each.\n\n| attack |";
  for (const BaseRate& r : rates) out += fmt::format(" {:.1f} % of shops, {:.1f} % of orders |", 100 * r.guilty_shops, 100 * r.fake_orders);
  out += "\n|---|";
  for (std::size_t i = 0; i < rates.size(); ++i) out += "---|";
  out += "\n";
  for (const AttackScore& a : rates.front().metrics.attacks) {
    if (a.camouflage >= 0) continue;
    out += "| " + a.scenario + " |";
    for (const BaseRate& r : rates) {
      const auto it = std::find_if(r.metrics.attacks.begin(), r.metrics.attacks.end(), [&](const AttackScore& b) { return b.scenario == a.scenario && b.camouflage < 0; });
      out += " " + (it == r.metrics.attacks.end() ? "–" : interval(it->found)) + " |";
    }
    out += "\n";
  }
  const auto row = [&](std::string_view name, auto value) {
    out += fmt::format("| {} |", name);
    for (const BaseRate& r : rates) out += " " + value(r.metrics) + " |";
    out += "\n";
  };
  row("precision@100", [](const Metrics& m) { return fmt::format("{:.3f} of {}", m.precision_at.at(100), m.cases_at.at(100)); });
  row("false cases per 10^6 orders", [](const Metrics& m) { return fmt::format("{:.2f} ({} cases)", m.false_per_1m_orders.value, m.false_cases); });
  row("calibration error", [](const Metrics& m) { return fmt::format("{:.4f}", m.ece); });
}

void detector_part(const Evaluation& e, std::string& out) {
  if (e.attacks.detectors.empty()) return;
  out += "\n## Each detector alone\n\nWhom a detector speaks of by itself, before fusion asks for a second family: with half a nat or more. Accusers: how many of them are offenders, and\n"
         "how many of the offenders' shops it speaks of; defenders: the same of victims and targets. In fraud-free worlds whoever is accused is innocent.\n\n"
         "| detector | says | subjects told of | right | of the offenders (victims) | fraud-free worlds: told of |\n|---|---|---|---|---|---|\n";
  const auto share = [](std::uint64_t part, std::uint64_t all) { return all == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(all); };
  for (const DetectorScore& d : e.attacks.detectors) {
    std::uint64_t clean = 0;
    for (const DetectorScore& c : e.clean.detectors) if (c.detector == d.detector && c.accuses == d.accuses) clean = c.told;
    out += fmt::format("| D{} | {} | {} | {:.3f} | {:.3f} | {} |\n", d.detector, d.accuses ? "offender" : "victim", d.told, share(d.right, d.told), share(d.seen, d.of),
                       e.clean.worlds > 0 ? std::to_string(clean) : "–");
  }
}

void ablation_part(const std::vector<Ablation>& rows, std::string& out) {
  if (rows.empty()) return;
  out += "\n## Ablation\n\nThe findings of the worlds above, fused again without one detector or one family. A family whose loss raises precision@100 would be\n"
         "a fault; a detector whose loss changes nothing found nothing here that others did not.\n\n"
         "| without | campaigns found | precision@100 | average precision | false cases | victims named |\n|---|---|---|---|---|---|\n";
  for (const Ablation& a : rows) {
    const Ablation& all = rows.front();
    const auto change = [](double now, double then) { return now == then ? std::string() : fmt::format(" ({:+.3f})", now - then); };
    out += fmt::format("| {} | {:.3f}{} | {:.3f}{} | {:.3f}{} | {} | {:.3f}{} |\n", a.without, a.found, change(a.found, all.found), a.precision_at_100,
                       change(a.precision_at_100, all.precision_at_100), a.pr_auc, change(a.pr_auc, all.pr_auc), a.false_cases, a.victims_named,
                       change(a.victims_named, all.victims_named));
  }
}

std::string plan_text(const AttackPlan& p) {
  std::string out = fmt::format("{}, {:.0f} % of its volume", p.script, 100 * p.volume);
  for (std::size_t k = 0; k < simulate::kKnobs; ++k)
    if (p.knobs[k] > 0) out += fmt::format(", {} {}", simulate::knob_name(static_cast<simulate::Knob>(k)), p.knobs[k]);
  return out;
}

void adaptive_part(const std::optional<AdaptiveResult>& a, std::string& out) {
  if (!a) return;
  out += fmt::format("\n## An attacker who adapts\n\n{} black-box tries (random restarts, hill climbing over script, volume and eight knobs; he sees which campaigns were\n"
                     "penalised, a week later). Yuan per surviving fake order, {:.0f} % of them surviving; prices: `evaluate/adaptive.cc`.\n\n| | yuan | against no detector |\n|---|---|---|\n"
                     "| without a detector | {:.1f} | 1 |\n", a->tries, 100 * kSurvive, a->free_yuan);
  if (a->found) out += fmt::format("| **cheapest plan that survives**: {} ({:.0f} % survive) | {:.1f} | **{:.2f}** |\n", plan_text(a->best), 100 * a->best_survives, a->best_yuan, a->ratio());
  else out += "| no plan of the search survived | – | – |\n";
  for (const KnobAlone& k : a->alone) {
    out += k.survives ? fmt::format("| {} alone | {:.1f} | {:.2f} |\n", k.name, k.yuan, a->free_yuan > 0 ? k.yuan / a->free_yuan : 0)
                      : fmt::format("| {} alone | does not survive | – |\n", k.name);
  }
}

}  // namespace

Ablation ablation_row(std::string without, const Metrics& m) {
  return {std::move(without), offenders_found(m).value, m.precision_at.at(100), m.pr_auc, m.false_cases, m.victims_named.value};
}

std::string markdown(const Evaluation& e) {
  const Metrics& m = e.attacks;
  std::string out = "# Evaluation\n\nWritten by `" + e.command + "`; do not edit. What the columns mean and how the worlds are made: `README.md` beside this file.\n\n";
  out += fmt::format("{} worlds: {} with attacks ({} orders, {} events), {} without ({} orders). Budget: {:.1f} cases a 1,000 shop-days.\n\n", e.split, m.worlds,
                     m.orders, m.events, e.clean.worlds, e.clean.orders, m.budget_per_1000_shop_days);
  out += "## Attacks\n\n![recall](recall.svg)\n\n";
  attack_rows(m, out);
  out += "\n## The queue\n\n| metric | value |\n|---|---|\n";
  for (const auto& [k, p] : m.precision_at) fact(out, fmt::format("precision@{}", k), fmt::format("{:.3f} of {}", p, m.cases_at.at(k)));
  fact(out, "average precision over shops", fmt::format("{:.3f}", m.pr_auc));
  fact(out, "suspicions (one family, never urgent) among the cases", fmt::format("{}, of which false {}", m.suspicions, m.suspicions_false));
  fact(out, "ROC AUC over shops; with shuffled labels (control)", fmt::format("{:.3f}; {:.3f}", m.roc_auc, m.roc_auc_shuffled));
  fact(out, "complicit outlets with a case", interval(m.outlets_found));
  fact(out, "complicit outlets among the ten highest", fmt::format("{:.3f}", m.outlets_in_top10));
  fact(out, "cases taken back", std::to_string(m.taken_back));
  out += "\n## The innocent\n\n| metric | value |\n|---|---|\n";
  if (e.clean.worlds > 0) {
    fact(out, "false cases in fraud-free worlds, per 10^6 orders",
         fmt::format("{:.2f} [{:.2f}, {:.2f}]; {} cases, {} urgent", e.clean.false_per_1m_orders.value, e.clean.false_per_1m_orders.low,
                     e.clean.false_per_1m_orders.high, e.clean.false_cases, e.clean.false_urgent));
  }
  fact(out, "false cases beside attacks, per 10^6 orders", fmt::format("{:.2f}; {} cases, {} urgent", m.false_per_1m_orders.value, m.false_cases, m.false_urgent));
  const std::uint64_t episodes = m.lookalike_episodes + e.clean.lookalike_episodes, wrong = m.lookalike_false + e.clean.lookalike_false;
  fact(out, "look-alike episodes with a false case, per 1,000",
       fmt::format("{:.2f}; {} of {}, {} urgent", episodes == 0 ? 0.0 : 1000.0 * static_cast<double>(wrong) / static_cast<double>(episodes), wrong, episodes,
                   m.lookalike_urgent + e.clean.lookalike_urgent));
  fact(out, "victims accused", fmt::format("{} of {}", m.victims_accused, m.victims));
  fact(out, "victims named", interval(m.victims_named));
  out += "\n| look-alike | episodes | with a false case |\n|---|---|---|\n";
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> looks = m.lookalikes;
  for (const auto& [name, counts] : e.clean.lookalikes) looks[name].first += counts.first, looks[name].second += counts.second;
  for (const auto& [name, counts] : looks) out += fmt::format("| {} | {} | {} |\n", name, counts.first, counts.second);
  if (e.clean.honest_shops > 0) {
    out += fmt::format("\n### Evidence on honest shops\n\nOf {} honest shops of the fraud-free worlds (none in any script), those whose evidence ever passed 1/α:\n\n"
                       "| detector | α = 0.05 | 0.01 | 0.001 |\n|---|---|---|---|\n", e.clean.honest_shops);
    const auto share = [&](std::uint64_t n) { return static_cast<double>(n) / static_cast<double>(e.clean.honest_shops); };
    for (const Crossing& c : e.clean.crossings)
      out += fmt::format("| D{} | {:.5f} | {:.5f} | {:.5f} |\n", c.detector, share(c.at_0_05), share(c.at_0_01), share(c.at_0_001));
    out += "\nD1, D11 and D26 speak in e-values, for which the share may be α at most; the others in likelihood ratios held at 4 nats (0.018).\n";
  }
  out += "\n## Discoveries\n\nThe accusations that reach the bar of their week (`docs/adr/0022`); the others stay alerts, as candidates.\n\n| metric | value |\n|---|---|\n";
  fact(out, "standing accusations; of them discoveries; of these wrong", fmt::format("{}; {}; {}", m.accusations, m.discoveries, m.discoveries_false));
  fact(out, "wrong share of a world's discoveries, mean", fmt::format("{:.4f}", m.discoveries_false_share));
  fact(out, "campaigns with a discovery", interval(m.found_by_discovery));
  if (e.clean.honest_shops > 0) {
    fact(out, "discoveries in fraud-free worlds", std::to_string(e.clean.discoveries));
    fact(out, "mean of exp(evidence) over honest shops, upper estimate", fmt::format("{:.3f}", e.clean.honest_e_mean));
  }
  out += "\n## Direction\n\n| truth \\ verdict | promote | demote | victim | none |\n|---|---|---|---|---|\n";
  constexpr std::string_view kRows[] = {"offender", "demoted", "victim", "innocent (only those with a case)"};
  for (std::size_t r = 0; r < m.direction.size(); ++r)
    out += fmt::format("| {} | {} | {} | {} | {} |\n", kRows[r], m.direction[r][0], m.direction[r][1], m.direction[r][2], m.direction[r][3]);
  out += fmt::format("\n## Calibration\n\nExpected calibration error of the learnt probability {:.4f} over {} cases; of the score's posterior {:.4f}. How it was learnt: `calibration.md`.\n\n![reliability](reliability.svg)\n\n| predicted | guilty | cases |\n|---|---|---|\n", m.ece,
                     m.promote_cases, m.ece_score);
  for (const Reliability& r : m.reliability) out += fmt::format("| {:.3f} | {:.3f} | {} |\n", r.predicted, r.guilty, r.n);
  detector_part(e, out);
  base_rate_part(e.base_rates, out);
  ablation_part(e.ablation, out);
  adaptive_part(e.adaptive, out);
  return out;
}

namespace {

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

void put(Json& w, const char* name, double value) { w.Key(name), w.Double(value); }
void put(Json& w, const char* name, std::uint64_t value) { w.Key(name), w.Uint64(value); }
void put(Json& w, const char* name, const Interval& i) {
  w.Key(name), w.StartObject();
  put(w, "value", i.value), put(w, "low", i.low), put(w, "high", i.high), put(w, "n", static_cast<std::uint64_t>(i.n));
  w.EndObject();
}
void put(Json& w, const char* name, const std::vector<std::string>& texts) {
  w.Key(name), w.StartArray();
  for (const std::string& t : texts) w.String(t.data(), static_cast<rapidjson::SizeType>(t.size()));
  w.EndArray();
}

void put(Json& w, const char* name, const Metrics& m) {
  w.Key(name), w.StartObject();
  put(w, "worlds", static_cast<std::uint64_t>(m.worlds)), put(w, "orders", m.orders), put(w, "events", m.events);
  w.Key("attacks"), w.StartArray();
  for (const AttackScore& a : m.attacks) {
    w.StartObject();
    w.Key("attack"), w.String(a.scenario.c_str());
    w.Key("role"), w.String(a.role.c_str());
    w.Key("camouflage"), w.Int(a.camouflage);
    put(w, "found", a.found), put(w, "subjects_found", a.subjects_found);
    put(w, "orders_before_p50", a.orders_before_p50), put(w, "orders_before_p90", a.orders_before_p90);
    put(w, "hours_p50", a.hours_p50), put(w, "hours_p90", a.hours_p90), put(w, "fakes_after_share", a.fakes_after_share);
    w.EndObject();
  }
  w.EndArray();
  put(w, "outlets_found", m.outlets_found), put(w, "outlets_in_top10", m.outlets_in_top10);
  for (const auto& [k, p] : m.precision_at) put(w, fmt::format("precision_at_{}", k).c_str(), p);
  put(w, "roc_auc", m.roc_auc), put(w, "roc_auc_shuffled", m.roc_auc_shuffled), put(w, "suspicions", m.suspicions), put(w, "suspicions_false", m.suspicions_false);
  put(w, "pr_auc", m.pr_auc), put(w, "false_per_1m_orders", m.false_per_1m_orders), put(w, "false_cases", m.false_cases);
  put(w, "false_urgent", m.false_urgent), put(w, "taken_back", m.taken_back), put(w, "promote_cases", m.promote_cases);
  put(w, "lookalike_episodes", m.lookalike_episodes), put(w, "lookalike_false", m.lookalike_false), put(w, "lookalike_urgent", m.lookalike_urgent);
  put(w, "victims", m.victims), put(w, "victims_accused", m.victims_accused), put(w, "victims_named", m.victims_named);
  put(w, "ece", m.ece), put(w, "ece_score", m.ece_score), put(w, "honest_shops", m.honest_shops), put(w, "honest_e_mean", m.honest_e_mean);
  put(w, "accusations", m.accusations), put(w, "discoveries", m.discoveries), put(w, "discoveries_false", m.discoveries_false);
  put(w, "discoveries_false_share", m.discoveries_false_share), put(w, "found_by_discovery", m.found_by_discovery);
  w.Key("crossings"), w.StartArray();
  for (const Crossing& c : m.crossings) {
    w.StartObject();
    w.Key("detector"), w.Int(c.detector);
    put(w, "at_0.05", c.at_0_05), put(w, "at_0.01", c.at_0_01), put(w, "at_0.001", c.at_0_001);
    w.EndObject();
  }
  w.EndArray();
  w.Key("detectors"), w.StartArray();
  for (const DetectorScore& d : m.detectors) {
    w.StartObject();
    w.Key("detector"), w.Int(d.detector);
    w.Key("says"), w.String(d.accuses ? "offender" : "victim");
    put(w, "told", d.told), put(w, "right", d.right), put(w, "seen", d.seen), put(w, "of", d.of);
    w.EndObject();
  }
  w.EndArray();
  put(w, "false_subjects", m.false_subjects), put(w, "missed", m.missed);
  w.EndObject();
}

}  // namespace

std::string json(const Evaluation& e) {
  rapidjson::StringBuffer buffer;
  Json w(buffer);
  w.StartObject();
  w.Key("command"), w.String(e.command.c_str());
  w.Key("split"), w.String(e.split.c_str());
  put(w, "with_attacks", e.attacks);
  if (e.clean.worlds > 0) put(w, "fraud_free", e.clean);
  if (!e.base_rates.empty()) {
    w.Key("base_rates"), w.StartArray();
    for (const BaseRate& r : e.base_rates) {
      w.StartObject();
      put(w, "guilty_shops", r.guilty_shops), put(w, "fake_orders", r.fake_orders), put(w, "metrics", r.metrics);
      w.EndObject();
    }
    w.EndArray();
  }
  if (!e.ablation.empty()) {
    w.Key("ablation"), w.StartArray();
    for (const Ablation& a : e.ablation) {
      w.StartObject();
      w.Key("without"), w.String(a.without.c_str());
      put(w, "found", a.found), put(w, "precision_at_100", a.precision_at_100), put(w, "pr_auc", a.pr_auc), put(w, "false_cases", a.false_cases);
      put(w, "victims_named", a.victims_named);
      w.EndObject();
    }
    w.EndArray();
  }
  if (e.adaptive) {
    w.Key("adaptive"), w.StartObject();
    put(w, "tries", static_cast<std::uint64_t>(e.adaptive->tries)), put(w, "free_yuan", e.adaptive->free_yuan), put(w, "best_yuan", e.adaptive->best_yuan);
    put(w, "ratio", e.adaptive->ratio()), put(w, "survives", e.adaptive->best_survives);
    w.Key("found"), w.Bool(e.adaptive->found);
    w.Key("plan"), w.String(plan_text(e.adaptive->best).c_str());
    w.Key("alone"), w.StartArray();
    for (const KnobAlone& k : e.adaptive->alone) {
      w.StartObject();
      w.Key("knob"), w.String(k.name.c_str());
      w.Key("survives"), w.Bool(k.survives);
      put(w, "yuan", k.yuan);
      w.EndObject();
    }
    w.EndArray();
    w.EndObject();
  }
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string recall_svg(const Metrics& m) {
  constexpr int kLeft = 110, kWidth = 440, kRow = 22, kTop = 34;
  std::vector<const AttackScore*> rows;
  for (const AttackScore& a : m.attacks) if (a.camouflage < 0) rows.push_back(&a);
  const int height = kTop + kRow * static_cast<int>(rows.size()) + 30;
  const auto x = [](double share) { return kLeft + share * kWidth; };
  std::string out = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" font-family=\"sans-serif\" font-size=\"12\">\n"
                                "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{}\" y=\"18\">campaigns found within the budget, 95 % interval</text>\n",
                                kLeft + kWidth + 90, height, kLeft);
  for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0})
    out += fmt::format("<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"#ddd\"/><text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4}</text>\n", x(tick), kTop - 6,
                       height - 24, height - 8, tick);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int y = kTop + kRow * static_cast<int>(i);
    const Interval& f = rows[i]->found;
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"14\" fill=\"#4a7fb5\"/>"
                       "<line x1=\"{:.1f}\" y1=\"{}\" x2=\"{:.1f}\" y2=\"{}\" stroke=\"black\" stroke-width=\"2\"/><text x=\"{}\" y=\"{}\">{:.2f} (n={})</text>\n",
                       kLeft - 8, y + 12, rows[i]->scenario, kLeft, y, f.value * kWidth, x(f.low), y + 7, x(f.high), y + 7, kLeft + kWidth + 8, y + 12, f.value, f.n);
  }
  return out + "</svg>\n";
}

std::string reliability_svg(const Metrics& m) {
  constexpr double kSize = 300, kAt = 50;
  const auto x = [](double p) { return kAt + p * kSize; };
  const auto y = [](double p) { return 20 + (1 - p) * kSize; };
  std::string out = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{0}\" font-family=\"sans-serif\" font-size=\"12\">\n"
                                "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<rect x=\"{1}\" y=\"20\" width=\"{2}\" height=\"{2}\" fill=\"none\" stroke=\"#888\"/>\n"
                                "<line x1=\"{3:.1f}\" y1=\"{4:.1f}\" x2=\"{5:.1f}\" y2=\"{6:.1f}\" stroke=\"#bbb\"/>\n",
                                kAt + kSize + 40, kAt, kSize, x(0), y(0), x(1), y(1));
  for (const Reliability& r : m.reliability) out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"#4a7fb5\"><title>{} cases</title></circle>\n", x(r.predicted), y(r.guilty), r.n);
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">predicted probability</text>\n<text x=\"14\" y=\"{:.1f}\" transform=\"rotate(-90 14 {:.1f})\" text-anchor=\"middle\">share of guilty</text>\n",
                     x(0.5), y(0) + 28, y(0.5), y(0.5));
  return out + "</svg>\n";
}

}  // namespace brushwatch::evaluate
