#pragma once
/// The public pages: HTML that needs no script, made from a view of the public record and nothing else.
///
/// Accessible by construction: language stated, landmarks, one heading a page, tables with captions and headed cells, a link past the
/// navigation, no colour that carries meaning alone; prints as a plain document. Every value is escaped. Texts: zh and en.

#include <cstddef>
#include <string>
#include <string_view>

#include "alliance/sentence.h"
#include "doors/aggregate.h"
#include "doors/public_log.h"

namespace brushwatch::doors {

struct PublicSite {
  std::string publisher;  ///< who publishes: "陕西省电子商务协会"
  std::string url;        ///< where the site is to be found, without a slash at the end; "" = links stay relative to the host
};

std::string_view lang_word(Lang lang);  ///< "zh", "en": the path's word
/// "虚构交易" of "FAKE_TRADE"; what is not in the catalogue stays as it is.
std::string behaviour_words(std::string_view code, Lang lang);
std::string measure_words(std::string_view code, Lang lang);
std::string list_words(std::string_view list, Lang lang);
/// "陕西省电子商务协会: 黑名单 …": the line a feed shows of an entry.
std::string title_of(const PublicRecord& record, Lang lang);
/// How to object and how to be repaired; plain text.
std::string remedy_words(const PublicRecord& record, Lang lang);
/// & < > " ' as entities; control characters as spaces.
std::string escaped(std::string_view text);

std::string index_page(const PublicSite& site, const PublicView& view, Lang lang);
inline constexpr std::size_t kPublicPageRows = 50;
/// `list` "BLACK" or "RED"; `contains` looks into name and credit code, "" = all; `page` from 1.
std::string list_page(const PublicSite& site, const PublicView& view, Lang lang, std::string_view list, std::string_view contains, std::size_t page);
std::string entry_page(const PublicSite& site, const Posted& posted, Lang lang);
/// Of an entry that is published no more: says so, and nothing of whom it was about.
std::string ended_page(const PublicSite& site, const Ended& ended, Lang lang);
std::string missing_page(const PublicSite& site, Lang lang);
std::string statistics_page(const PublicSite& site, const std::vector<AggregateCell>& cells, Lang lang);
std::string_view public_style();

}  // namespace brushwatch::doors
