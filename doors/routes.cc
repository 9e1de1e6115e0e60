#include "doors/routes.h"

namespace brushwatch::doors {
namespace {

// Cases, and the events behind them, are read by who works on them, and by the platform or carrier that is asked for evidence (its
// own only: the marking).
constexpr RoleSet kCaseReaders = kOfficers | RoleSet{Role::kPlatform, Role::kCarrier};
// An auditor reads everything and decides nothing; a plain member has no part in a procedure.
constexpr RoleSet kCommanders{Role::kPlatform,  Role::kCarrier,   Role::kAnalyst,     Role::kSenior,
                              Role::kRegulator, Role::kAuthority, Role::kWorkingGroup};

constexpr Route kRoutes[] = {
    {Verb::kHealth, "GET", "/api/v1/health", kAlliance},
    {Verb::kListAlerts, "GET", "/api/v1/alerts", kAlliance},
    {Verb::kGetAlert, "GET", "/api/v1/alerts/{id}", kAlliance},
    {Verb::kAlertHistory, "GET", "/api/v1/alerts/{id}/history", kAlliance},
    {Verb::kListSubjects, "GET", "/api/v1/subjects", kAlliance},
    {Verb::kGetSubject, "GET", "/api/v1/subjects/{id}", kAlliance},
    {Verb::kSubjectGraph, "GET", "/api/v1/subjects/{id}/graph", kAlliance},
    {Verb::kSubjectEvidence, "GET", "/api/v1/subjects/{id}/evidence", kCaseReaders},
    {Verb::kDetectors, "GET", "/api/v1/detectors", kOfficers},
    {Verb::kListCases, "GET", "/api/v1/cases", kCaseReaders},
    {Verb::kGetCase, "GET", "/api/v1/cases/{id}", kCaseReaders},
    {Verb::kCaseHistory, "GET", "/api/v1/cases/{id}/history", kCaseReaders},
    {Verb::kListEntries, "GET", "/api/v1/lists", kAlliance},
    {Verb::kGetEntry, "GET", "/api/v1/lists/{id}", kAlliance},
    {Verb::kEntryHistory, "GET", "/api/v1/lists/{id}/history", kAlliance},
    {Verb::kStream, "GET", "/api/v1/stream", kAlliance},
    {Verb::kHeads, "GET", "/api/v1/heads", kAlliance},
    {Verb::kInclusion, "GET", "/api/v1/proofs/inclusion", kAlliance},
    {Verb::kConsistency, "GET", "/api/v1/proofs/consistency", kAlliance},
    {Verb::kStix, "GET", "/api/v1/stix", kAlliance},
    {Verb::kCommand, "POST", "/api/v1/commands", kCommanders},
};

// Platforms and carriers send what is theirs (sender_guard.h), offices what hotlines and registers give them.
constexpr Route kEventsRoute{Verb::kEvents, "POST", "/api/v1/events", {Role::kPlatform, Role::kCarrier, Role::kRegulator, Role::kAuthority}};

}  // namespace

const Route& events_route() { return kEventsRoute; }

std::span<const Route> routes() { return kRoutes; }

bool route_admits(Verb verb, Role role) {
  for (const Route& route : kRoutes) {
    if (route.verb == verb) return route.roles.has(role);
  }
  return false;
}

}  // namespace brushwatch::doors
