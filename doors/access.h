#pragma once
/// Who is asking, what an object's marking says, and whether the one may see the other. Deny by default; pure functions.
///
/// Roles and their reach: docs/access.md. TLP is FIRST's Traffic Light Protocol 2.0.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace brushwatch::doors {

/// Persisted nowhere, public by name. kPublic is anybody without a token.
enum class Role : std::uint8_t {
  kPublic, kMember, kPlatform, kCarrier, kAnalyst, kSenior, kRegulator, kAuthority, kWorkingGroup, kAuditor,
};
inline constexpr std::size_t kRoles = 10;
std::string_view role_name(Role role);
std::optional<Role> role_from_name(std::string_view name);

/// A set of roles; empty = nobody.
class RoleSet {
 public:
  constexpr RoleSet() = default;
  constexpr RoleSet(std::initializer_list<Role> roles) {
    for (const Role r : roles) bits_ = static_cast<std::uint16_t>(bits_ | (1U << static_cast<unsigned>(r)));
  }
  [[nodiscard]] constexpr bool has(Role r) const { return (bits_ >> static_cast<unsigned>(r) & 1U) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  constexpr RoleSet operator|(RoleSet other) const {
    RoleSet out;
    out.bits_ = static_cast<std::uint16_t>(bits_ | other.bits_);
    return out;
  }
  constexpr bool operator==(const RoleSet&) const = default;

 private:
  std::uint16_t bits_ = 0;
};
/// Everybody in the alliance and the offices around it; not the public.
inline constexpr RoleSet kAlliance{Role::kMember, Role::kPlatform, Role::kCarrier, Role::kAnalyst, Role::kSenior,
                                   Role::kRegulator, Role::kAuthority, Role::kWorkingGroup, Role::kAuditor};
/// Those who work on cases, and who checks them.
inline constexpr RoleSet kOfficers{Role::kAnalyst, Role::kSenior, Role::kRegulator, Role::kAuthority,
                                   Role::kWorkingGroup, Role::kAuditor};

enum class Tlp : std::uint8_t { kClear, kGreen, kAmber, kAmberStrict, kRed };
inline constexpr std::size_t kTlps = 5;
std::string_view tlp_name(Tlp tlp);
std::optional<Tlp> tlp_from_name(std::string_view name);

struct Marking {
  Tlp tlp = Tlp::kRed;
  RoleSet audience;
  std::string owner;  ///< party (platform or carrier) whose subject it is; "" = nobody's
  bool operator==(const Marking&) const = default;
};

struct Principal {
  Role role = Role::kPublic;
  std::string name;   ///< the token's `sub`: actor of commands, key of limits
  std::string party;  ///< platform or carrier whose member this is, as events name it ("taobao", "sf"); "" for offices
};

/// The most sensitive TLP that a role may see of objects that are not its own.
Tlp clearance(Role role);
/// The role is in the audience, and the TLP is within its clearance; an owner may see up to kAmberStrict of its own.
bool may_see(const Principal& who, const Marking& marking);

}  // namespace brushwatch::doors
