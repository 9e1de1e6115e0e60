#pragma once
/// Which route a request header belongs to, or why it belongs to none. Pure: no socket, no thread.

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/http/server.h"

namespace brushwatch {

struct RouteMatch {
  const HttpRoute* route = nullptr;   ///< valid as long as the table; also set for a refusal that is about this route
  std::optional<HttpReply> refusal;   ///< 404, 405, 415 or 503: then the body is not wanted
};

class RouteTable {
 public:
  RouteTable() = default;
  /// The built-in routes and `routes.more`. `draining` outlives the table.
  RouteTable(HttpRoutes routes, const std::atomic<bool>& draining);
  /// Fills request.content_type. `request` needs method, path, headers and trace_id.
  RouteMatch match(HttpRequest& request, bool has_body, bool draining) const;

 private:
  std::vector<HttpRoute> routes_;
};

/// "/a/b?c=d", or the absolute form a proxy sends ("http://host/a/b?c=d"), into path and query.
void split_target(std::string_view target, std::string& path, std::string& query);

}  // namespace brushwatch
