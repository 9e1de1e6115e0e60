#pragma once
/// D24 view_bots: bought page views: a flood without new visitors, without a night, without scrolling, without orders.
///
/// Input    traffic.view and order.paid keyed by shop. Declared crawlers (ua_class 4; about 8 % of honest views) do not count.
/// Output   finding of family T, direction promote, one a Shanghai day; which signs held.
/// State    408 bytes a shop; dropped after 60 days without a view.
/// Cost     ~18 ns a view: views are 44 of the 57 events that an order brings. An evaluation (~150 ns) at every 25 % more
///          views of the day, from the five-hundredth on.
/// Order    counters, a HyperLogLog and hashed network buckets: the same in any order; settled an hour past midnight.
/// Fails    on residential proxies with scripted scrolling by day, and on a steady flood that began before the stream and is
///          scrolled: it is its own baseline.
/// Source   D24 of the catalogue; the Feiyi case (9.5 × 10⁸ views, hour-flat; domain notes §1.1).

#include "engine/detect/detector.h"

namespace brushwatch {

const Detector& d24_shop();

}  // namespace brushwatch
