/// The reference records of a world: everything a member would have registered before it sends events.

#include <fmt/format.h>

#include <algorithm>

#include "simulate/line.h"
#include "simulate/province.h"

namespace brushwatch::simulate {
namespace {

/// Puts reference lines one millisecond apart, so that their order is fixed: a shop comes before its items.
class ReferenceWriter {
 public:
  ReferenceWriter(Outbox& outbox, EventTime start) : outbox_(outbox), at_(start - kDayMs) {}
  Line& begin(EventType type, std::string_view source, std::string_view id) {
    type_ = type;
    at_ = at_ + 1;
    return line_.begin(event_type_name(type), source, at_).text(type == EventType::kCommitmentSigned ? "subject_id" : "id", id);
  }
  void end() { outbox_.put(Stream::kReference, type_, at_, at_, line_.open()); }

 private:
  Outbox& outbox_;
  EventTime at_;
  EventType type_ = EventType::kNone;
  Line line_;
};

void write_place(ReferenceWriter& out, std::string_view id, char kind, std::uint64_t token, std::uint32_t region6, std::uint32_t capacity) {
  out.begin(EventType::kRefPublicPlace, "alliance", id).number("region6", region6).number("capacity", capacity).pid("token", kind, token);
  out.end();
}

}  // namespace

void Province::write_reference(Outbox& outbox, std::span<const std::uint64_t> public_rooms) const {
  ReferenceWriter out(outbox, options_.start);
  Chance chance = Chance::of(options_.seed, 0x2EF);
  for (const Carrier& carrier : carriers()) {
    out.begin(EventType::kRefCarrier, carrier.code, carrier.code).text("name", carrier.name);
    out.end();
  }
  for (const Outlet& o : outlets_) {
    const bool station = o.kind == OutletKind::kStation;
    const std::string_view source = station ? "alliance" : carriers()[o.carrier].code;
    Line& line = out.begin(EventType::kRefOutlet, source, o.id);
    if (!station) line.text("parent", source);
    line.text("outlet_kind", o.kind == OutletKind::kHub ? "hub" : station ? "station" : "outlet")
        .number("region6", counties()[o.county].region6).degrees("lat", o.lat_e6).degrees("lon", o.lon_e6)
        .number("capacity", o.kind == OutletKind::kHub ? 400'000 : station ? 800 : 4'000);
    out.end();
    if (o.kind != OutletKind::kOutlet) continue;
    for (std::uint32_t n = 0; n < kCouriers; ++n) {
      out.begin(EventType::kRefCourier, source, courier_id(o, n)).text("parent", o.id);
      out.end();
    }
  }
  for (const Shop& shop : shops_) {
    const std::string_view platform = platforms()[shop.platform];
    const std::string id = shop.canonical_id();
    if (!shop.subject.empty()) {
      out.begin(EventType::kRefOperator, "alliance", shop.subject)
          .text("name", fmt::format("陕西示例{}商贸", std::string_view(shop.subject).substr(13, 8)))
          .number("region6", counties()[shop.county].region6);
      out.end();
      if (chance.permille(300)) {
        out.begin(EventType::kCommitmentSigned, "alliance", shop.subject).text("kind", "no_brushing")
            .text("document", PidText('k', chance.next()).view());
        out.end();
      }
    }
    out.begin(EventType::kRefShop, platform, id).text("parent", shop.canonical_subject())
        .text("name", fmt::format("示例{}号店", std::string_view(shop.id).substr(1))).number("category", shop.category)
        .number("region6", counties()[shop.county].region6);
    out.end();
    for (const Item& item : shop.items) {
      Line& line = out.begin(EventType::kRefItem, platform, PidText('i', item.id).view()).text("parent", id)
                       .number("category", shop.category).number("list_fen", item.list_fen);
      // Packing spreads 4 %: the fifth percentile is 1.645 × 4 % below the median.
      if (!item.virtual_goods) line.number("weight_g", item.weight_g).number("weight_p05_g", std::max(1U, item.weight_g * 93 / 100));
      line.flag("virtual_goods", item.virtual_goods).flag("light_goods", categories()[shop.category - 1].light);
      out.end();
    }
    for (std::size_t c = 0; c < shop.campaigns.size(); ++c) {
      const Campaign& campaign = shop.campaigns[c];
      out.begin(EventType::kRefPromotion, platform, fmt::format("{}-P{}", id, c + 1)).text("parent", id).text("name", "满减活动")
          .number("valid_from", campaign.from.ms).number("valid_until", campaign.until.ms).number("factor_milli", campaign.factor_milli);
      out.end();
    }
  }
  // Stations and dormitories: tokens that must not link their users.
  for (std::uint16_t county = 0; county < counties().size(); ++county)
    for (std::uint32_t n = 0; n < 2; ++n) {
      const std::uint64_t station = (3ULL << 60) + station_in(county, n);
      const std::uint32_t region = counties()[county].region6;
      write_place(out, fmt::format("place-{}-{:02}-room", region, n + 1), 'r', scatter('r', station), region, 800);
      write_place(out, fmt::format("place-{}-{:02}-house", region, n + 1), 'h', scatter('h', station), region, 800);
    }
  for (std::uint64_t building = kDormAt; building < buyers_ / kBuildingPeople; building += kDormEvery) {
    const Buyer inmate = buyer(building * kBuildingPeople);
    const std::uint32_t region = counties()[inmate.county].region6;
    write_place(out, fmt::format("dorm-{}-house", building), 'h', inmate.building, region, 200);
    write_place(out, fmt::format("dorm-{}-net", building), 'a', inmate.ip24, region, 200);
  }
  for (std::size_t i = 0; i < public_rooms.size(); ++i)
    write_place(out, fmt::format("place-added-{:03}", i + 1), 'r', public_rooms[i], 610000, 800);
}

}  // namespace brushwatch::simulate
