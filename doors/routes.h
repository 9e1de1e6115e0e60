#pragma once
/// The one table of the HTTP door: each route with the roles that may call it. What is not in the table does not exist.
///
/// The server is built from it, api/openapi.yaml is compared with it, and the authorisation test walks it cell by cell.
/// A path segment in braces is one segment of the request's path.

#include <cstdint>
#include <span>
#include <string_view>

#include "doors/access.h"

namespace brushwatch::doors {

/// What a route does; one handler each.
enum class Verb : std::uint8_t {
  kHealth, kListAlerts, kGetAlert, kAlertHistory, kListSubjects, kGetSubject, kSubjectGraph, kSubjectEvidence, kDetectors, kListCases, kGetCase,
  kCaseHistory, kListEntries, kGetEntry, kEntryHistory, kStream, kCommand, kEvents,
  kListWebhooks, kAddWebhook, kGetWebhook, kActWebhook,
  kAlertSightings, kSightAlert, kEntrySightings, kSightEntry, kSightings, kAcknowledge, kEntryReceipts, kOprf,
  kHeads, kInclusion, kConsistency, kStix,
  kRules, kListBacktests, kBeginBacktest, kGetBacktest, kCancelBacktest,
};

struct Route {
  Verb verb;
  std::string_view method;
  std::string_view path;
  RoleSet roles;  ///< who may call it at all; which objects it shows them is Marking's business
};

std::span<const Route> routes();
/// Sending events is connectors/http's own route; here is who may, once tokens are configured.
const Route& events_route();
/// May this role call the route of this verb?
bool route_admits(Verb verb, Role role);

}  // namespace brushwatch::doors
