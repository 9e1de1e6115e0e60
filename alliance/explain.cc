#include "alliance/explain.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <iterator>

#include "alliance/discovery.h"

namespace brushwatch {
namespace {

using Value = rapidjson::Value;

struct Word { std::string_view code, en, zh; };
constexpr Word kPatterns[] = {
    {"fake_trade", "fake trade (brushing)", "虚假交易(刷单)"},
    {"malicious_review", "malicious review campaign", "恶意评价"},
    {"reverse_brushing_victim", "victim of reverse brushing", "反向刷单受害者"},
    {"complicit_logistics", "complicit logistics", "物流环节串通"},
};
constexpr Word kDirections[] = {
    {"promote", "to raise the subject", "抬升信用或排名"},
    {"demote", "to lower the subject", "打压信用或排名"},
    {"victim", "the subject is harmed, not accused", "主体为受害方,不作指控"},
};
constexpr Word kSeverities[] = {{"notice", "NOTICE", "提示"}, {"alert", "ALERT", "预警"}, {"urgent", "URGENT", "紧急"}};
constexpr Word kTypes[] = {
    {"alert", "opened", "新建"}, {"alert_update", "updated", "更新"}, {"alert_withdrawn", "withdrawn", "撤回"}};
constexpr Word kKinds[] = {{"shop", "shop", "店铺"},
                           {"outlet", "outlet", "网点"},
                           {"courier", "courier", "快递员"},
                           {"operator", "operator", "经营主体"}};
constexpr Word kFamilyNames[] = {
    {"O", "orders", "订单"}, {"R", "reviews", "评价"}, {"P", "parcels", "包裹"},
    {"T", "traffic", "流量"}, {"G", "graph", "关系"}, {"C", "complaints", "投诉"},
};
constexpr Word kWithdrawals[] = {
    {"victim_of_reverse_brushing", "the subject is a victim of reverse brushing", "主体为反向刷单受害者"},
    {"continues_previous_week", "it continues the alert of the week before", "属上周预警的延续"},
    {"evidence_retracted", "evidence was taken back", "证据已撤回"},
    {"below_threshold", "it stayed below the threshold for a day", "一日内未回到阈值以上"},
};

class Telling {
 public:
  Telling(Lang lang, Colour colour) : zh_(lang == Lang::kZh), colour_(colour == Colour::kAnsi) {}

  std::string tell(const Value& a) {
    const std::string_view severity = text(a["severity"]);
    const std::string_view accent = severity == "urgent" ? "1;31" : severity == "alert" ? "1;33" : "1;36";
    line("{}  {} — {}", paint(accent, word(kSeverities, severity)), paint("1", word(kPatterns, text(a["pattern"]))),
         word(kDirections, text(a["direction"])));
    line("{}  {} {}", label("subject", "主体"), word(kKinds, text(a["subject"]["kind"])), text(a["subject"]["id"]));
    line("{}  {} – {}", label("window", "窗口"), day(a["window"]["start"]), day(a["window"]["end"]));
    line("{}  {}  v{}  {} {}", label("alert", "编号"), text(a["id"]), a["version"].GetInt64(),
         word(kTypes, text(a["type"])), text(a["event_time"]));
    if (a.HasMember("withdrawn_reason")) {
      line("{}  {}", label("because", "原因"), word(kWithdrawals, text(a["withdrawn_reason"])));
    }
    if (a.HasMember("possibly_framed") && text(a["direction"]) != "victim") {
      line("{}  {}", label("beware", "注意"),
           zh_ ? "该主体可能遭人陷害：同期有受害证据" : "the subject may have been framed: evidence of a victim lies beside this accusation");
    }
    line("{}  {}", label("rules", "规则"), text(a["rules"]));
    score(a);
    line("");
    const Value& reasons = a["reasons"];
    const auto total = a["reasons_total"].GetInt64();
    line("{}", paint("1", zh_ ? fmt::format("依据({} 条)", total) : fmt::format("Reasons ({})", total)));
    for (const Value& r : reasons.GetArray()) reason(r);
    if (const auto more = total - static_cast<std::int64_t>(reasons.Size()); more > 0) {
      line("{}", zh_ ? fmt::format("  ……另有 {} 条", more) : fmt::format("  … and {} more", more));
    }
    if (!a["suppresses"].Empty()) {
      line("");
      line("{}", zh_ ? "因可能为受害者而暂缓的预警:" : "Held back, because the subject may be a victim:");
      for (const Value& id : a["suppresses"].GetArray()) line("  {}", text(id));
    }
    return std::move(out_);
  }

