#pragma once
/// The catalogue of attacks and honest look-alikes: name, role and how many shops one ring of it takes.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace brushwatch::simulate {

/// Never renumber: the number seeds the script's chance, and worlds are told apart by their bytes.
enum class Scenario : std::uint8_t {
  kS2, kS3, kS4, kS5, kS8, kH1, kH3,
  kM1, kM3, kM4S, kM4L, kM5, kS1, kS6, kP4, kP5, kS7, kS9, kS13, kN1,
  kH2, kH5, kH6, kH7, kH8, kH9, kH10, kH11, kH12, kH14, kH15,
  kS10, kS11, kS12,
};
inline constexpr std::size_t kScenarios = 34;

struct ScenarioInfo {
  Scenario scenario;
  std::string_view name;       ///< as domain notes §6.4 and detection notes §7.2 call it
  std::string_view role;       ///< "offender", "victim", "lookalike"
  std::string_view direction;  ///< "promote", "demote", "victim", ""
  std::uint32_t shops;         ///< of one ring; 0: the script sizes itself
  bool needs_sales;            ///< shops of at least half an order a day
};
std::span<const ScenarioInfo> scenarios();
const ScenarioInfo& info_of(Scenario scenario);
/// nullopt when there is no such attack or look-alike.
std::optional<Scenario> scenario_named(std::string_view name);
std::string_view scenario_name(Scenario scenario);

}  // namespace brushwatch::simulate
