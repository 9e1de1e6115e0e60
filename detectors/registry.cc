#include "detectors/registry.h"

#include <array>

#include "detectors/broken_scan_sequence/broken_scan_sequence.h"
#include "detectors/complaint_correlation/complaint_correlation.h"
#include "detectors/order_velocity/order_velocity.h"
#include "detectors/parcel_core/parcel_core.h"
#include "detectors/recycled_waybill/recycled_waybill.h"
#include "detectors/refund_flood/refund_flood.h"
#include "detectors/review_burst/review_burst.h"
#include "detectors/shop_core/shop_core.h"
#include "detectors/view_bots/view_bots.h"
#include "detectors/weight_fraud/weight_fraud.h"

namespace brushwatch {

// An array and no self-registration: a static archive drops objects that nobody names.
const Registry& default_registry() {
  static const std::array<const StageCore*, 2> cores{
      &parcel_core(),
      &shop_core(),
  };
  static const std::array detectors{
      // stage parcel
      &d17_parcel(),
      &d19_parcel(),
      // stage shop
      &d1_shop(),
      &d7_shop(),
      &d11_shop(),
      &d16_shop(),
      &d17_shop(),
      &d19_shop(),
      &d24_shop(),
      &d26_shop(),
      // stage party
      &d16_outlet(),
      &d17_outlet(),
  };
  static const Registry registry{cores, detectors};
  return registry;
}

}  // namespace brushwatch
