#include "doors/public_page.h"

#include <fmt/format.h>

#include <algorithm>


namespace brushwatch::doors {
namespace {

/// A text in both languages.
struct Words {
  std::string_view zh, en;
  [[nodiscard]] constexpr std::string_view in(Lang lang) const { return lang == Lang::kZh ? zh : en; }
};
struct Named {
  std::string_view code;
  Words words;
};
constexpr Named kBehaviours[] = {
    {"FAKE_TRADE", {"虚构交易", "fabricated trades"}},          {"FAKE_RANK", {"虚构排名", "fabricated rankings"}},
    {"FAKE_VOLUME", {"虚构成交量或流量", "fabricated volume"}}, {"FAKE_REVIEW", {"虚假评价", "fabricated reviews"}},
    {"INDUCED_REVIEW", {"诱导好评", "bought reviews"}},         {"REVERSE_BRUSH", {"反向刷单", "fake orders against a rival"}},
    {"MALICIOUS_RETURN", {"恶意退货", "malicious returns"}},    {"FAKE_LOGISTICS", {"虚假物流", "fabricated deliveries"}},
    {"PERSONAL_INFO", {"侵害个人信息", "misuse of personal data"}},
};
constexpr Named kMeasures[] = {
    {"inspection", {"加大检查力度", "closer inspection"}},     {"bar_officers", {"限制任职", "responsible persons barred from office"}},
    {"limit_trading", {"限制交易", "trading limited"}},         {"limit_goods", {"限制商品发布", "listing of goods limited"}},
    {"limit_finance", {"限制金融服务", "finance limited"}},     {"refuse_entry", {"限制入驻", "entry refused"}},
    {"lower_grade", {"降低信用等级", "credit grade lowered"}},  {"close_shop", {"关闭店铺", "shop closed"}},
    {"freeze_account", {"冻结账户", "account frozen"}},         {"expose", {"曝光", "exposed"}},
};
constexpr Named kPatterns[] = {
    {"fake_trade", {"虚构交易", "fabricated trades"}},
    {"malicious_review", {"恶意评价", "malicious reviews"}},
    {"reverse_brushing_victim", {"反向刷单受害", "victims of reverse brushing"}},
    {"complicit_logistics", {"物流配合刷单", "complicit logistics"}},
};
constexpr Named kLists[] = {{"BLACK", {"黑名单", "Black list"}}, {"RED", {"红名单", "Red list"}}};

constexpr Words kSite{"反炒信联盟信用公示", "Credit publicity of the anti-brushing alliance"};
constexpr Words kSkip{"跳到正文", "Skip to the content"};
constexpr Words kName{"名称", "Name"}, kNoName{"名称未登记", "Name not registered"}, kUscc{"统一社会信用代码", "Unified social credit code"}, kRegion{"行政区划代码", "Region code"};
constexpr Words kBehaviour{"行为", "Behaviour"}, kFacts{"事实摘要", "Facts"}, kDecision{"决定文书", "Deciding document"}, kBody{"决定机关", "Deciding body"}, kDecided{"决定日期", "Date of the decision"};
constexpr Words kListed{"列入日期", "Listed on"}, kUntil{"公示截止", "Published until, at the latest"}, kMeasuresIn{"联合措施", "Joint measures"}, kNone{"无", "none"};
constexpr Words kRemedy{"异议与信用修复", "Objection and repair"}, kProof{"如何核验", "How to check this"};
constexpr Words kEmpty{"没有符合条件的条目。", "There is no such entry."}, kSearch{"按名称或代码查找", "Find by name or code"}, kFind{"查找", "Find"};
constexpr Words kNext{"下一页", "Next page"}, kBefore{"上一页", "Page before"}, kStatistics{"统计", "Statistics"}, kFeeds{"订阅", "Feeds"};
constexpr Words kEndedTitle{"公示已终止", "No longer published"}, kMissing{"没有这一页", "There is no such page"};
constexpr Words kMonth{"月份", "Month"}, kPattern{"类型", "Pattern"}, kSubjects{"涉及主体数", "Subjects"}, kAlerts{"风险提示数", "Risk alerts"};

template <std::size_t N>
std::string named(const Named (&table)[N], std::string_view code, Lang lang) {
  const auto it = std::find_if(std::begin(table), std::end(table), [&](const Named& n) { return n.code == code; });
  return std::string(it == std::end(table) ? code : it->words.in(lang));
}

std::string_view path_of(std::string_view list) { return list == "RED" ? "red" : "black"; }

/// The frame of every page. `path` is the page's own, behind the language: its twin in the other language is linked.
std::string page(const PublicSite& site, Lang lang, std::string_view path, std::string_view title, std::string_view body) {
  const Lang other = lang == Lang::kZh ? Lang::kEn : Lang::kZh;
  const std::string here = fmt::format("/public/{}/", lang_word(lang)), there = fmt::format("/public/{}/{}", lang_word(other), path);
  return fmt::format(
      R"(<!doctype html>
<html lang="{}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{} · {}</title>
<link rel="stylesheet" href="/public/style.css">
<link rel="alternate" hreflang="{}" href="{}">
<link rel="alternate" type="application/atom+xml" title="Atom" href="/public/feed.atom?lang={}">
<link rel="alternate" type="application/feed+json" title="JSON Feed" href="/public/feed.json?lang={}">
</head>
<body>
<a class="skip" href="#content">{}</a>
<header><p><a href="{}">{}</a></p>
<nav aria-label="{}"><ul><li><a href="{}lists/black">{}</a></li><li><a href="{}lists/red">{}</a></li><li><a href="{}statistics">{}</a></li><li><a lang="{}" hreflang="{}" href="{}">{}</a></li></ul></nav></header>
<main id="content">
<h1>{}</h1>
{}</main>
<footer><p>{}</p></footer>
</body>
</html>
)",
      lang == Lang::kZh ? "zh-CN" : "en", escaped(title), kSite.in(lang), lang_word(other), there, lang_word(lang), lang_word(lang), kSkip.in(lang), here, kSite.in(lang),
      lang == Lang::kZh ? "导航" : "Navigation", here, list_words("BLACK", lang), here, list_words("RED", lang), here, kStatistics.in(lang), lang_word(other), lang_word(other), there,
      other == Lang::kZh ? "中文" : "English", escaped(title), body, escaped(site.publisher));
}

std::string row(std::string_view name, std::string_view value) { return value.empty() ? std::string() : fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, escaped(value)); }

