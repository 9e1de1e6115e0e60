#include "detectors/registry.h"

#include <array>

#include "detectors/complaint_correlation/complaint_correlation.h"
#include "detectors/order_velocity/order_velocity.h"
#include "detectors/refund_flood/refund_flood.h"
#include "detectors/review_burst/review_burst.h"
#include "detectors/shop_core/shop_core.h"
#include "detectors/view_bots/view_bots.h"

namespace brushwatch {

// An array and no self-registration: a static archive drops objects that nobody names.
const Registry& default_registry() {
  static const std::array<const StageCore*, 1> cores{
      &shop_core(),
  };
  static const std::array detectors{
      &d1_shop(),
      &d7_shop(),
      &d11_shop(),
      &d24_shop(),
      &d26_shop(),
  };
  static const Registry registry{cores, detectors};
  return registry;
}

}  // namespace brushwatch
