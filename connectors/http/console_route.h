#pragma once
/// The console: the files of dashboards/console/dist, held in the binary and served under /console/.
///
/// "/" leads there. The page loads nothing from elsewhere and runs no inline script (Content-Security-Policy); its data comes
/// from the routes of api/openapi.yaml with the reader's own token, so that the files themselves need no protection.

#include <span>
#include <string_view>
#include <vector>

#include "connectors/http/server.h"

namespace brushwatch {

struct ConsoleFile {
  std::string_view name;  ///< "index.html"
  std::string_view type;
  std::string_view plain, gzip;
};
/// The embedded files; written by tools/embed.py at build time.
std::span<const ConsoleFile> console_files();

/// Routes for HttpRoutes::more.
std::vector<HttpRoute> console_routes();

}  // namespace brushwatch
