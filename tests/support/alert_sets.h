#pragma once
/// Alerts as sets: what two runs over differently ordered streams must agree on.

#include <set>
#include <string>

namespace brushwatch::test {

/// The final state of every alert of an alerts file: "subject kind/id | pattern | window start | direction", of those that
/// were not withdrawn.
std::set<std::string> alert_set(const std::string& alerts_ndjson);
/// The same with posterior and families: what partition counts and restarts must not change either.
std::set<std::string> alert_states(const std::string& alerts_ndjson);

}  // namespace brushwatch::test
