#pragma once
/// The routes that anybody may call: pages, feeds, records and proofs of what is published, and nothing else. No token is asked for,
/// none is looked at: everybody gets the same bytes. Off unless `[public] enabled`.

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "connectors/http/server.h"
#include "doors/aggregate.h"
#include "doors/public_log.h"
#include "doors/public_page.h"

namespace brushwatch::doors {

enum class PublicPage : std::uint8_t {
  kLead, kIndex, kList, kEntry, kStatistics, kAtom, kJson, kRecord, kProof, kHeads, kConsistency, kStix, kKey, kStyle,
};
struct PublicRoute {
  PublicPage page;
  std::string_view method;
  std::string_view path;
};
/// The table; api/openapi.yaml is compared with it.
std::span<const PublicRoute> public_route_table();

struct PublicParts {
  const PublicLog& log;
  const TreeBook& trees;
  const Aggregates& aggregates;
  std::function<EventTime()> now;  ///< the pipeline's time: which months are settled
  PublicSite site;
};
/// What `parts` refers to outlives the server.
std::vector<HttpRoute> public_routes(PublicParts parts);

}  // namespace brushwatch::doors
