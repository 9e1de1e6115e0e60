#pragma once
/// What commands that talk to a running instance share: the request, and the problem it may answer with.

#include <string>

#include <rapidjson/document.h>

#include "apps/commands.h"
#include "engine/base/result.h"

namespace brushwatch::app {

struct RemoteAnswer {
  int status = 0;
  std::string text;
  rapidjson::Document json;  ///< null when the body is none
};
/// `body` "" = no body. Errors: kIo; kNotFound for 404 and for a token file that cannot be read; kUsage for every other refusal
/// (4xx), kNotReady for 5xx, each with the problem's own words as context.
Result<RemoteAnswer> ask_instance(const RemoteOptions& options, const std::string& method, const std::string& path, const std::string& body = {},
                                  const std::string& idempotency_key = {});

}  // namespace brushwatch::app
