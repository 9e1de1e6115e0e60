#include "detectors/registry.h"

#include <array>

#include "detectors/borrowed_addresses/borrowed_addresses.h"
#include "detectors/broken_scan_sequence/broken_scan_sequence.h"
#include "detectors/buyer_mix/buyer_mix.h"
#include "detectors/complaint_correlation/complaint_correlation.h"
#include "detectors/credit_trend/credit_trend.h"
#include "detectors/cross_platform_ring/cross_platform_ring.h"
#include "detectors/early_reviews/early_reviews.h"
#include "detectors/hub_sharing/hub_sharing.h"
#include "detectors/lane_concentration/lane_concentration.h"
#include "detectors/lasting_praise/lasting_praise.h"
#include "detectors/lockstep_buyers/lockstep_buyers.h"
#include "detectors/malicious_reviews/malicious_reviews.h"
#include "detectors/odd_signatures/odd_signatures.h"
#include "detectors/order_velocity/order_velocity.h"
#include "detectors/origin_scatter/origin_scatter.h"
#include "detectors/parcel_core/parcel_core.h"
#include "detectors/praised_orders/praised_orders.h"
#include "detectors/price_oddity/price_oddity.h"
#include "detectors/quick_confirm/quick_confirm.h"
#include "detectors/rebate_ring/rebate_ring.h"
#include "detectors/recycled_waybill/recycled_waybill.h"
#include "detectors/refund_flood/refund_flood.h"
#include "detectors/review_burst/review_burst.h"
#include "detectors/scripted_browsing/scripted_browsing.h"
#include "detectors/shared_buyers/shared_buyers.h"
#include "detectors/shop_core/shop_core.h"
#include "detectors/synthetic_track/synthetic_track.h"
#include "detectors/template_reviews/template_reviews.h"
#include "detectors/unbrowsed_orders/unbrowsed_orders.h"
#include "detectors/unseen_parcels/unseen_parcels.h"
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
      &d21_parcel(),
      &d23_parcel(),
      // stage shop
      &d1_shop(),
      &d6_shop(),
      &d7_shop(),
      &d9_shop(),
      &d10_shop(),
      &d11_shop(),
      &d12_shop(),
      &d13_shop(),
      &d15_stars(),
      &d16_shop(),
      &d17_shop(),
      &d19_shop(),
      &d20_shop(),
      &d24_shop(),
      &d26_shop(),
      &d29_shop(),
      &d30_pressure(),
      &d14_shop(),
      &d18_shop(),
      &d21_shop(),
      &d23_shop(),
      &d2_shop(),
      &d31_shop(),
      &d3_shop(),
      &d27_shop(),
      &d28_shop(),
      // stage party
      &d5_party(),
      &d8_party(),
      &d16_outlet(),
      &d17_outlet(),
      &d22_outlet(),
      &d21_courier(),
      &d4_party(),
      // stage ring
      &d5_ring(),
      &d8_ring(),
      &d4_ring(),
      &d25_ring(),
  };
  static const Registry registry{cores, detectors};
  return registry;
}

}  // namespace brushwatch
