#pragma once
/// The lists as a STIX bundle, for who may see them.

#include <string_view>

#include "connectors/http/server.h"
#include "doors/read_model.h"

namespace brushwatch::doors {

/// ?list=&since=: entries announced or posted, and their ends, the newest kStixMost; each with its own TLP. Entries that are not
/// decided leave the program through no export.
inline constexpr std::size_t kStixMost = 1'000;
HttpReply stix_of_lists(const ReadModel& model, std::string_view publisher, const Principal& who, const HttpRequest& request);

}  // namespace brushwatch::doors
