#include "detectors/registry.h"

#include <array>

#include "detectors/shop_core/shop_core.h"

namespace brushwatch {

// An array and no self-registration: a static archive drops objects that nobody names.
const Registry& default_registry() {
  static const std::array<const StageCore*, 1> cores{
      &shop_core(),
  };
  static const std::array<const Detector*, 0> detectors{};
  static const Registry registry{cores, detectors};
  return registry;
}

}  // namespace brushwatch