bool meets(const PublicRecord& record, std::string_view contains) {
  return contains.empty() || record.name.find(contains) != std::string::npos || record.uscc.find(contains) != std::string::npos;
}

/// For a query's value: everything but letters and digits as %XX.
std::string percent(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) out += c;
    else out += fmt::format("%{:02X}", byte);
  }
  return out;
}

}  // namespace

std::string_view lang_word(Lang lang) { return lang == Lang::kZh ? "zh" : "en"; }
std::string behaviour_words(std::string_view code, Lang lang) { return named(kBehaviours, code, lang); }
std::string measure_words(std::string_view code, Lang lang) { return named(kMeasures, code, lang); }
std::string list_words(std::string_view list, Lang lang) { return named(kLists, list, lang); }

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
  }
  return out;
}

std::string title_of(const PublicRecord& record, Lang lang) {
  const std::string name = record.name.empty() ? (record.uscc.empty() ? std::string(kNoName.in(lang)) : record.uscc) : record.name;
  const std::string behaviour = behaviour_words(record.behaviour, lang);
  return fmt::format("{}{}{}{}{}", list_words(record.list, lang), lang == Lang::kZh ? "：" : ": ", name, behaviour.empty() ? "" : lang == Lang::kZh ? "，" : ", ", behaviour);
}

std::string remedy_words(const PublicRecord& record, Lang lang) {
  if (record.list == "RED") {
    return lang == Lang::kZh ? "任何人对列入红名单有异议的，可向决定机关书面提出并附理由；查实不符的予以移出。"
                             : "Anybody may object to this entry in writing, with reasons, to the deciding body; an entry that does not hold is removed.";
  }
  std::string out = lang == Lang::kZh ? "对列入决定不服的，可向决定机关书面提出异议，或依法申请行政复议、提起行政诉讼。"
                                      : "Who does not accept the decision may object in writing to the deciding body, or ask for administrative reconsideration or go to court as the law provides.";
  if (!record.repair_from.empty()) {
    out += lang == Lang::kZh ? fmt::format("完成整改并公开作出信用承诺后，自{}起可向决定机关申请信用修复；修复后停止公示并终止联合措施。", record.repair_from)
                             : fmt::format(" Once the breach is put right and a public commitment is signed, repair may be requested from the deciding body from {} on; with repair, publication and measures end.", record.repair_from);
  }
  return out;
}

