// The honest look-alikes beyond H1 and H3: real orders whose pattern resembles an attack's.

#include <algorithm>

#include "engine/base/hash.h"
#include "simulate/phrases.h"
#include "simulate/scripts.h"

namespace brushwatch::simulate {

void Scripts::add_lookalike(Scenario scenario) {
  Ring& ring = new_ring(scenario);
  const ScenarioInfo& info = info_of(scenario);
  ring.shops = scenario == Scenario::kH14 ? take_shops(1, false, 0, 0.4) : take_shops(info.shops, false, 1.5, 40);
  const std::uint32_t shop = ring.shops.front();
  const auto people = [&](std::uint32_t n) { for (; n > 0; --n) ring.accounts.push_back(province_.buyer(province_.draw_buyer(chance_))); };
  const std::uint32_t first = options_.days < 6 ? 0 : 4;  // after some usual days
  const EventTime day = options_.start + static_cast<std::int64_t>(first + chance_.below(options_.days - first)) * kDayMs;
  const auto spread = [&](std::uint32_t orders, std::int64_t from_ms, std::int64_t span_ms) {
    // The world ends with its last day: an episode that begins on it is a shorter one.
    const std::int64_t span = std::min(span_ms, options_.start + options_.days * kDayMs - 1 - (day + from_ms));
    for (std::uint32_t i = 0; i < orders; ++i)
      errand(day + from_ms + chance_.between(0, span), shop, i % static_cast<std::uint32_t>(ring.accounts.size()));
  };
  switch (scenario) {
    case Scenario::kH2: {  // 24 students at four computers of one room, who like the same few shops
      people(24);
      for (std::size_t i = 0; i < ring.accounts.size(); ++i) {
        Buyer& b = ring.accounts[i];
        b.device = mix64(ring.seed + i % 4), b.ip24 = mix64(ring.seed * 3), b.building = mix64(ring.seed * 5), b.room = mix64(ring.seed * 7 + i / 6);
        b.county = ring.accounts.front().county;
        for (std::int64_t orders = chance_.between(1, 4); orders > 0; --orders)
          errand(any_moment(), chance_.permille(150) ? ring.shops[chance_.below(2)] : province_.draw_shop(chance_), static_cast<std::uint32_t>(i));
      }
      break;
    }
    case Scenario::kH5: {  // one leader receives for his neighbours, who pay for themselves
      people(static_cast<std::uint32_t>(chance_.between(40, 80)));
      const Buyer leader = ring.accounts.front();
      for (Buyer& b : ring.accounts) b.room = leader.room, b.building = leader.building, b.consignee = leader.consignee, b.phone = leader.phone, b.county = leader.county;
      spread(static_cast<std::uint32_t>(ring.accounts.size()), 19 * kHourMs, 3 * kHourMs);
      break;
    }
    case Scenario::kH6:
      people(1);
      spread(static_cast<std::uint32_t>(chance_.between(60, 200)), 10 * kHourMs, kHourMs);
      break;
    case Scenario::kH8:
      people(80);
      ring.moment = day + 40 * kHourMs;
      spread(80, 8 * kHourMs, 12 * kHourMs);
      break;
    case Scenario::kH10: people(150); spread(150, 10 * kHourMs, 4 * kHourMs); break;
    case Scenario::kH12: {  // the coupon asks for an order in each of the four shops, tonight
      people(50);
      for (std::uint32_t i = 0; i < 50; ++i) {
        EventTime t = day + 20 * kHourMs + chance_.between(0, 2 * kHourMs);
        for (const std::uint32_t s : ring.shops) {
          if (chance_.permille(850)) errand(std::min(t, options_.start + options_.days * kDayMs - 1), s, i);
          t = t + chance_.between(kMinuteMs, 15 * kMinuteMs);
        }
      }
      break;
    }
    case Scenario::kH14:  // opens, is liked, grows
      people(300);
      for (std::uint32_t d = first; d < options_.days; ++d)
        for (std::uint32_t n = chance_.poisson(6 + 1.5 * (d - first)); n > 0; --n)
          errand(honest_.moment_of_day(d, chance_), shop, static_cast<std::uint32_t>(chance_.below(300)));
      break;
    case Scenario::kH15: people(180); spread(180, 21 * kHourMs, kHourMs); break;
    default: people(70); spread(70, 8 * kHourMs, 3 * kDayMs);  // H7, H9, H11
  }
}

void Scripts::plan_lookalike(const Errand& errand, const Ring& ring, Chance& chance) {
  honest_.plan_order(errand.shop, errand.created, ring.accounts[errand.account], chance, plan_);
  switch (ring.scenario) {
    case Scenario::kH5: case Scenario::kH6:  // from the chat group, or from the contract: nobody browses
      plan_.channel = "direct";
      plan_.keyword = 0;
      plan_.views.clear();
      break;
    case Scenario::kH7:
      if (plan_.signed_off.ms == 0 || !chance.permille(700)) break;
      plan_.reviewed = plan_.signed_off + network_.delay(chance.lognormal(16 * kHourMs, 0.6));
      plan_.stars = chance.permille(880) ? 5 : 4;
      plan_.photos = chance.permille(600) ? 3 : 0;
      honest_text(chance, true, plan_.review);
      break;
    case Scenario::kH8:  // the feed was down: all of it comes at once, and the clock is written by hand
      for (PlannedScan& scan : plan_.scans) {
        if (scan.at > ring.moment) continue;
        scan.at = {floor_div(scan.at.ms, kMinuteMs) * kMinuteMs};
        scan.ingest = std::max(scan.ingest, ring.moment + chance.between(0, 20 * kSecondMs));
      }
      break;
    case Scenario::kH9:
      if (plan_.signed_off.ms == 0) break;
      if (chance.permille(400)) {
        plan_.reviewed = plan_.signed_off + network_.delay(chance.lognormal(20 * kHourMs, 0.7));
        plan_.stars = chance.permille(800) ? 1 : 2;
        honest_text(chance, false, plan_.review);
      }
      if (plan_.refunded.ms == 0 && chance.permille(500)) {
        plan_.refund_requested = plan_.signed_off + network_.delay(chance.lognormal(20 * kHourMs, 0.8));
        plan_.refunded = plan_.refund_requested + network_.delay(chance.between(30 * kHourMs, 80 * kHourMs));
        plan_.refund_fen = plan_.paid_fen;
        plan_.goods_state = "returned";
        plan_.refund_reason = "quality";
      }
      if (chance.permille(60)) {
        plan_.complained = plan_.signed_off + network_.delay(chance.lognormal(20 * kHourMs, 0.8));
        plan_.complaint = "description_mismatch";
        plan_.complaint_channel = "platform";
        plan_.complainant = plan_.buyer.consignee;
      }
      break;
    case Scenario::kH11:
      if (plan_.signed_off.ms == 0 || !chance.permille(750)) break;
      plan_.reviewed = plan_.signed_off + network_.delay(chance.lognormal(30 * kHourMs, 0.5));
      plan_.stars = 5;
      plan_.photos = 0;
      plan_.review = "该用户未及时填写评价内容，系统默认给出好评，感谢对本店的支持";
      break;
    case Scenario::kH15:
      if (plan_.paid.ms == 0) break;
      plan_.shipped = plan_.signed_off = plan_.confirmed = plan_.reviewed = plan_.transferred = plan_.complained = {};
      plan_.scans.clear();
      plan_.refund_requested = plan_.paid + network_.delay(chance.between(kHourMs, 12 * kHourMs));
      plan_.refunded = plan_.refund_requested + network_.delay(chance.between(10 * kMinuteMs, 5 * kHourMs));
      plan_.closed = plan_.refunded + chance.between(100, 900);
      plan_.refund_fen = plan_.paid_fen;
      plan_.goods_state = "not_received";
      plan_.refund_reason = "out_of_stock";
      break;
    default: break;
  }
}

}  // namespace brushwatch::simulate
