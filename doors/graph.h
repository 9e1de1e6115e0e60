#pragma once
/// The evidence around a subject, cut to what a person can look at.

#include <string>
#include <string_view>
#include <vector>

#include "doors/read_model.h"

namespace brushwatch::doors {

/// More than this no layout keeps readable, and no officer reads.
inline constexpr std::size_t kGraphNodesMost = 300;

/// Subject → its alerts → their findings → the events they rest on → other subjects' findings that rest on the same events, with
/// their alerts and subjects. `others` are alerts of other subjects that may be drawn in. JSON as api/openapi.yaml's Graph.
/// Nodes are taken hop by hop, within a hop by weight and then by id: the same lines give the same bytes.
std::string evidence_graph(std::string_view subject, const std::vector<Served>& alerts, const std::vector<Served>& others,
                           std::size_t nodes_most);

/// The reasons of the alerts, each finding once, loudest first: a JSON array.
std::string findings_of(const std::vector<Served>& alerts);

}  // namespace brushwatch::doors
