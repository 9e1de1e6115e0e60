#include "doors/public_routes.h"

#include "doors/answer.h"
#include "doors/proof_routes.h"
#include "doors/public_feed.h"
#include "doors/stix.h"
#include "engine/base/hash.h"

namespace brushwatch::doors {
namespace {

constexpr PublicRoute kRoutes[] = {
    {PublicPage::kLead, "GET", "/public"},
    {PublicPage::kLead, "GET", "/public/"},
    {PublicPage::kIndex, "GET", "/public/{lang}/"},
    {PublicPage::kList, "GET", "/public/{lang}/lists/{list}"},
    {PublicPage::kEntry, "GET", "/public/{lang}/entries/{id}"},
    {PublicPage::kStatistics, "GET", "/public/{lang}/statistics"},
    {PublicPage::kAtom, "GET", "/public/feed.atom"},
    {PublicPage::kJson, "GET", "/public/feed.json"},
    {PublicPage::kRecord, "GET", "/public/entries/{id}"},
    {PublicPage::kProof, "GET", "/public/proofs/{id}"},
    {PublicPage::kHeads, "GET", "/public/heads"},
    {PublicPage::kConsistency, "GET", "/public/consistency"},
    {PublicPage::kStix, "GET", "/public/stix.json"},
    {PublicPage::kKey, "GET", "/public/key.pem"},
    {PublicPage::kStyle, "GET", "/public/style.css"},
};

/// Nothing runs, nothing comes from elsewhere, no other page frames it.
constexpr std::string_view kPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
constexpr std::string_view kPublicTrees = "public/";

HttpReply typed(HttpReply reply, std::string_view type) {
  if (reply.status == 200) reply.content_type = type;
  return reply;
}
/// May be kept, but not used without asking: what is taken back must be gone at once.
HttpReply guarded(HttpReply reply) {
  for (const auto& [name, value] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"Cache-Control", "no-cache"}, {"Content-Security-Policy", kPolicy}, {"X-Content-Type-Options", "nosniff"}, {"Referrer-Policy", "no-referrer"}}) {
    reply.headers.emplace_back(name, value);
  }
  return reply;
}
HttpReply fresh(const HttpRequest& request, std::string body, std::string_view type) {
  const Digest digest = sha256(body);
  return typed(tagged(request, std::move(body), to_hex(std::span(digest).first(16))), type);
}

constexpr std::string_view kHtml = "text/html; charset=utf-8";
HttpReply page(const HttpRequest& request, std::string body, unsigned status = 200) {
  if (status == 200) return fresh(request, std::move(body), kHtml);
  return {status, std::move(body), std::string(kHtml)};
}