 private:
  template <class... T>
  void line(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<T>(values)...);
    out_ += '\n';
  }
  void line(std::string_view plain) {
    out_ += plain;
    out_ += '\n';
  }
  static std::string_view text(const Value& v) { return {v.GetString(), v.GetStringLength()}; }
  static std::string_view day(const Value& v) { return text(v).substr(0, 10); }
  [[nodiscard]] std::string paint(std::string_view code, std::string_view what) const {
    return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, what) : std::string(what);
  }
  template <std::size_t N>
  [[nodiscard]] std::string_view word(const Word (&words)[N], std::string_view code) const {
    for (const Word& w : words) if (w.code == code) return zh_ ? w.zh : w.en;
    return code;
  }
  /// Chinese labels are two wide characters, which fill four columns.
  [[nodiscard]] std::string label(std::string_view en, std::string_view zh) const {
    return zh_ ? fmt::format("  {}    ", zh) : fmt::format("  {:<8}", en);
  }
  static std::string nats(std::int64_t milli) {
    return fmt::format("{}{}", milli < 0 ? "" : "+", format_fixed(milli, 3, false));
  }

  /// prior + terms = total → posterior, as it was computed.
  void score(const Value& a) {
    const Value& s = a["score"];
    std::string sum = fmt::format("{} {}", zh_ ? "先验" : "prior", nats(s["prior_milli"].GetInt64()));
    for (const Value& f : s["families"].GetArray()) {
      sum += fmt::format("  {} {} ({})", word(kFamilyNames, text(f["family"])), nats(f["llr_milli"].GetInt64()),
                         text(f["detector"]));
    }
    line("{}  {}  = {} {} → {} %", label("score", "评分"), sum, nats(s["total_milli"].GetInt64()), zh_ ? "奈特" : "nats",
         format_fixed(a["posterior_permille"].GetInt64(), 1, false));
    if (a.HasMember("probability_permille")) {
      line("{}  {} %  {}", label("learnt", "校准"), format_fixed(a["probability_permille"].GetInt64(), 1, false),
           zh_ ? "训练世界中同类同分预警的准确率" : "of alerts of this kind and score were right in the training worlds");
    }
  }

  /// Bars of value, baseline and threshold on one scale, the longest kBar cells.
  void bars(const Value& r) {
    constexpr std::int64_t kBar = 32;
    const std::int64_t v = r["value_milli"].GetInt64(), b = r["baseline_milli"].GetInt64(),
                       t = r["threshold_milli"].GetInt64();
    const std::int64_t longest = std::max({v, b, t, std::int64_t{1}});
    const auto bar = [&](std::string_view en, std::string_view zh, std::int64_t milli, std::string_view cell,
                         std::string_view code) {
      // In floating point: the product may exceed 64 bits, and a cell more or less is no evidence.
      auto cells =
          milli <= 0
              ? 0
              : static_cast<std::int64_t>(static_cast<double>(milli) / static_cast<double>(longest) * kBar + 0.5);
      if (milli > 0) cells = std::max<std::int64_t>(cells, 1);
      std::string drawn;
      for (std::int64_t i = 0; i < cells; ++i) drawn += cell;
      line("      {} {} {}", zh_ ? fmt::format("{}    ", zh) : fmt::format("{:<9}", en), paint(code, drawn),
           format_fixed(milli, 3, true));
    };
    bar("value", "观测", v, "█", "31");
    bar("baseline", "基线", b, "▒", "32");
    bar("threshold", "阈值", t, "·", "33");
  }

  void reason(const Value& r) {
    line("");
    line("  {} {} v{}  {}  {}", paint("1", text(r["detector"])), text(r["name"]), r["version"].GetInt64(),
         word(kFamilyNames, text(r["family"])), nats(r["llr_milli"].GetInt64()));
    line("    {}", text(r[zh_ ? "zh" : "en"]));
    bars(r);
    evidence(r);
  }

  void evidence(const Value& r) {
    constexpr rapidjson::SizeType kShown = 5;
    const Value& refs = r["evidence"];
    if (refs.Empty()) return;
    std::string shown;
    for (rapidjson::SizeType i = 0; i < std::min(kShown, refs.Size()); ++i) {
      fmt::format_to(std::back_inserter(shown), "{}{}@{}", i == 0 ? "" : ", ", text(refs[i]["source"]),
                     refs[i]["offset"].GetInt64());
    }
    // Of the events behind it, not of the sample that the line carries.
    const std::int64_t count = std::max<std::int64_t>(r["count"].GetInt64(), refs.Size());
    const std::int64_t more = count - std::min<std::int64_t>(kShown, refs.Size());
    if (more > 0) shown += zh_ ? fmt::format(" 等,另有 {} 个", more) : fmt::format(" + {} more", more);
    line("      {}{}", zh_ ? "证据: " : "evidence: ", shown);
  }

  bool zh_, colour_;
  std::string out_;
};

