#include "simulate/truth.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <fstream>
#include <set>

namespace brushwatch::simulate {
namespace {

using Strings = std::set<std::string, std::less<>>;

/// Calls `take` with each line's object. `take` returns the name of the first member that is missing or not what it should be.
template <class Take>
Result<void> each_line(const std::string& path, Take take) {
  std::ifstream in(path);
  if (!in) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot open the truth file").in(path));
  std::string line;
  for (std::int64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    rapidjson::Document object;
    if (object.Parse(line.data(), line.size()).HasParseError() || !object.IsObject())
      return tl::unexpected<Error>(Error(ErrorCode::kNotJson, "a truth line is not a JSON object", number).in(path));
    if (const std::string_view wrong = take(object); !wrong.empty())
      return tl::unexpected<Error>(Error(ErrorCode::kMissingField, "a member of a truth line is missing or not of its kind; line", number).in(path + ": " + std::string(wrong)));
  }
  return {};
}

bool take_text(const rapidjson::Value& object, const char* name, std::string& out) {
  const auto it = object.FindMember(name);
  if (it == object.MemberEnd() || !it->value.IsString()) return false;
  out.assign(it->value.GetString(), it->value.GetStringLength());
  return true;
}
bool take_number(const rapidjson::Value& object, const char* name, std::int64_t& out) {
  const auto it = object.FindMember(name);
  if (it == object.MemberEnd() || !it->value.IsInt64()) return false;
  out = it->value.GetInt64();
  return true;
}
bool take_texts(const rapidjson::Value& object, const char* name, std::vector<std::string>& out) {
  const auto it = object.FindMember(name);
  if (it == object.MemberEnd() || !it->value.IsArray()) return false;
  for (const auto& value : it->value.GetArray()) {
    if (!value.IsString()) return false;
    out.emplace_back(value.GetString(), value.GetStringLength());
  }
  return true;
}

std::string without_plat(const std::string& subject) { return subject.starts_with("PLAT:") ? subject.substr(5) : subject; }

}  // namespace

std::string truth_line(const TruthRing& ring) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> w(out);
  const auto text = [&](const char* name, const std::string& value) {
    w.Key(name);
    w.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  const auto texts = [&](const char* name, const std::vector<std::string>& values) {
    w.Key(name);
    w.StartArray();
    for (const std::string& v : values) w.String(v.data(), static_cast<rapidjson::SizeType>(v.size()));
    w.EndArray();
  };
  w.StartObject();
  text("scenario", ring.scenario);
  text("role", ring.role);
  text("direction", ring.direction);
  texts("subjects", ring.subjects);
  texts("related", ring.related);
  w.Key("first_fake"), w.Int64(ring.first_fake.ms);
  w.Key("last_fake"), w.Int64(ring.last_fake.ms);
  w.Key("orders"), w.Uint64(ring.orders);
  w.Key("waybills"), w.Uint64(ring.waybills);
  w.Key("camouflage"), w.Int(ring.camouflage);
  w.EndObject();
  return {out.GetString(), out.GetSize()};
}

Result<std::vector<TruthRing>> read_truth(const std::string& path) {
  std::vector<TruthRing> rings;
  BW_TRY(each_line(path, [&](const rapidjson::Document& object) {
    TruthRing ring;
    std::int64_t orders = 0, waybills = 0;
    std::string_view wrong;
    const auto need = [&](const char* name, bool taken) { if (!taken && wrong.empty()) wrong = name; };
    need("scenario", take_text(object, "scenario", ring.scenario) && !ring.scenario.empty());
    need("role", take_text(object, "role", ring.role) && (ring.role == "offender" || ring.role == "victim" || ring.role == "lookalike"));
    need("direction", take_text(object, "direction", ring.direction) &&
                          (ring.direction == "promote" || ring.direction == "demote" || ring.direction == "victim" || ring.direction.empty()));
    need("subjects", take_texts(object, "subjects", ring.subjects));
    need("related", take_texts(object, "related", ring.related));
    need("first_fake", take_number(object, "first_fake", ring.first_fake.ms));
    need("last_fake", take_number(object, "last_fake", ring.last_fake.ms));
    need("orders", take_number(object, "orders", orders) && orders >= 0);
    need("waybills", take_number(object, "waybills", waybills) && waybills >= 0);
    ring.orders = static_cast<std::uint64_t>(orders);
    ring.waybills = static_cast<std::uint64_t>(waybills);
    std::int64_t camouflage = 0;
    if (take_number(object, "camouflage", camouflage)) ring.camouflage = static_cast<int>(camouflage);  // may be absent
    rings.push_back(std::move(ring));
    return wrong;
  }));
  return rings;
}

Result<std::vector<TruthOrder>> read_truth_orders(const std::string& path) {
  std::vector<TruthOrder> orders;
  BW_TRY(each_line(path, [&](const rapidjson::Document& object) {
    TruthOrder order;
    std::int64_t ring = 0;
    const std::string_view wrong = !take_number(object, "ring", ring) || ring < 0 ? "ring" : !take_text(object, "order_id", order.order) ? "order_id"
                                   : !take_text(object, "waybill", order.waybill) ? "waybill" : "";
    order.ring = static_cast<std::uint32_t>(ring);
    take_number(object, "created", order.created.ms);  // may be absent
    orders.push_back(std::move(order));
    return wrong;
  }));
  return orders;
}

Score score_alerts(std::span<const TruthRing> truth, std::span<const JudgedAlert> alerts) {
  Score score;
  Strings accused, named;
  for (const JudgedAlert& alert : alerts) {
    if (alert.withdrawn) { ++score.withdrawn; continue; }
    (alert.direction == Direction::kPromote ? accused : named).insert(without_plat(alert.subject));
  }
  Strings guilty, neutral;
  for (const TruthRing& ring : truth) {
    for (const std::string& related : ring.related) neutral.insert(related);
    if (ring.role == "offender") {
      bool any = false;
      for (const std::string& subject : ring.subjects) {
        if (!guilty.insert(subject).second) continue;
        if (accused.contains(subject)) { ++score.found; any = true; }
        else { ++score.missed; score.missed_subjects.push_back(subject); }
      }
      ++(any ? score.rings_found : score.rings_missed);
    } else if (ring.role == "victim") {
      for (const std::string& subject : ring.subjects) {
        ++(named.contains(subject) ? score.victims_named : score.victims_missed);
        if (accused.contains(subject)) ++score.victims_accused;
      }
    } else {
      for (const std::string& subject : ring.subjects) if (accused.contains(subject)) ++score.lookalikes_accused;
    }
  }
  for (const std::string& subject : accused) {
    if (guilty.contains(subject) || neutral.contains(subject)) continue;
    const std::size_t courier = subject.rfind("-K");
    if (courier != std::string::npos && (guilty.contains(subject.substr(0, courier)) || neutral.contains(subject.substr(0, courier))))
      continue;
    score.false_subjects.push_back(subject);
  }
  score.falsely_accused = static_cast<std::uint32_t>(score.false_subjects.size());
  std::sort(score.missed_subjects.begin(), score.missed_subjects.end());
  return score;
}

}  // namespace brushwatch::simulate
