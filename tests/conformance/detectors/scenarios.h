#pragma once
/// Small worlds for the conformance suite: sixteen days of honest shops, and one injected pattern a detector number.
///
/// This is the suite's only knowledge of detectors, and it is of behaviour: what people do, not what a detector measures.
/// Positions are dealt in order of event time, so that a reordered world keeps the position of each event.

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {

struct World {
  std::vector<Event> reference;
  std::vector<Event> events;  ///< raw events of any type, as ingest would append them
};

class WorldMaker {
 public:
  static constexpr int kDays = 16;
  static constexpr int kShops = 5;
  static constexpr Pid kSkus = 8;
  /// The week in which patterns are injected: the second Monday and later.
  static constexpr int kAttackDay = 8;

  explicit WorldMaker(std::uint64_t seed) : random_(seed) {}

  World honest() {
    for (Pid sku = 1; sku <= kSkus; ++sku) add_item(sku);
    add_carrier("zto");
    for (int s = 0; s < kShops; ++s) {
      const double a_day = std::exp(std::log(12.0) + 0.6 * normal());
      for (int day = 0; day < kDays; ++day) {
        const double today = a_day * std::exp(0.2 * normal());
        for (int n = poisson(today); n > 0; --n) honest_order(shop(s), day);
        for (int n = poisson(today * 3); n > 0; --n) browse(shop(s), at(day, waking_hour()), new_id(), 0);
      }
    }
    return finish();
  }
  /// False when nobody told the suite what this detector looks for.
  bool inject(std::uint16_t detector, World& world) {
    switch (detector) {
      case 1: burst_of_orders(); break;
      case 2: changed_prices(); break;
      case 3: one_town(); break;
      case 4: shared_workers(); break;
      case 5: lockstep(); break;
      case 6: rebates(); break;
      case 7: reverse_brushing(); break;
      case 8: phone_farm(); break;
      case 9: orders_without_views(); break;
      case 10: scripted_views(); break;
      case 11: bought_praise(); break;
      case 12: templates(); break;
      case 13: praised_gifts(); break;
      case 14: praise_before_delivery(); break;
      case 15: case 30: extortion(); break;
      case 16: empty_bags(); break;
      case 17: virtual_tracks(); break;
      case 18: programmed_tracks(); break;
      case 19: recycled_numbers(); break;
      case 20: strangers_numbers(); break;
      case 21: signed_in_the_night(); break;
      case 22: stamped_bags(); break;
      case 23: labels_without_parcels(); break;
      case 24: bought_views(); break;
      case 25: agency(); break;
      case 26: complaints(); break;
      case 27: bought_credit(); break;
      case 28: bought_list(); break;
      case 29: quick_confirmations(); break;
      case 31: photographs(); break;
      default: return false;
    }
    World more = finish();
    for (Event& e : more.events) {
      e.position = EvidenceRef::of(9, ++injected_);
      world.events.push_back(std::move(e));
    }
    return true;
  }

 private:
  static std::string shop(int s) { return "taobao:shop-" + std::to_string(s); }
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  double normal() { return std::normal_distribution<double>(0, 1)(random_); }
  int poisson(double mean) { return std::poisson_distribution<int>(mean)(random_); }
  Pid new_id() { return random_() | 1; }
  /// 08:00 to 23:00, most in the evening.
  double waking_hour() { return 8 + 15 * std::max(uniform(), uniform()); }

  void add(Event event) { world_.events.push_back(std::move(event)); }
  World finish() {
    std::stable_sort(world_.events.begin(), world_.events.end(), [](const Event& a, const Event& b) { return a.event_time < b.event_time; });
    std::uint64_t offset = 0;
    for (Event& e : world_.events) e.position = EvidenceRef::of(1, ++offset);
    return std::exchange(world_, {});
  }
  void add_item(Pid sku) {
    Event e;
    e.type = EventType::kRefItem;
    auto& item = e.emplace<ReferenceEvent>();
    item.id = NamedId{sku, keep("sku-" + std::to_string(sku))};
    item.weight_g = static_cast<std::uint32_t>(300 + 100 * sku);
    item.list_fen = 5'980;
    world_.reference.push_back(e);
  }

  void add_carrier(std::string_view code) {
    Event e;
    e.type = EventType::kRefCarrier;
    e.emplace<ReferenceEvent>().id = NamedId::of(code);
    world_.reference.push_back(e);
  }

  void browse(const std::string& of, EventTime t, Pid device, Pid buyer) {
    for (int i = 0; i < 4; ++i) {
      Event e = view(t + i * 40 * kSecondMs, keep(of), device, uniform() < 0.7);
      std::get<ViewEvent>(e.body).buyer = buyer;
      std::get<ViewEvent>(e.body).dwell_ms = static_cast<std::uint32_t>(20'000 * std::exp(0.9 * normal()));
      add(e);
    }
  }
  Parcel parcel_of(const std::string& of, EventTime paid_at) {
    Parcel p;
    p.waybill = "78" + std::to_string(++orders_ + 10'000'000) + std::to_string(random_() % 10'000);
    p.order = of + "-" + std::to_string(orders_);
    p.shop = of;
    p.outlet = "XA-" + std::to_string(random_() % 6);
    p.courier = "C-" + std::to_string(random_() % 20);
    p.sku = 1 + random_() % kSkus;
    p.weight_g = static_cast<std::uint32_t>((300 + 100.0 * static_cast<double>(p.sku)) * (1 + 0.04 * normal()));
    p.buyer = new_id();
    p.paid = paid_at;
    return p;
  }
  Event paid_of(const Parcel& p, Pid device, Pid payer) {
    Event e = order_event(EventType::kOrderPaid, p.paid, keep(p.shop), keep(p.order), p.buyer);
    auto& o = std::get<OrderEvent>(e.body);
    o.device = device;
    o.payer = payer;
    o.room = new_id();
    // Buyers live in ten towns and order for themselves.
    o.region6 = static_cast<std::uint32_t>(610'101 + 100 * (mix64(p.buyer) % 10));
    o.consignee = mix64(p.buyer);
    o.items.push_back({.sku = p.sku, .paid_fen = 5'380});
    return e;
  }
  /// Couriers hand nothing over at night: what is still on the van waits for the morning.
  static EventTime out_of_the_night(EventTime t) {
    const std::int64_t of_day = t - window_start(t, kDayMs);
    return of_day < 7 * kHourMs ? t + 8 * kHourMs : t;
  }
  /// Notice and scans; 1.5 % of scans are lost.
  void carry(const Parcel& p) {
    // Buyers live everywhere; only a stamped bag ends where all of its kind end.
    const NamedId end = NamedId::of(keep("BJ-" + std::to_string(random_() % 60)));
    for (Event& e : events_of(p)) {
      e.event_time = e.event_time + static_cast<std::int64_t>(uniform() * 20 * kMinuteMs);
      if (e.type == EventType::kParcelScan && e.as<ScanEvent>().code == ScanCode::kSigned) e.event_time = out_of_the_night(e.event_time);
      if (auto* scan = std::get_if<ScanEvent>(&e.body); scan != nullptr && scan->outlet.text == "BJ-009" && p.outlet != "XA-OUTLET-7") scan->outlet = end;
      if (uniform() >= 0.015 || e.type == EventType::kParcelNotice) add(std::move(e));
    }
  }
  void honest_order(const std::string& of, int day) {
    const Parcel p = parcel_of(of, at(day, waking_hour()));
    const Pid device = new_id();
    browse(of, p.paid - 600 * kSecondMs, device, p.buyer);
    add(paid_of(p, device, new_id()));
    carry(p);
    const EventTime signed_at = p.paid + 53 * kHourMs;
    add(order_event(EventType::kOrderSigned, signed_at, keep(of), keep(p.order), p.buyer));
    const double chance = uniform();
    if (chance < 0.04) add(order_event(EventType::kOrderRefunded, p.paid + static_cast<std::int64_t>((2 + 90 * uniform()) * kHourMs), keep(of), keep(p.order), p.buyer));
    if (uniform() < 0.3) {
      const double u = uniform();
      const std::uint8_t stars = u < 0.78 ? 5 : u < 0.87 ? 4 : u < 0.91 ? 3 : u < 0.93 ? 2 : 1;
      add(review(signed_at + static_cast<std::int64_t>(30 * std::exp(0.5 * normal()) * kHourMs), keep(of), p.buyer, stars));
    }
    if (uniform() < 0.0006) add(complaint(signed_at, keep(of), p.buyer, ComplaintCode::kNotReceived));
  }

  // ---- what the dishonest do, all to shop 0 ------------------------------------------------------------------------
  void burst_of_orders() {
    for (int i = 0; i < 120; ++i) add(paid_of(parcel_of(shop(0), at(kAttackDay, 14 + 1.5 * uniform())), new_id(), new_id()));
  }
  void reverse_brushing() {
    const Pid rivals[] = {new_id(), new_id()};
    for (int i = 0; i < 150; ++i) {
      Parcel p = parcel_of(shop(0), at(kAttackDay, 9 + 10 * uniform()));
      p.buyer = rivals[i % 2];
      add(paid_of(p, new_id(), new_id()));
      add(order_event(EventType::kOrderRefunded, p.paid + 5 * kMinuteMs, keep(p.shop), keep(p.order), p.buyer));
    }
  }
  void phone_farm() {
    std::vector<Pid> phones(15);
    for (Pid& phone : phones) phone = new_id();
    for (int day = kAttackDay; day < kAttackDay + 4; ++day) {
      for (const Pid phone : phones) {
        for (int s = 0; s < 3; ++s) add(paid_of(parcel_of(shop(s), at(day, 9 + 12 * uniform())), phone, new_id()));
      }
    }
  }
  void bought_praise() {
    for (int i = 0; i < 60; ++i) add(review(at(kAttackDay, 20 + 3 * uniform()), keep(shop(0)), new_id(), 5));
  }
  /// From the first week on, day after day.
  void photographs() {
    for (int day = 3; day < kDays; ++day) {
      for (int i = 0; i < 14; ++i) {
        const EventTime signed_at = at(day, waking_hour());
        const Pid buyer = new_id();
        add(order_event(EventType::kOrderSigned, signed_at, keep(shop(3)), keep("card-" + std::to_string(day * 100 + i)), buyer));
        Event praise = review(signed_at + static_cast<std::int64_t>(20 * uniform() * kHourMs), keep(shop(3)), buyer, 5);
        std::get<ReviewEvent>(praise.body).photos = 1;
        add(praise);
      }
    }
  }
  void empty_bags() {
    for (int i = 0; i < 80; ++i) {
      Parcel p = parcel_of(shop(0), at(kAttackDay - 1, 9 + 12 * uniform()));
      p.weight_g = 20 + static_cast<std::uint32_t>(random_() % 20);
      carry(p);
    }
  }
  void virtual_tracks() {
    for (int i = 0; i < 80; ++i) {
      const Parcel p = parcel_of(shop(0), at(kAttackDay - 1, 9 + 12 * uniform()));
      for (Event& e : events_of(p, {ScanCode::kPickedUp, ScanCode::kArrived, ScanCode::kDeparted, ScanCode::kOutForDelivery})) add(std::move(e));
    }
  }
  void recycled_numbers() {
    for (int i = 0; i < 40; ++i) {
      const Parcel real = parcel_of(shop(1), at(kAttackDay - 5, 9 + 12 * uniform()));
      carry(real);
      Parcel again = parcel_of(shop(0), at(kAttackDay, 9 + 12 * uniform()));
      again.waybill = real.waybill;
      add(paid_of(again, new_id(), new_id()));
      Event notice = notice_of(again);
      add(std::move(notice));
    }
  }
  void bought_views() {
    for (int i = 0; i < 6'000; ++i) add(view(at(kAttackDay, 24 * uniform()), keep(shop(0)), mix64(random_() % 60), false));
  }
  void complaints() {
    for (int i = 0; i < 12; ++i) add(complaint(at(kAttackDay + i % 3, 9 + 8 * uniform()), keep(shop(0)), new_id(), i % 2 == 0 ? ComplaintCode::kEmptyParcel : ComplaintCode::kNotOrdered));
  }

  void lockstep() {
    std::vector<Pid> workers(20);
    for (Pid& worker : workers) worker = new_id();
    for (int day = kAttackDay; day < kAttackDay + 4; ++day) {
      for (const Pid worker : workers) {
        for (int s = 0; s < 4; ++s) {
          Parcel p = parcel_of(shop(s), at(day, 19 + 0.3 * s + 0.1 * uniform()));
          p.buyer = worker;
          add(paid_of(p, new_id(), new_id()));
        }
      }
    }
  }
  void rebates() {
    for (int i = 0; i < 25; ++i) {
      Event e = order_event(EventType::kOrderMerchantTransfer, at(kAttackDay + i % 3, 9 + 12 * uniform()), keep(shop(0)), keep("r-" + std::to_string(i)), new_id());
      std::get<OrderEvent>(e.body).amount_fen = i % 2 == 0 ? 200 : 300;
      add(e);
    }
  }
  void orders_without_views() {
    for (int i = 0; i < 60; ++i) {
      Event e = paid_of(parcel_of(shop(0), at(kAttackDay + i % 3, 9 + 12 * uniform())), new_id(), new_id());
      std::get<OrderEvent>(e.body).channel = Channel::kSearch;
      add(e);
    }
  }
  void scripted_views() {
    for (int i = 0; i < 400; ++i) {
      Event e = view(at(kAttackDay + i % 3, 9 + 12 * uniform()), keep(shop(0)), new_id(), true);
      std::get<ViewEvent>(e.body).dwell_ms = static_cast<std::uint32_t>(45'000 + 1'000 * normal());
      add(e);
    }
  }
  Event text_review(EventTime t, std::uint8_t stars, std::uint64_t simhash) {
    Event e = review(t, keep(shop(0)), new_id(), stars);
    auto& r = std::get<ReviewEvent>(e.body);
    r.order = NamedId::of(keep("t-" + std::to_string(++orders_)));
    r.simhash = simhash;
    r.text_points = 24;
    return e;
  }
  void templates() {
    const std::uint64_t texts[] = {new_id(), new_id(), new_id()};
    for (int i = 0; i < 24; ++i) add(text_review(at(kAttackDay + i % 3, 9 + 12 * uniform()), 5, texts[i % 3] ^ (i % 2)));
  }
  void extortion() {
    for (int i = 0; i < 45; ++i) {  // a busy shop has 84 honest reviews that week
      Event low = text_review(at(kAttackDay + i % 3, 9 + 8 * uniform()), 1, new_id());
      const NamedId order = std::get<ReviewEvent>(low.body).order;
      const EventTime t = low.event_time;
      add(low);
      if (i % 2 == 0) {
        Event paid = order_event(EventType::kOrderMerchantTransfer, t + 2 * kHourMs, keep(shop(0)), order.text, new_id());
        std::get<OrderEvent>(paid.body).amount_fen = 15'000;
        add(paid);
        Event raised = text_review(t + 4 * kHourMs, 5, new_id());
        raised.type = EventType::kReviewEdited;
        std::get<ReviewEvent>(raised.body).order = order;
        add(raised);
      } else {
        add(complaint(t + 3 * kHourMs, keep(shop(0)), new_id(), ComplaintCode::kThreatenedReview));
      }
    }
  }
  void strangers_numbers() {
    for (int i = 0; i < 40; ++i) {
      Parcel p = parcel_of(shop(0), at(kAttackDay - 1, 9 + 12 * uniform()));
      p.outlet = "FAR-" + std::to_string(i);
      carry(p);
    }
  }
  /// To a shop of its own: the other patterns' parcels would stand beside the gifts and not be praised.
  void praised_gifts() {
    for (int i = 0; i < 60; ++i) {
      Parcel p = parcel_of(shop(4), at(kAttackDay - 1, 9 + 12 * uniform()));
      p.outlet = "GIFT-1";
      carry(p);
      Event praise = review(p.paid + 60 * kHourMs, keep(shop(4)), p.buyer, 5);
      std::get<ReviewEvent>(praise.body).order = NamedId::of(keep(p.order));
      add(praise);
    }
  }
  void stamped_bags() {
    for (int i = 0; i < 90; ++i) {
      Parcel p = parcel_of(shop(i % 3), at(kAttackDay - 1, 9 + 12 * uniform()));
      p.outlet = "XA-OUTLET-7";
      carry(p);
    }
  }
  /// Paid tasks that are reported done on the day of the order. To a shop of its own, whose other reviews name no order.
  void praise_before_delivery() {
    for (int i = 0; i < 120; ++i) {
      const Parcel p = parcel_of(shop(1), at(kAttackDay - 1 + i % 3, 9 + 12 * uniform()));
      carry(p);
      Event praise = review(p.paid + static_cast<std::int64_t>((1 + 5 * uniform()) * kHourMs), keep(shop(1)), p.buyer, 5);
      std::get<ReviewEvent>(praise.body).order = NamedId::of(keep(p.order));
      add(praise);
    }
  }
  /// Every scan is there, and each parcel's gaps are the last one's to the second.
  void programmed_tracks() {
    const double stretch = 0.8 + 0.4 * uniform();
    for (int i = 0; i < 120; ++i) {
      const Parcel p = parcel_of(shop(2), at(kAttackDay - 2, 72 * uniform()));
      for (Event& e : events_of(p)) {
        e.event_time = p.paid + static_cast<std::int64_t>(stretch * static_cast<double>(e.event_time - p.paid)) + static_cast<std::int64_t>(uniform() * kSecondMs);
        add(std::move(e));
      }
    }
  }
  /// Half of it by one courier in a few seconds, all of it at night.
  void signed_in_the_night() {
    for (int i = 0; i < 80; ++i) {
      Parcel p = parcel_of(shop(1), at(kAttackDay - 2 + i % 4, 9 + 12 * uniform()));
      p.courier = "C-NIGHT";
      for (Event& e : events_of(p)) {
        // The signature of 53 h after the order, pushed into the next night.
        if (e.type == EventType::kParcelScan && e.as<ScanEvent>().code == ScanCode::kSigned) {
          e.event_time = window_start(e.event_time, kDayMs) + kDayMs + static_cast<std::int64_t>((1 + 2 * uniform()) * kHourMs);
        }
        add(std::move(e));
      }
    }
  }
  void changed_prices() {
    for (int i = 0; i < 80; ++i) {
      Event e = paid_of(parcel_of(shop(4), at(kAttackDay - 1 + i % 6, 9 + 12 * uniform())), new_id(), new_id());
      std::get<OrderEvent>(e.body).items.front().paid_fen = 1 + i % 2;
      add(e);
    }
  }
  /// One pool of workers keeps three shops on three platforms alive, each of them in one shop a day.
  void agency() {
    const std::string shops[] = {"taobao:agency", "jd:agency", "pdd:agency"};
    std::vector<Pid> workers(30);
    for (Pid& worker : workers) worker = new_id();
    for (std::size_t w = 0; w < workers.size(); ++w) {
      for (int day = 0; day < 3; ++day) {
        Parcel p = parcel_of(shops[(w + static_cast<std::size_t>(day)) % 3], at(kAttackDay + day, 10 + 2 * uniform()));
        p.buyer = workers[w];
        add(paid_of(p, new_id(), new_id()));
      }
    }
  }
  /// A small shop of its own: a review a day, and then thirty.
  void bought_credit() {
    for (int day = 1; day < kDays; ++day) {
      for (int i = day < kAttackDay ? 1 : 30; i > 0; --i) add(review(at(day, waking_hour()), "taobao:young", new_id(), 5));
    }
  }
  /// The same thirty people in four shops of their own, each on a day of its own.
  void shared_workers() {
    std::vector<Pid> workers(30);
    for (Pid& worker : workers) worker = new_id();
    for (std::size_t w = 0; w < workers.size(); ++w) {
      for (int s = 0; s < 4; ++s) {
        Parcel p = parcel_of("taobao:pool-" + std::to_string(s), at(kAttackDay + (s + static_cast<int>(w)) % 4, 10 + 2 * uniform()));
        p.buyer = workers[w];
        add(paid_of(p, new_id(), new_id()));
      }
    }
  }
  /// A shop whose buyers live everywhere; and a room of workers in one town, for four days.
  void one_town() {
    for (int day = 0; day < kDays; ++day) {
      for (int i = 0; i < 8; ++i) add(paid_of(parcel_of("taobao:towns", at(day, waking_hour())), new_id(), new_id()));
    }
    for (int i = 0; i < 80; ++i) {
      Event e = paid_of(parcel_of("taobao:towns", at(kAttackDay + i % 4, waking_hour())), new_id(), new_id());
      std::get<OrderEvent>(e.body).region6 = 612'301;
      add(e);
    }
  }
  /// Five accounts order for a hundred people of a bought list.
  void bought_list() {
    Pid accounts[5];
    for (Pid& account : accounts) account = new_id();
    for (int i = 0; i < 100; ++i) {
      Parcel p = parcel_of("taobao:lists", at(kAttackDay + i % 4, 9 + 12 * uniform()));
      p.buyer = accounts[i % 5];
      Event e = paid_of(p, new_id(), new_id());
      std::get<OrderEvent>(e.body).consignee = new_id();
      add(e);
    }
  }
  void labels_without_parcels() {
    for (int i = 0; i < 60; ++i) {
      const Parcel p = parcel_of(shop(2), at(kAttackDay - 1 + i % 3, 9 + 12 * uniform()));
      Event shipped = order_event(EventType::kOrderShipped, p.paid + 6 * kHourMs, keep(p.shop), keep(p.order), p.buyer);
      auto& o = std::get<OrderEvent>(shipped.body);
      o.carrier = NamedId::of("zto");
      o.waybill = NamedId::of(keep(p.waybill));
      add(shipped);
      add(notice_of(p));
    }
  }
  void quick_confirmations() {
    for (int i = 0; i < 60; ++i) {
      const Parcel p = parcel_of(shop(0), at(kAttackDay - 2, 9 + 12 * uniform()));
      const EventTime signed_at = p.paid + 53 * kHourMs;
      add(order_event(EventType::kOrderSigned, signed_at, keep(p.shop), keep(p.order), p.buyer));
      add(order_event(EventType::kOrderConfirmed, signed_at + static_cast<std::int64_t>(3 * uniform() * kHourMs), keep(p.shop), keep(p.order), p.buyer));
    }
  }

  std::mt19937_64 random_;
  World world_;
  std::uint64_t orders_ = 0, injected_ = 0;
};

}  // namespace brushwatch::test
