#pragma once
/// The topology as data: which stage is keyed by what, what it folds and where it may send. The one file to read for the shape.

#include <array>
#include <string_view>

#include "engine/event/event.h"

namespace brushwatch {

struct StageInfo {
  Stage stage;
  std::string_view key;
  std::string_view folds;
  std::array<Stage, 3> sends_to;  ///< kIntake means none
};

/// In the order in which a round runs them: a stage sends only to stages after it, so one pass a round is enough.
inline constexpr std::array<StageInfo, kStages> kTopology = {{
    {Stage::kIntake, "none", "rejected records, reference data, rules, declared sources", {Stage::kIntake, Stage::kIntake, Stage::kIntake}},
    {Stage::kParcel, "carrier + waybill", "shipment notices, scans", {Stage::kShop, Stage::kParty, Stage::kSubject}},
    {Stage::kShop, "shop", "orders, reviews, views, complaints, parcel summaries", {Stage::kParty, Stage::kSubject, Stage::kIntake}},
    {Stage::kParty, "kind + party (buyer, device, payer, room, outlet, courier)", "edges, parcel summaries", {Stage::kRing, Stage::kSubject, Stage::kIntake}},
    {Stage::kRing, "community (v1: the shop)", "hub edges", {Stage::kSubject, Stage::kIntake, Stage::kIntake}},
    {Stage::kSubject, "subject kind + id", "findings", {Stage::kAlliance, Stage::kIntake, Stage::kIntake}},
    {Stage::kAlliance, "subject kind + id", "alerts told, commands, complaints, commitments, reports, registers", {Stage::kIntake, Stage::kIntake, Stage::kIntake}},
}};

constexpr bool may_send(Stage from, Stage to) {
  for (const Stage s : kTopology[static_cast<unsigned>(from)].sends_to) if (s == to && s != Stage::kIntake) return true;
  return false;
}

}  // namespace brushwatch