std::string index_page(const PublicSite& site, const PublicView& view, Lang lang) {
  const auto count = [&](std::string_view list) { return std::count_if(view.posted.begin(), view.posted.end(), [&](const Posted& p) { return p.record.list == list; }); };
  const std::string here = fmt::format("/public/{}/", lang_word(lang));
  std::string body = fmt::format("<p>{}</p>\n<ul>\n", lang == Lang::kZh ? "本站公示经决定机关决定公开的黑名单条目和红名单。每一条目由人决定；机器不列入任何人。"
                                                                       : "This site publishes the black-list entries that deciding bodies have resolved to make public, and the red list. Every entry was decided by people; no machine lists anybody.");
  for (const char* list : {"BLACK", "RED"}) body += fmt::format("<li><a href=\"{}lists/{}\">{}</a>{}{}</li>\n", here, path_of(list), list_words(list, lang), lang == Lang::kZh ? "：" : ": ", count(list));
  body += fmt::format("<li><a href=\"{}statistics\">{}</a></li>\n</ul>\n<h2>{}</h2>\n<ul><li><a href=\"/public/feed.atom?lang={}\">Atom</a></li><li><a href=\"/public/feed.json?lang={}\">JSON Feed</a></li><li><a href=\"/public/stix.json\">STIX 2.1</a></li></ul>\n",
                      here, kStatistics.in(lang), kFeeds.in(lang), lang_word(lang), lang_word(lang));
  body += fmt::format("<h2>{}</h2>\n<p>{}</p>\n<ul><li><a href=\"/public/heads\">{}</a></li></ul>\n", kProof.in(lang),
                      lang == Lang::kZh ? "每一条目都是只增不改的默克尔树中的一片叶子；树根经签名。任何人都可下载条目与证明自行核验，并比对不同时间的树根。"
                                        : "Every entry is a leaf of a Merkle tree that can only grow, whose root is signed. Anybody can download an entry with its proof, check it, and compare roots of different days.",
                      lang == Lang::kZh ? "已签名的树根" : "Signed roots");
  return page(site, lang, "", kSite.in(lang), body);
}

std::string list_page(const PublicSite& site, const PublicView& view, Lang lang, std::string_view list, std::string_view contains, std::size_t number) {
  std::vector<const Posted*> met;
  for (const Posted& p : view.posted) {
    if (p.record.list == list && meets(p.record, contains)) met.push_back(&p);
  }
  const std::string title = list_words(list, lang), path = fmt::format("lists/{}", path_of(list)), self = fmt::format("/public/{}/{}", lang_word(lang), path);
  std::string body = fmt::format("<form action=\"{}\" method=\"get\" role=\"search\"><p><label for=\"q\">{}</label> <input id=\"q\" name=\"q\" maxlength=\"64\" value=\"{}\"> <button>{}</button></p></form>\n", self,
                                 kSearch.in(lang), escaped(contains), kFind.in(lang));
  const std::size_t first = (number - 1) * kPublicPageRows, last = std::min(met.size(), first + kPublicPageRows);
  if (first >= met.size()) {
    body += fmt::format("<p>{}</p>\n", kEmpty.in(lang));
  } else {
    body += fmt::format("<table><caption>{} {}–{} / {}</caption>\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\n<tbody>\n", title,
                        first + 1, last, met.size(), kName.in(lang), kUscc.in(lang), kBehaviour.in(lang), kDecision.in(lang), kUntil.in(lang));
    for (std::size_t i = first; i < last; ++i) {
      const PublicRecord& r = met[i]->record;
      body += fmt::format("<tr><th scope=\"row\"><a href=\"/public/{}/entries/{}\">{}</a></th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", lang_word(lang), escaped(r.id),
                          escaped(r.name.empty() ? kNoName.in(lang) : std::string_view(r.name)), escaped(r.uscc), escaped(behaviour_words(r.behaviour, lang)), escaped(r.document), escaped(r.until));
    }
    body += "</tbody></table>\n";
  }
  const auto turn = [&](std::size_t to, const Words& words, std::string_view rel) {
    body += fmt::format("<p><a rel=\"{}\" href=\"{}?page={}{}\">{}</a></p>\n", rel, self, to, contains.empty() ? std::string() : "&amp;q=" + percent(contains), words.in(lang));
  };
  if (number > 1) turn(number - 1, kBefore, "prev");
  if (last < met.size()) turn(number + 1, kNext, "next");
  return page(site, lang, path, title, body);
}

