#pragma once
/// The public record as feeds: Atom (RFC 4287, with the tombstones of RFC 6721) and JSON Feed 1.1. Newest changes first.
///
/// An entry that is published no more leaves the feed at once and stands in it as a removal, by its id alone: whoever keeps a copy
/// learns that he must drop it.

#include <string>

#include "doors/public_page.h"

namespace brushwatch::doors {

/// Newest changes that a feed holds, and removals besides: some 500 KiB.
inline constexpr std::size_t kFeedMost = 500;

std::string atom_feed(const PublicSite& site, const PublicView& view, Lang lang);
std::string json_feed(const PublicSite& site, const PublicView& view, Lang lang);

}  // namespace brushwatch::doors