HttpReply serve(const PublicParts& parts, PublicPage what, const HttpRequest& request) {
  const auto view = parts.log.view();
  std::vector<std::string> captured;
  for (const std::string& segment : request.captured) {
    const auto text = percent_decoded(segment);
    if (!text) return problem(400, "bad_request", "the path is not percent-encoded UTF-8 text", request.trace_id);
    captured.push_back(*text);
  }
  const bool of_page = what == PublicPage::kIndex || what == PublicPage::kList || what == PublicPage::kEntry || what == PublicPage::kStatistics;
  const std::string_view word = of_page ? std::string_view(captured.front()) : "zh";
  if (word != "zh" && word != "en") return not_found(request);
  const Lang lang = word == "en" ? Lang::kEn : Lang::kZh;
  const auto id = [&]() -> const std::string& { return captured.back(); };
  const auto feed_lang = [&](Query& query) { return query.word("lang", {"zh", "en"}) == "en" ? Lang::kEn : Lang::kZh; };
  switch (what) {
    case PublicPage::kLead: {
      // Whoever asks for English first, and for Chinese not at all or later, gets it.
      const std::string_view wanted = header(request, "accept-language");
      const auto en = wanted.find("en"), zh = wanted.find("zh");
      HttpReply to;
      to.status = 302;
      to.content_type = "text/plain";
      to.headers = {{"Location", en != std::string_view::npos && en < zh ? "/public/en/" : "/public/zh/"}, {"Vary", "Accept-Language"}};
      return to;
    }
    case PublicPage::kIndex: return page(request, index_page(parts.site, *view, lang));
    case PublicPage::kList: {
      if (id() != "black" && id() != "red") return page(request, missing_page(parts.site, lang), 404);
      // A browser sends an empty field of a form as "q=", and a blank as a plus.
      std::string text = request.query;
      if (text == "q=" || text.starts_with("q=&")) text.erase(0, std::min<std::size_t>(text.size(), 3));
      Query query(text, {"q", "page"});
      const std::string contains = query.text("q", 192);
      const auto number = query.number("page", 1, 1'000'000, 1);
      if (!query.why().empty()) return bad_parameter(request, query);
      return page(request, list_page(parts.site, *view, lang, id() == "red" ? "RED" : "BLACK", contains, static_cast<std::size_t>(number)));
    }
    case PublicPage::kEntry: {
      if (const Posted* posted = view->find(id())) return page(request, entry_page(parts.site, *posted, lang));
      if (const Ended* ended = view->find_ended(id())) return page(request, ended_page(parts.site, *ended, lang), 410);
      return page(request, missing_page(parts.site, lang), 404);
    }
    case PublicPage::kStatistics: return page(request, statistics_page(parts.site, parts.aggregates.cells(parts.now()), lang));
    case PublicPage::kAtom: case PublicPage::kJson: {
      Query query(request.query, {"lang"});
      const Lang in = feed_lang(query);
      if (!query.why().empty()) return bad_parameter(request, query);
      if (what == PublicPage::kAtom) return fresh(request, atom_feed(parts.site, *view, in), "application/atom+xml; charset=utf-8");
      return fresh(request, json_feed(parts.site, *view, in), "application/feed+json");
    }
    case PublicPage::kRecord: case PublicPage::kProof: {
      const Posted* const posted = view->find(id());
      if (posted == nullptr) {
        return view->find_ended(id()) == nullptr ? not_found(request) : problem(410, "gone", "the entry is published no more; drop what you hold of it", request.trace_id);
      }
      if (what == PublicPage::kRecord) return fresh(request, posted->bytes, "application/json");
      const auto proof = parts.trees.inclusion(posted->tree, posted->index);
      return proof ? HttpReply{200, to_json(*proof)} : not_found(request);
    }
    case PublicPage::kHeads: return tree_heads(parts.trees, request, kPublicTrees);
    case PublicPage::kConsistency: return consistency_proof(parts.trees, request, kPublicTrees);
    case PublicPage::kStix: {
      std::vector<StixEntry> entries;
      for (const Posted& p : view->posted) entries.push_back(stix_entry(p));
      return fresh(request, stix_bundle(parts.site.publisher, entries), "application/stix+json;version=2.1");
    }
    case PublicPage::kKey: {
      if (parts.trees.key() == nullptr) return not_found(request);
      return fresh(request, public_pem(parts.trees.key()->public_key()), "application/x-pem-file");
    }
    case PublicPage::kStyle: return fresh(request, std::string(public_style()), "text/css; charset=utf-8");
  }
  return not_found(request);
}

}  // namespace

std::span<const PublicRoute> public_route_table() { return kRoutes; }

std::vector<HttpRoute> public_routes(PublicParts parts) {
  std::vector<HttpRoute> out;
  const auto shared = std::make_shared<const PublicParts>(std::move(parts));
  for (const PublicRoute& route : kRoutes) {
    HttpRoute r;
    r.method = route.method;
    r.path = route.path;
    r.handler = [shared, &route](const HttpRequest& request, const HttpDone& done) { done(guarded(serve(*shared, route.page, request))); };
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace brushwatch::doors
