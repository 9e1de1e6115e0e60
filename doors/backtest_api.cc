#include "doors/backtest_api.h"

#include <rapidjson/document.h>

#include <algorithm>

#include "doors/answer.h"
#include "doors/json.h"

namespace brushwatch::doors {
namespace {

/// A proposal of more rules than this is a rule file: `brushwatch backtest` reads those.
constexpr std::size_t kRulesMost = 32;

void write(JsonOut& json, const BacktestView& job, bool with_report) {
  json.begin_object().member("id", job.id).member("by", job.by).member("state", job.state).key("rules").begin_object();
  for (const auto& [name, value] : job.wish.rules) json.member(name, value);
  json.end_object();
  if (job.wish.from) json.member("from", format_time(*job.wish.from));
  if (job.wish.to) json.member("to", format_time(*job.wish.to));
  json.member("asked", format_time(job.asked)).member("done_permille", job.done_permille).member("rounds", static_cast<std::int64_t>(job.rounds));
  if (job.at.ms != 0) json.member("at", format_time(job.at));
  if (job.state == "done") {
    json.member("appears", static_cast<std::int64_t>(job.appears)).member("vanishes", static_cast<std::int64_t>(job.vanishes)).member("moves", static_cast<std::int64_t>(job.moves));
  }
  if (!job.error.empty()) json.member("error", job.error);
  if (with_report && !job.report.empty()) json.key("report").raw(job.report);
  json.end_object();
}
HttpReply shown(unsigned status, const BacktestView& job) {
  JsonOut json;
  write(json, job, true);
  return {status, json.take()};
}

HttpReply rules(const Backtests& backtests) {
  JsonOut json;
  json.begin_object().key("items").begin_array();
  for (const RuleView& r : backtests.rules()) {
    json.begin_object().member("name", r.name).member("unit", r.unit).member("reason", r.reason);
    json.member("low", r.low).member("high", r.high).member("default", r.usual).member("value", r.now).end_object();
  }
  json.end_array().end_object();
  return {200, json.take()};
}

HttpReply all(const Backtests& backtests) {
  JsonOut json;
  json.begin_object().key("items").begin_array();
  for (const BacktestView& job : backtests.all()) write(json, job, false);
  json.end_array().end_object();
  return {200, json.take()};
}

rapidjson::Document parsed(const HttpRequest& request) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(request.body.data(), request.body.size());
  return json;
}
std::string_view text_of(const rapidjson::Value& v) { return {v.GetString(), v.GetStringLength()}; }

HttpReply begin(Backtests& backtests, const HttpRequest& request, const Principal& who) {
  const rapidjson::Document json = parsed(request);
  std::vector<ProblemField> faults;
  BacktestWish wish;
  if (json.HasParseError() || !json.IsObject()) faults.push_back({"", "not a JSON object"});
  else {
    for (const auto& member : json.GetObject()) {
      const std::string_view name = text_of(member.name);
      if (name == "rules" && member.value.IsObject() && wish.rules.empty()) {
        if (member.value.MemberCount() > kRulesMost) faults.push_back({"/rules", "at most 32"});
        else for (const auto& rule : member.value.GetObject()) {
          const std::string rule_name(text_of(rule.name));
          const bool twice = std::any_of(wish.rules.begin(), wish.rules.end(), [&](const auto& r) { return r.first == rule_name; });
          const std::string wrong = !rule.value.IsInt64() ? "must be a whole number" : twice ? "given twice" : backtests.complaint(rule_name, rule.value.GetInt64());
          if (wrong.empty()) wish.rules.emplace_back(rule_name, rule.value.GetInt64());
          else faults.push_back({"/rules", rule_name.substr(0, 64) + ": " + wrong});
        }
      } else if ((name == "from" || name == "to") && member.value.IsString()) {
        const auto time = parse_time(text_of(member.value));
        if (!time) faults.push_back({"/" + std::string(name), "RFC 3339 with an offset"});
        else (name == "from" ? wish.from : wish.to) = *time;
      } else {
        faults.push_back({"", "a member that this request does not have, or of another type"});
      }
    }
    if (faults.empty() && wish.rules.empty()) faults.push_back({"/rules", "at least one"});
    if (wish.from && wish.to && *wish.from >= *wish.to) faults.push_back({"/to", "must be later than from"});
  }
  if (!faults.empty()) return problem(400, "bad_request", "the body is no backtest", request.trace_id, faults);
  std::sort(wish.rules.begin(), wish.rules.end());
  const auto job = backtests.begin(std::move(wish), who.name);
  if (!job) return problem(409, "backtest_running", "one runs at a time: wait for it or cancel it", request.trace_id);
  HttpReply reply = shown(202, *job);
  reply.headers.emplace_back("Location", "/api/v1/backtests/" + job->id);
  return reply;
}

HttpReply cancel(Backtests& backtests, const HttpRequest& request, const std::string& id) {
  const rapidjson::Document json = parsed(request);
  if (json.HasParseError() || !json.IsObject() || json.MemberCount() != 1 || !json.HasMember("action") || !json["action"].IsString() || text_of(json["action"]) != "cancel")
    return problem(400, "bad_request", "the body is {\"action\": \"cancel\"}", request.trace_id, {{"/action", "must be \"cancel\""}});
  backtests.cancel(id);
  return shown(200, *backtests.find(id));
}

}  // namespace

HttpReply serve_backtest(Verb verb, Backtests* backtests, const HttpRequest& request, const Principal& who, const std::string& id) {
  if (backtests == nullptr) {
    HttpReply reply = problem(503, "no_backtests", "no backtests are run here", request.trace_id);
    reply.retry_after_s = 60;
    return reply;
  }
  switch (verb) {
    case Verb::kRules: return rules(*backtests);
    case Verb::kListBacktests: return all(*backtests);
    case Verb::kBeginBacktest: return begin(*backtests, request, who);
    default: break;
  }
  const auto job = backtests->find(id);
  if (!job) return not_found(request);
  return verb == Verb::kGetBacktest ? shown(200, *job) : cancel(*backtests, request, id);
}

}  // namespace brushwatch::doors