bool is_time_window(const Value& v) {
  return v.IsObject() && v.HasMember("start") && v["start"].IsString() && v.HasMember("end") && v["end"].IsString();
}
/// Has all these members, each of that kind.
bool has(const Value& v, std::initializer_list<const char*> strings, std::initializer_list<const char*> numbers,
         std::initializer_list<const char*> arrays) {
  if (!v.IsObject()) return false;
  for (const char* name : strings) if (!v.HasMember(name) || !v[name].IsString()) return false;
  for (const char* name : numbers) if (!v.HasMember(name) || !v[name].IsInt64()) return false;
  for (const char* name : arrays) if (!v.HasMember(name) || !v[name].IsArray()) return false;
  return true;
}
/// Everything that Telling reads is there: a line from elsewhere must not bring the program down.
bool is_alert(const Value& a) {
  if (!has(a, {"type", "id", "pattern", "direction", "severity", "rules", "event_time"},
           {"version", "posterior_permille", "reasons_total"}, {"reasons", "suppresses"})) {
    return false;
  }
  if (a.HasMember("probability_permille") && !a["probability_permille"].IsInt64()) return false;
  if (a.HasMember("withdrawn_reason") && !a["withdrawn_reason"].IsString()) return false;
  if (!a.HasMember("window") || !is_time_window(a["window"])) return false;
  if (!a.HasMember("subject") || !has(a["subject"], {"kind", "id"}, {}, {})) return false;
  if (!a.HasMember("score") || !has(a["score"], {}, {"prior_milli", "total_milli"}, {"families"})) return false;
  for (const Value& f : a["score"]["families"].GetArray())
    if (!has(f, {"family", "detector"}, {"llr_milli"}, {})) return false;
  for (const Value& id : a["suppresses"].GetArray()) if (!id.IsString()) return false;
  for (const Value& r : a["reasons"].GetArray()) {
    if (!has(r, {"detector", "name", "family", "en", "zh"},
             {"version", "llr_milli", "value_milli", "baseline_milli", "threshold_milli", "count"}, {"evidence"})) {
      return false;
    }
    for (const Value& e : r["evidence"].GetArray()) if (!has(e, {"source"}, {"offset"}, {})) return false;
  }
  return std::string_view(a["type"].GetString()).starts_with("alert");
}

Result<rapidjson::Document> parse(std::string_view line) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  if (document.HasParseError()) {
    return fail(ErrorCode::kNotJson, "the line is no JSON object", static_cast<std::int64_t>(document.GetErrorOffset()));
  }
  return document;
}

}  // namespace

Result<std::string> control_text(std::string_view alert_line, std::string_view control_line, Lang lang) {
  BW_ASSIGN(const rapidjson::Document alert, parse(alert_line));
  BW_ASSIGN(const rapidjson::Document line, parse(control_line));
  if (!is_alert(alert)) return fail(ErrorCode::kBadType, "the line is no alert, or a member is missing");
  const bool control = line.IsObject() && line.HasMember("control") &&
                       has(line["control"], {"week"}, {"alpha_permille", "hypotheses", "alerts", "discoveries", "bar_milli"}, {});
  if (!control) return fail(ErrorCode::kBadType, "the line is no control, or a member is missing");
  if (std::string_view(alert["direction"].GetString()) == "victim" || std::string_view(alert["type"].GetString()) == "alert_withdrawn") return std::string();
  const Value& c = line["control"];
  const std::int64_t evidence = alert["score"]["total_milli"].GetInt64() - alert["score"]["prior_milli"].GetInt64();
  const std::int64_t bar = c["bar_milli"].GetInt64();
  const bool discovery = reaches(evidence, bar);
  const auto nats = [](std::int64_t milli) { return format_fixed(milli, 3, true); };
  const std::string alpha = format_fixed(c["alpha_permille"].GetInt64(), 1, true);
  if (lang == Lang::kZh) {
    return fmt::format("  对照      证据 {} {} 界线 {} = ln({} / ({} % × {})),本周 {} 个预警中 {} 项发现 → {}\n", nats(evidence), discovery ? "≥" : "<", nats(bar),
                       c["hypotheses"].GetInt64(), alpha, std::max<std::int64_t>(1, c["discoveries"].GetInt64()), c["alerts"].GetInt64(), c["discoveries"].GetInt64(),
                       discovery ? "发现" : "候选");
  }
  return fmt::format("  control  evidence {} {} bar {} = ln({} / ({} % × {})); {} of the week's {} alerts are discoveries → {}\n", nats(evidence), discovery ? "≥" : "<", nats(bar),
                     c["hypotheses"].GetInt64(), alpha, std::max<std::int64_t>(1, c["discoveries"].GetInt64()), c["discoveries"].GetInt64(), c["alerts"].GetInt64(),
                     discovery ? "discovery" : "candidate");
}

Result<std::string> explain_text(std::string_view alert_line, Lang lang, Colour colour) {
  BW_ASSIGN(const rapidjson::Document document, parse(alert_line));
  if (!is_alert(document)) return fail(ErrorCode::kBadType, "the line is no alert, or a member is missing");
  return Telling(lang, colour).tell(document);
}

}  // namespace brushwatch
