#include "doors/public_feed.h"

#include <fmt/format.h>

#include <algorithm>

#include "doors/json.h"

namespace brushwatch::doors {
namespace {

std::string moment(std::string_view day) { return std::string(day) + "T00:00:00+08:00"; }
std::string urn(std::string_view id) { return "urn:brushwatch:entry:" + std::string(id); }
std::string address(const PublicSite& site, Lang lang, std::string_view id) { return fmt::format("{}/public/{}/entries/{}", site.url, lang_word(lang), id); }
std::string feed_title(Lang lang) { return lang == Lang::kZh ? "反炒信联盟信用公示" : "Credit publicity of the anti-brushing alliance"; }
/// The day of the newest change; of an empty feed the beginning of time, so that it stays the same until something happens.
std::string updated(const PublicView& view) {
  std::string day = "1970-01-01";
  if (!view.posted.empty()) day = std::max(day, view.posted.front().on);
  if (!view.ended.empty()) day = std::max(day, view.ended.front().on);
  return moment(day);
}
std::string summary(const PublicRecord& r, Lang lang) {
  std::string out = r.facts;
  const auto add = [&](std::string_view text) {
    if (text.empty()) return;
    if (!out.empty()) out += '\n';
    out += text;
  };
  add(r.document.empty() ? std::string() : fmt::format("{} {} {}", r.document, r.issuer, r.document_date));
  add(remedy_words(r, lang));
  return out;
}

}  // namespace

std::string atom_feed(const PublicSite& site, const PublicView& view, Lang lang) {
  std::string out = fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:at=\"http://purl.org/atompub/tombstones/1.0\" xml:lang=\"{}\">\n<id>urn:brushwatch:public:{}</id>\n"
                                "<title>{}</title>\n<updated>{}</updated>\n<author><name>{}</name></author>\n<link rel=\"self\" type=\"application/atom+xml\" href=\"{}/public/feed.atom?lang={}\"/>\n",
                                lang == Lang::kZh ? "zh-CN" : "en", lang_word(lang), feed_title(lang), updated(view), escaped(site.publisher), escaped(site.url), lang_word(lang));
  for (std::size_t i = 0; i < std::min(view.posted.size(), kFeedMost); ++i) {
    const Posted& p = view.posted[i];
    out += fmt::format("<entry>\n<id>{}</id>\n<title>{}</title>\n<updated>{}</updated>\n<published>{}</published>\n<category term=\"{}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n"
                       "<link rel=\"related\" type=\"application/json\" href=\"{}/public/entries/{}\"/>\n<summary>{}</summary>\n</entry>\n",
                       urn(p.record.id), escaped(title_of(p.record, lang)), moment(p.on), moment(p.record.listed.empty() ? p.on : p.record.listed), escaped(p.record.list),
                       escaped(address(site, lang, p.record.id)), escaped(site.url), escaped(p.record.id), escaped(summary(p.record, lang)));
  }
  for (std::size_t i = 0; i < std::min(view.ended.size(), kFeedMost); ++i) out += fmt::format("<at:deleted-entry ref=\"{}\" when=\"{}\"/>\n", urn(view.ended[i].id), moment(view.ended[i].on));
  return out + "</feed>\n";
}

std::string json_feed(const PublicSite& site, const PublicView& view, Lang lang) {
  JsonOut json;
  json.begin_object().member("version", "https://jsonfeed.org/version/1.1").member("title", feed_title(lang)).member("language", lang == Lang::kZh ? "zh-CN" : "en");
  if (!site.url.empty()) json.member("home_page_url", fmt::format("{}/public/{}/", site.url, lang_word(lang))).member("feed_url", fmt::format("{}/public/feed.json?lang={}", site.url, lang_word(lang)));
  if (!site.publisher.empty()) json.key("authors").begin_array().begin_object().member("name", site.publisher).end_object().end_array();
  json.key("items").begin_array();
  for (std::size_t i = 0; i < std::min(view.posted.size(), kFeedMost); ++i) {
    const Posted& p = view.posted[i];
    json.begin_object().member("id", urn(p.record.id)).member("url", address(site, lang, p.record.id)).member("title", title_of(p.record, lang)).member("content_text", summary(p.record, lang));
    json.member("date_modified", moment(p.on)).member("date_published", moment(p.record.listed.empty() ? p.on : p.record.listed));
    json.key("tags").begin_array().text(p.record.list).end_array().key("_brushwatch").raw(p.record.json()).end_object();
  }
  json.end_array().key("_brushwatch").begin_object().key("removed").begin_array();
  for (std::size_t i = 0; i < std::min(view.ended.size(), kFeedMost); ++i) json.begin_object().member("id", urn(view.ended[i].id)).member("when", moment(view.ended[i].on)).end_object();
  json.end_array().end_object().end_object();
  return json.take();
}

}  // namespace brushwatch::doors
