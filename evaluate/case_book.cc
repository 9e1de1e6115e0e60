#include "evaluate/case_book.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <tuple>

#include "alliance/discovery.h"

namespace brushwatch::evaluate {
namespace {

std::string text_of(const rapidjson::Value& v, const char* name) {
  const auto it = v.FindMember(name);
  return it == v.MemberEnd() || !it->value.IsString() ? std::string() : std::string(it->value.GetString(), it->value.GetStringLength());
}

SubjectKind kind_of(std::string_view name) {
  for (const SubjectKind kind : {SubjectKind::kShop, SubjectKind::kOutlet, SubjectKind::kCourier, SubjectKind::kOperator}) {
    if (subject_kind_name(kind) == name) return kind;
  }
  return SubjectKind::kShop;
}

Direction direction_of(std::string_view name) {
  for (const Direction d : {Direction::kPromote, Direction::kDemote, Direction::kVictim}) {
    if (direction_name(d) == name) return d;
  }
  return Direction::kPromote;
}

}  // namespace

Result<void> CaseBook::add(std::string_view line) {
  rapidjson::Document alert;
  if (alert.Parse(line.data(), line.size()).HasParseError() || !alert.IsObject()) return fail(ErrorCode::kNotJson, "an alert line is not a JSON object");
  const std::string type = text_of(alert, "type");
  if (!type.starts_with("alert") || !alert.HasMember("subject") || !alert["subject"].IsObject()) return {};
  Alert& held = alerts_[text_of(alert, "id")];
  Case& now = held.now;
  const std::string subject = text_of(alert["subject"], "id");
  now.subject = subject.starts_with("PLAT:") ? subject.substr(5) : subject;
  now.kind = kind_of(text_of(alert["subject"], "kind"));
  now.direction = direction_of(text_of(alert, "direction"));
  held.withdrawn = type == "alert_withdrawn";
  if (type == "alert") {
    EventTime at{};
    if (const auto parsed = parse_time(text_of(alert, "event_time"))) at = *parsed;
    now.raised = at;
  }
  now.urgent = text_of(alert, "severity") == "urgent";
  if (const auto it = alert.FindMember("window"); it != alert.MemberEnd() && it->value.IsObject()) held.week = text_of(it->value, "start");
  if (const auto it = alert.FindMember("posterior_permille"); it != alert.MemberEnd() && it->value.IsInt()) now.posterior_permille = it->value.GetInt();
  now.probability_permille = now.posterior_permille;
  if (const auto it = alert.FindMember("probability_permille"); it != alert.MemberEnd() && it->value.IsInt()) now.probability_permille = it->value.GetInt();
  const auto score = alert.FindMember("score");
  if (score == alert.MemberEnd() || !score->value.IsObject()) return {};
  if (const auto it = score->value.FindMember("total_milli"); it != score->value.MemberEnd() && it->value.IsInt64()) now.total_milli = it->value.GetInt64();
  if (const auto it = score->value.FindMember("prior_milli"); it != score->value.MemberEnd() && it->value.IsInt64()) held.evidence_milli = now.total_milli - it->value.GetInt64();
  now.families.clear();
  if (const auto it = score->value.FindMember("families"); it != score->value.MemberEnd() && it->value.IsArray()) {
    for (const auto& family : it->value.GetArray()) now.families += text_of(family, "family");
  }
  return {};
}

Result<void> CaseBook::add_control(std::string_view line) {
  if (line.find(R"("type":"control")") == std::string_view::npos) return {};
  rapidjson::Document document;
  if (document.Parse(line.data(), line.size()).HasParseError() || !document.IsObject()) return fail(ErrorCode::kNotJson, "a case line is not a JSON object");
  const auto control = document.FindMember("control");
  if (control == document.MemberEnd() || !control->value.IsObject()) return {};
  if (const auto it = control->value.FindMember("bar_milli"); it != control->value.MemberEnd() && it->value.IsInt64()) bars_[text_of(control->value, "week")] = it->value.GetInt64();
  return {};
}

std::vector<Case> CaseBook::cases() const {
  std::map<std::pair<std::string, Direction>, Case> by_subject;
  for (const auto& [id, alert] : alerts_) {
    Case now = alert.now;
    now.standing = !alert.withdrawn;
    now.urgent = now.urgent && now.standing;
    const auto bar = bars_.find(alert.week);
    now.discovery = now.standing && now.direction != Direction::kVictim && bar != bars_.end() && reaches(alert.evidence_milli, bar->second);
    auto [it, fresh] = by_subject.try_emplace({now.subject, now.direction}, now);
    if (fresh) continue;
    Case& kept = it->second;
    // The best standing alert speaks; the first standing one dates the case.
    const EventTime raised = !kept.standing ? now.raised : !now.standing ? kept.raised : std::min(kept.raised, now.raised);
    const bool urgent = kept.urgent || now.urgent, discovery = kept.discovery || now.discovery;
    if (std::tuple(now.standing, now.total_milli) > std::tuple(kept.standing, kept.total_milli)) kept = now;
    kept.raised = raised;
    kept.urgent = urgent;
    kept.discovery = discovery;
  }
  std::vector<Case> out;
  for (auto& [key, value] : by_subject) out.push_back(std::move(value));
  std::stable_sort(out.begin(), out.end(), [](const Case& a, const Case& b) {
    return std::tuple(!a.standing, -a.total_milli) < std::tuple(!b.standing, -b.total_milli);
  });
  return out;
}

}  // namespace brushwatch::evaluate
