#pragma once
/// Who may call which route, written down by hand beside the code's own table (doors/routes.cc).

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace brushwatch::test {

/// The rule, written again in words: who may call what, and how far each may see. m member, p platform, c carrier, a analyst,
/// s senior, r regulator, A authority, w working group, u auditor.
inline const std::map<std::string, std::string> kMayCall = {
    {"GET /api/v1/health", "mpcasrAwu"},
    {"GET /api/v1/alerts", "mpcasrAwu"},
    {"GET /api/v1/alerts/{id}", "mpcasrAwu"},
    {"GET /api/v1/alerts/{id}/history", "mpcasrAwu"},
    {"GET /api/v1/subjects", "mpcasrAwu"},
    {"GET /api/v1/subjects/{id}", "mpcasrAwu"},
    {"GET /api/v1/subjects/{id}/graph", "mpcasrAwu"},
    {"GET /api/v1/subjects/{id}/evidence", "pcasrAwu"},
    {"GET /api/v1/detectors", "asrAwu"},
    {"GET /api/v1/cases", "pcasrAwu"},
    {"GET /api/v1/cases/{id}", "pcasrAwu"},
    {"GET /api/v1/cases/{id}/history", "pcasrAwu"},
    {"GET /api/v1/lists", "mpcasrAwu"},
    {"GET /api/v1/lists/{id}", "mpcasrAwu"},
    {"GET /api/v1/lists/{id}/history", "mpcasrAwu"},
    {"GET /api/v1/stream", "mpcasrAwu"},
    {"GET /api/v1/heads", "mpcasrAwu"},
    {"GET /api/v1/proofs/inclusion", "mpcasrAwu"},
    {"GET /api/v1/proofs/consistency", "mpcasrAwu"},
    {"GET /api/v1/stix", "mpcasrAwu"},
    {"POST /api/v1/commands", "pcasrAw"},
    {"GET /api/v1/alerts/{id}/sightings", "mpcasrAwu"},
    {"POST /api/v1/alerts/{id}/sightings", "mpcasrAw"},
    {"GET /api/v1/lists/{id}/sightings", "mpcasrAwu"},
    {"POST /api/v1/lists/{id}/sightings", "mpcasrAw"},
    {"GET /api/v1/sightings", "mpcasrAwu"},
    {"POST /api/v1/receipts", "mpcasrAw"},
    {"GET /api/v1/lists/{id}/receipts", "asrAwu"},
    {"POST /api/v1/oprf", "mpc"},
    {"GET /api/v1/webhooks", "mpcasrAwu"},
    {"POST /api/v1/webhooks", "mpcasrAwu"},
    {"GET /api/v1/webhooks/{id}", "mpcasrAwu"},
    {"POST /api/v1/webhooks/{id}", "mpcasrAwu"},
    {"GET /api/v1/rules", "asrAwu"},
    {"GET /api/v1/backtests", "asrAu"},
    {"POST /api/v1/backtests", "as"},
    {"GET /api/v1/backtests/{id}", "asrAu"},
    {"POST /api/v1/backtests/{id}", "as"},
};
inline const std::vector<std::pair<std::string, char>> kWho = {{"", '-'}, {"member", 'm'}, {"platform", 'p'}, {"carrier", 'c'}, {"analyst", 'a'}, {"senior", 's'},
                                                        {"regulator", 'r'}, {"authority", 'A'}, {"working_group", 'w'}, {"auditor", 'u'}};

}  // namespace brushwatch::test