std::string entry_page(const PublicSite& site, const Posted& posted, Lang lang) {
  const PublicRecord& r = posted.record;
  std::string body = "<dl>\n";
  body += row(kName.in(lang), r.name.empty() ? kNoName.in(lang) : std::string_view(r.name)) + row(kUscc.in(lang), r.uscc) + row(kRegion.in(lang), r.region6 == 0 ? std::string() : fmt::format("{:06}", r.region6));
  body += row(kBehaviour.in(lang), behaviour_words(r.behaviour, lang)) + row(kFacts.in(lang), r.facts) + row(kDecision.in(lang), r.document) + row(kBody.in(lang), r.issuer) + row(kDecided.in(lang), r.document_date);
  body += row(kListed.in(lang), r.listed) + row(kUntil.in(lang), r.until);
  std::string measures;
  for (const PublicRecord::Measure& m : r.measures) measures += fmt::format("<li>{} ({}–{})</li>", escaped(measure_words(m.code, lang)), escaped(m.from), escaped(m.to));
  body += fmt::format("<dt>{}</dt><dd>{}</dd>\n</dl>\n", kMeasuresIn.in(lang), measures.empty() ? std::string(kNone.in(lang)) : "<ul>" + measures + "</ul>");
  body += fmt::format("<h2>{}</h2>\n<p>{}</p>\n", kRemedy.in(lang), escaped(remedy_words(r, lang)));
  const std::string id = escaped(r.id);
  body += fmt::format("<h2>{}</h2>\n<p>{}</p>\n<ul><li><a href=\"/public/entries/{}\">entry.json</a></li><li><a href=\"/public/proofs/{}\">proof.json</a></li><li><a href=\"/public/key.pem\">key.pem</a></li></ul>\n<pre>brushwatch verify --proof proof.json --entry entry.json --key key.pem</pre>\n",
                      kProof.in(lang), lang == Lang::kZh ? "下载以下三个文件后运行：" : "Download these three files, then run:", id, id);
  return page(site, lang, "entries/" + id, title_of(r, lang), body);
}

std::string ended_page(const PublicSite& site, const Ended& ended, Lang lang) {
  return page(site, lang, "entries/" + escaped(ended.id), kEndedTitle.in(lang),
              fmt::format("<p>{} {} {}</p>\n", escaped(ended.id), lang == Lang::kZh ? "的公示已于以下日期终止，请停止使用其副本：" : "is published no more. Whoever holds a copy should drop it. It ended on", escaped(ended.on)));
}

std::string missing_page(const PublicSite& site, Lang lang) { return page(site, lang, "", kMissing.in(lang), ""); }

std::string statistics_page(const PublicSite& site, const std::vector<AggregateCell>& cells, Lang lang) {
  std::string body = fmt::format("<p>{}</p>\n", lang == Lang::kZh ? "风险提示不是认定。少于十个主体、或单一主体占比超过百分之八十的单元格不公布；月份结束满三十天后公布。"
                                                                  : "A risk alert is no finding against anybody. Cells of fewer than ten subjects, or of which one subject makes up more than 80 %, are not shown; a month is shown when it has been over for thirty days.");
  if (cells.empty()) {
    body += fmt::format("<p>{}</p>\n", kEmpty.in(lang));
  } else {
    body += fmt::format("<table><caption>{}</caption>\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\n<tbody>\n", kStatistics.in(lang), kMonth.in(lang), kPattern.in(lang),
                        kSubjects.in(lang), kAlerts.in(lang));
    for (const AggregateCell& c : cells) body += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n", c.month, named(kPatterns, c.pattern, lang), c.subjects, c.alerts);
    body += "</tbody></table>\n";
  }
  return page(site, lang, "statistics", kStatistics.in(lang), body);
}

std::string_view public_style() {
  return R"(:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
a { text-underline-offset: .15em; }
:focus-visible { outline: .2rem solid; outline-offset: .1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0; list-style: none; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid; overflow-wrap: anywhere; }
dt { font-weight: 600; margin-top: .6rem; }
dd { margin: 0; overflow-wrap: anywhere; }
dd ul { margin: 0; padding-left: 1.2rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
input, button { font: inherit; padding: .3rem .6rem; }
@media print {
  nav, form, .skip { display: none; }
  body { max-width: none; font-size: 11pt; }
  a { text-decoration: none; color: inherit; }
  tr, dt, dd { break-inside: avoid; }
  thead { display: table-header-group; }
}
)";
}

}  // namespace brushwatch::doors
