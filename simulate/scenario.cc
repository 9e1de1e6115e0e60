#include "simulate/scenario.h"

#include <iterator>

namespace brushwatch::simulate {
namespace {

constexpr ScenarioInfo kInfos[] = {
    {Scenario::kS2, "S2", "offender", "promote", 0, false},    // worker group in lockstep
    {Scenario::kS3, "S3", "offender", "promote", 0, false},    // phone farm
    {Scenario::kS4, "S4", "offender", "promote", 0, false},    // virtual waybills
    {Scenario::kS5, "S5", "offender", "promote", 0, false},    // real empty bags, complicit outlet
    {Scenario::kS8, "S8", "victim", "victim", 0, false},       // reverse brushing
    {Scenario::kH1, "H1", "lookalike", "", 0, false},          // live-stream spike
    {Scenario::kH3, "H3", "lookalike", "", 0, false},          // parcel station
    {Scenario::kM1, "M1", "offender", "promote", 1, false},    // machine burst of two hours
    {Scenario::kM3, "M3", "offender", "promote", 1, false},    // task platform: strangers, one order each
    {Scenario::kM4S, "M4S", "offender", "promote", 1, false},  // slow drip into a small shop
    {Scenario::kM4L, "M4L", "offender", "promote", 1, true},   // slow drip into a large shop
    {Scenario::kM5, "M5", "offender", "promote", 1, true},     // rented real buyers, real parcels
    {Scenario::kS1, "S1", "offender", "promote", 8, false},    // sellers who buy from each other
    {Scenario::kS6, "S6", "offender", "promote", 1, false},    // recycled waybill numbers
    {Scenario::kP4, "P4", "offender", "promote", 1, false},    // purchased numbers of strangers' parcels
    {Scenario::kP5, "P5", "offender", "promote", 1, false},    // a cheap gift instead of the goods
    {Scenario::kS7, "S7", "offender", "promote", 1, true},     // cash for praise
    {Scenario::kS9, "S9", "victim", "demote", 1, true},        // extortion by low stars
    {Scenario::kS13, "S13", "offender", "promote", 1, false},  // unsolicited parcels to strangers
    {Scenario::kN1, "N1", "offender", "promote", 1, false},    // a mix that no training world has
    {Scenario::kH2, "H2", "lookalike", "", 2, true},           // a computer room of a dormitory
    {Scenario::kH5, "H5", "lookalike", "", 1, true},           // group-buy leader
    {Scenario::kH6, "H6", "lookalike", "", 1, true},           // corporate purchase
    {Scenario::kH7, "H7", "lookalike", "", 1, true},           // launch with invited reviews
    {Scenario::kH8, "H8", "lookalike", "", 1, true},           // carrier outage, scans uploaded in bulk
    {Scenario::kH9, "H9", "lookalike", "", 1, true},           // a bad batch: returns and one star
    {Scenario::kH10, "H10", "lookalike", "", 1, true},         // a flash sale that nobody announced
    {Scenario::kH11, "H11", "lookalike", "", 1, true},         // default praise of the platform
    {Scenario::kH12, "H12", "lookalike", "", 4, true},         // a coupon over four shops
    {Scenario::kH14, "H14", "lookalike", "", 1, false},        // a shop that opens
    {Scenario::kH15, "H15", "lookalike", "", 1, true},         // a price error, refunded by the shop
    {Scenario::kS10, "S10", "offender", "promote", 1, true},   // view bots on two items
    {Scenario::kS11, "S11", "offender", "promote", 1, true},   // coattails: a hot item and the target clicked together
    {Scenario::kS12, "S12", "offender", "promote", 9, false},  // nine shops of five firms, one agency, one gift warehouse
};
static_assert(std::size(kInfos) == kScenarios);

}  // namespace

std::span<const ScenarioInfo> scenarios() { return kInfos; }
const ScenarioInfo& info_of(Scenario scenario) { return kInfos[static_cast<std::size_t>(scenario)]; }
std::string_view scenario_name(Scenario scenario) { return info_of(scenario).name; }
std::optional<Scenario> scenario_named(std::string_view name) {
  for (const ScenarioInfo& info : kInfos) if (info.name == name) return info.scenario;
  return std::nullopt;
}

}  // namespace brushwatch::simulate
