#include "doors/routes.h"

namespace brushwatch::doors {
namespace {

// Cases, and the events behind them, are read by who works on them, and by the platform or carrier that is asked for evidence (its
// own only: the marking).
constexpr RoleSet kCaseReaders = kOfficers | RoleSet{Role::kPlatform, Role::kCarrier};
// An auditor reads everything and decides nothing; a plain member has no part in a procedure.
constexpr RoleSet kCommanders{Role::kPlatform,  Role::kCarrier,   Role::kAnalyst,     Role::kSenior,
                              Role::kRegulator, Role::kAuthority, Role::kWorkingGroup};

// A backtest names subjects of alerts that nobody marked: for those whose clearance has no bound.
constexpr RoleSet kBacktestReaders{Role::kAnalyst, Role::kSenior, Role::kRegulator, Role::kAuthority, Role::kAuditor};
constexpr RoleSet kBacktesters{Role::kAnalyst, Role::kSenior};

constexpr RoleSet kWitnesses = kCommanders | RoleSet{Role::kMember};

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
    // Whoever is told of an alert or an entry may say what it is worth, and that it came.
    {Verb::kAlertSightings, "GET", "/api/v1/alerts/{id}/sightings", kAlliance},
    {Verb::kSightAlert, "POST", "/api/v1/alerts/{id}/sightings", kWitnesses},
    {Verb::kEntrySightings, "GET", "/api/v1/lists/{id}/sightings", kAlliance},
    {Verb::kSightEntry, "POST", "/api/v1/lists/{id}/sightings", kWitnesses},
    {Verb::kSightings, "GET", "/api/v1/sightings", kAlliance},
    {Verb::kAcknowledge, "POST", "/api/v1/receipts", kWitnesses},
    {Verb::kEntryReceipts, "GET", "/api/v1/lists/{id}/receipts", kOfficers},
    // Who sends events in names of its own has values to link.
    {Verb::kOprf, "POST", "/api/v1/oprf", {Role::kMember, Role::kPlatform, Role::kCarrier}},
    // Everybody keeps endpoints of their own; what those are told is what their owner may see.
    {Verb::kListWebhooks, "GET", "/api/v1/webhooks", kAlliance},
    {Verb::kAddWebhook, "POST", "/api/v1/webhooks", kAlliance},
    {Verb::kGetWebhook, "GET", "/api/v1/webhooks/{id}", kAlliance},
    {Verb::kActWebhook, "POST", "/api/v1/webhooks/{id}", kAlliance},
    // Trying out a threshold changes nothing, but it takes a processor for a while.
    {Verb::kRules, "GET", "/api/v1/rules", kOfficers},
    {Verb::kListBacktests, "GET", "/api/v1/backtests", kBacktestReaders},
    {Verb::kBeginBacktest, "POST", "/api/v1/backtests", kBacktesters},
    {Verb::kGetBacktest, "GET", "/api/v1/backtests/{id}", kBacktestReaders},
    {Verb::kCancelBacktest, "POST", "/api/v1/backtests/{id}", kBacktesters},
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
