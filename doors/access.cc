#include "doors/access.h"

#include <array>

namespace brushwatch::doors {
namespace {

constexpr std::array<std::string_view, kRoles> kRoleNames{"public",    "member",    "platform",      "carrier", "analyst",
                                                          "senior",    "regulator", "authority", "working_group", "auditor"};
constexpr std::array<std::string_view, kTlps> kTlpNames{"clear", "green", "amber", "amber_strict", "red"};

template <class T, std::size_t N>
std::optional<T> named(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<T>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view role_name(Role role) { return kRoleNames[static_cast<std::size_t>(role)]; }
std::optional<Role> role_from_name(std::string_view name) { return named<Role>(kRoleNames, name); }
std::string_view tlp_name(Tlp tlp) { return kTlpNames[static_cast<std::size_t>(tlp)]; }
std::optional<Tlp> tlp_from_name(std::string_view name) { return named<Tlp>(kTlpNames, name); }

Tlp clearance(Role role) {
  switch (role) {
    case Role::kPublic: return Tlp::kClear;
    // A member hears what the alliance shares, nothing that is meant for one of the others.
    case Role::kMember: case Role::kPlatform: case Role::kCarrier: return Tlp::kAmber;
    // The working group serves notices and checks that they were kept; it does not read what is still being decided.
    case Role::kWorkingGroup: return Tlp::kAmberStrict;
    case Role::kAnalyst: case Role::kSenior: case Role::kRegulator: case Role::kAuthority: case Role::kAuditor: return Tlp::kRed;
  }
  return Tlp::kClear;
}

bool may_see(const Principal& who, const Marking& marking) {
  if (!marking.audience.has(who.role)) return false;
  if (marking.tlp <= clearance(who.role)) return true;
  const bool own = !marking.owner.empty() && marking.owner == who.party && (who.role == Role::kPlatform || who.role == Role::kCarrier);
  return own && marking.tlp <= Tlp::kAmberStrict;
}

}  // namespace brushwatch::doors
