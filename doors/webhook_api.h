#pragma once
/// The HTTP routes of webhooks: members keep their own endpoints. Deny by default: an endpoint of somebody else's does not exist.
///
///   GET  /api/v1/webhooks        own endpoints
///   POST /api/v1/webhooks        {"url", "topics"?, "since"?}: a new one; the answer shows its secret once
///   GET  /api/v1/webhooks/{id}   one, with its newest dead letters; ETag
///   POST /api/v1/webhooks/{id}   {"action": test | resend | rotate | enable | disable | remove, "message"?}; If-Match

#include <string>

#include "connectors/http/server.h"
#include "doors/routes.h"
#include "doors/webhooks.h"

namespace brushwatch::doors {

struct WebhookCall {
  const HttpRequest& request;
  const Principal& who;
  const std::string& id;  ///< of the path; "" for the collection
};

/// `webhooks` null: 503. `verb` is one of the four.
void serve_webhook(Verb verb, Webhooks* webhooks, const ReadModel& model, const WebhookCall& call, const HttpDone& done);

}  // namespace brushwatch::doors
