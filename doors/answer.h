#pragma once
/// What routes of the doors answer with in common.

#include <string>
#include <string_view>

#include "connectors/http/server.h"
#include "doors/query.h"

namespace brushwatch::doors {

/// A header of the request, by its name in lower case; "" when it has none.
std::string_view header(const HttpRequest& request, std::string_view name);
/// 200 with the body and its tag; 304 when the client has it already.
HttpReply tagged(const HttpRequest& request, std::string body, const std::string& tag);
HttpReply not_found(const HttpRequest& request);
/// 503: the read model's store does not answer.
HttpReply unreadable(const HttpRequest& request);
HttpReply bad_parameter(const HttpRequest& request, const Query& query);

}  // namespace brushwatch::doors
