// GET /api/v1/detectors, and the counts behind it.

#include "doors/verdicts.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "doors/api.h"
#include "doors/json.h"
#include "doors/query.h"

namespace brushwatch::doors {

std::uint64_t DetectorVerdicts::* verdict_of(std::string_view alert_state, std::string_view case_state) {
  const auto is = [](std::string_view state, std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), state) != words.end(); };
  if (is(case_state, {"CONFIRMED", "REFERRED", "PENALISED", "LINKED"})) return &DetectorVerdicts::confirmed;
  // A subject that turned out to be the victim was accused wrongly.
  if (case_state.starts_with("CLOSED_") || alert_state == "DISMISSED") return &DetectorVerdicts::rejected;
  if (!case_state.empty() || alert_state == "IN_CASE") return &DetectorVerdicts::worthy;
  return &DetectorVerdicts::undecided;
}

Share wilson(std::uint64_t hits, std::uint64_t of) {
  if (of == 0) return {};
  // E. B. Wilson, JASA 22 (1927); z of 95 %. Shown to people, folded into nothing.
  constexpr double kZ = 1.959964;
  const double n = static_cast<double>(of), p = static_cast<double>(hits) / n;
  const double middle = p + kZ * kZ / (2 * n), half = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n)), scale = 1 + kZ * kZ / n;
  return {std::llround(1000 * std::max(0.0, (middle - half) / scale)), std::llround(1000 * std::min(1.0, (middle + half) / scale))};
}

VerdictsByDetector ReadModel::verdicts() const {
  const std::shared_lock lock(mutex_);
  std::map<std::string_view, std::string_view> cases;  // alert → state of its case
  for (const auto& [id, object] : objects_[static_cast<std::size_t>(Topic::kCase)]) cases[object.newest.alert] = object.newest.state;
  const auto& states = objects_[static_cast<std::size_t>(Topic::kAlertState)];
  VerdictsByDetector out;
  for (const auto& [id, object] : objects_[static_cast<std::size_t>(Topic::kAlert)]) {
    const auto state = states.find(id);
    const auto of_case = cases.find(id);
    const auto counter = verdict_of(state == states.end() ? std::string_view() : std::string_view(state->second.newest.state), of_case == cases.end() ? std::string_view() : of_case->second);
    // Withdrawn before anybody looked: the engine's own word, no verdict of a person.
    if (counter == &DetectorVerdicts::undecided && object.newest.state == "withdrawn") continue;
    for (const std::string& detector : object.newest.voices) ++(out[detector].*counter);
  }
  return out;
}

HttpReply Api::detectors(const Call& call) {
  Query query(call.request.query, {});
  if (!query.why().empty()) return problem(400, "bad_parameter", query.why(), call.request.trace_id, {{query.fault(), query.why()}});
  JsonOut json;
  json.begin_object().key("items").begin_array();
  for (const auto& [name, v] : parts_.model.verdicts()) {
    const auto count = [&json](std::string_view key, std::uint64_t n) { json.member(key, static_cast<std::int64_t>(n)); };
    json.begin_object().member("detector", name);
    count("confirmed", v.confirmed);
    count("worthy", v.worthy);
    count("rejected", v.rejected);
    count("undecided", v.undecided);
    json.key("precision_permille");
    if (v.decided() == 0) json.null();
    else json.number(static_cast<std::int64_t>(1000 * (v.confirmed + v.worthy) / v.decided()));
    const Share share = wilson(v.confirmed + v.worthy, v.decided());
    json.member("low_permille", share.low_permille).member("high_permille", share.high_permille).end_object();
  }
  json.end_array().end_object();
  return {200, json.take()};
}

}  // namespace brushwatch::doors
