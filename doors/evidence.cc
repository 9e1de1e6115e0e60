#include "doors/evidence.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "connectors/codec/contract_json.h"
#include "doors/api.h"
#include "doors/graph.h"
#include "doors/json.h"
#include "doors/query.h"
#include "engine/detect/fold.h"

namespace brushwatch::doors {
namespace {

/// A parcel of ours is over in four days (reference worlds: 99 %); ten hold the slow ones and a late notice.
constexpr std::int64_t kParcelMs = 10LL * 24 * 3600 * 1000;
constexpr std::int64_t kPlacesMost = 400, kPlacesDefault = 200;

using Parcel = std::pair<std::string, std::string>;  // carrier, waybill

/// The parcel that an event is about; empty names when about none.
std::pair<NamedId, NamedId> parcel_of(const Event& event) {
  if (const auto* order = std::get_if<OrderEvent>(&event.body)) return {order->carrier, order->waybill};
  if (const auto* notice = std::get_if<NoticeEvent>(&event.body)) return {notice->carrier, notice->waybill};
  if (const auto* scan = std::get_if<ScanEvent>(&event.body)) return {scan->carrier, scan->waybill};
  return {};
}

/// Who sent it: the platform of the shop, or the carrier.
std::string owner_of(const Event& event) {
  return std::visit(
      [](const auto& body) -> std::string {
        if constexpr (requires { body.scan_seq; }) return std::string(body.carrier.text);
        else if constexpr (requires { body.shop; }) return party_of(body.shop.text);
        else return {};
      },
      event.body);
}

EvidenceEvent taken(const Place& place, const Event& event) { return {place, owner_of(event), to_contract_json(event), event.event_time}; }

void write_events(JsonOut& json, const std::vector<EvidenceEvent>& events, const Principal& who, std::int64_t& hidden) {
  json.begin_array();
  for (const EvidenceEvent& e : events) {
    // What somebody else sent is for those who decide, and for its sender.
    if (!may_see(who, {Tlp::kAmberStrict, kOfficers | RoleSet{Role::kPlatform, Role::kCarrier}, e.owner})) {
      ++hidden;
      continue;
    }
    json.begin_object();
    if (!e.place.source.empty()) json.member("source", e.place.source).member("offset", static_cast<std::int64_t>(e.place.offset));
    json.key("event").raw(e.json).end_object();
  }
  json.end_array();
}

std::string answer(const std::string& subject, const Evidence& evidence, std::size_t named, std::size_t asked, const Principal& who) {
  JsonOut json;
  std::int64_t hidden = 0;
  json.begin_object().member("subject", subject).key("events");
  write_events(json, evidence.events, who, hidden);
  json.key("tracks").begin_array();
  for (const ParcelTrack& track : evidence.tracks) {
    json.begin_object().member("carrier", track.carrier).member("waybill", track.waybill).key("scans");
    write_events(json, track.scans, who, hidden);
    json.end_object();
  }
  json.end_array();
  json.member("places_named", static_cast<std::int64_t>(named)).member("places_asked", static_cast<std::int64_t>(asked));
  json.member("places_found", static_cast<std::int64_t>(evidence.found)).member("hidden", hidden);
  json.key("complete").raw(evidence.complete ? "true" : "false").end_object();
  return json.take();
}

}  // namespace

std::set<Place> places_of(std::string_view findings, std::size_t most, std::size_t& named) {
  std::set<Place> all, out;
  rapidjson::Document json;
  json.Parse(findings.data(), findings.size());
  if (!json.HasParseError() && json.IsArray()) {
    for (const auto& finding : json.GetArray()) {
      const auto evidence = finding.IsObject() ? finding.FindMember("evidence") : rapidjson::Value::ConstMemberIterator();
      if (!finding.IsObject() || evidence == finding.MemberEnd() || !evidence->value.IsArray()) continue;
      for (const auto& at : evidence->value.GetArray()) {
        if (!at.IsObject() || !at.HasMember("source") || !at["source"].IsString() || !at.HasMember("offset") || !at["offset"].IsUint64()) continue;
        Place place{at["source"].GetString(), at["offset"].GetUint64()};
        if (all.insert(place).second && out.size() < most) out.insert(std::move(place));
      }
    }
  }
  named = all.size();
  return out;
}

Result<Evidence> read_evidence(LedgerFinder& finder, const std::set<Place>& places, std::size_t bytes_most) {
  Evidence out;
  std::set<Place> seen, orders;
  std::map<Parcel, std::uint64_t> parcels;
  EventTime first = EventTime::max(), last = EventTime::min();
  BW_ASSIGN(out.complete, finder.find(places, bytes_most, [&](const Place& place, const Event& event) {
    seen.insert(place);
    const auto [carrier, waybill] = parcel_of(event);
    if (carrier && waybill) {
      parcels.emplace(Parcel(carrier.text, waybill.text), parcel_key(carrier, waybill));
      first = std::min(first, event.event_time);
      last = std::max(last, event.event_time);
    }
    if (std::holds_alternative<OrderEvent>(event.body)) orders.insert(place);
    out.events.push_back(taken(place, event));
  }));
  out.found = seen.size();
  // A shipped order is also the notice that was made of it: one record, told once.
  std::erase_if(out.events, [&](const EvidenceEvent& e) { return orders.contains(e.place) && e.json.find("\"type\":\"parcel.notice\"") != std::string::npos; });
  const auto order = [](const EvidenceEvent& a, const EvidenceEvent& b) { return std::tie(a.place, a.event_time, a.json) < std::tie(b.place, b.event_time, b.json); };
  std::sort(out.events.begin(), out.events.end(), order);

  while (parcels.size() > EvidenceReader::kTracksMost) parcels.erase(std::prev(parcels.end()));
  std::set<std::uint64_t> keys;
  for (const auto& [parcel, key] : parcels) {
    keys.insert(key);
    out.tracks.push_back({parcel.first, parcel.second, {}});
  }
  if (keys.empty()) return out;
  BW_ASSIGN(const bool whole, finder.of_keys(Stage::kParcel, keys, {first.ms - kParcelMs}, {last.ms + kParcelMs}, bytes_most, [&](const Event& event) {
    const auto* scan = std::get_if<ScanEvent>(&event.body);
    if (scan == nullptr) return;
    const Parcel parcel(scan->carrier.text, scan->waybill.text);
    const auto at = std::lower_bound(out.tracks.begin(), out.tracks.end(), parcel, [](const ParcelTrack& t, const Parcel& p) { return std::tie(t.carrier, t.waybill) < std::tie(p.first, p.second); });
    if (at != out.tracks.end() && at->carrier == parcel.first && at->waybill == parcel.second) at->scans.push_back(taken({}, event));
  }));
  for (ParcelTrack& track : out.tracks) {
    std::sort(track.scans.begin(), track.scans.end(), [](const EvidenceEvent& a, const EvidenceEvent& b) { return std::tie(a.event_time, a.json) < std::tie(b.event_time, b.json); });
  }
  out.complete = out.complete && whole;
  return out;
}

EvidenceReader::EvidenceReader(Open open) : open_(std::move(open)), thread_([this] { work(); }) {}

EvidenceReader::~EvidenceReader() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    asks_.clear();
  }
  changed_.notify_all();
  thread_.join();
}

bool EvidenceReader::ask(std::set<Place> places, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || asks_.size() >= kAsksMost) return false;
    asks_.push_back({std::move(places), std::move(done)});
  }
  changed_.notify_all();
  return true;
}

Result<Evidence> EvidenceReader::read(const std::set<Place>& places) {
  if (!finder_) {
    BW_ASSIGN(auto ledger, open_());
    finder_ = std::make_unique<LedgerFinder>(std::move(ledger));
  }
  return read_evidence(*finder_, places);
}

void EvidenceReader::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !asks_.empty(); });
    if (asks_.empty()) return;
    const Ask ask = std::move(asks_.front());
    asks_.pop_front();
    lock.unlock();
    auto evidence = read(ask.places);
    if (!evidence) finder_.reset();  // a broken connection is made anew by the next ask
    ask.done(std::move(evidence));
    lock.lock();
  }
}

void Api::evidence(const Call& call, const HttpDone& done) {
  Query query(call.request.query, {"places"});
  const auto most = static_cast<std::size_t>(query.number("places", 1, kPlacesMost, kPlacesDefault));
  if (!query.why().empty()) return done(problem(400, "bad_parameter", query.why(), call.request.trace_id, {{query.fault(), query.why()}}));
  if (!parts_.model.subject(call.id, call.who)) return done(problem(404, "not_found", "there is no such object, or none that you may see", call.request.trace_id));
  const auto later = [trace = call.request.trace_id](std::string_view why) {
    HttpReply reply = problem(503, "ledger_unreadable", why, trace);
    reply.retry_after_s = 1;
    return reply;
  };
  const auto alerts = parts_.model.of_subject(call.id, Topic::kAlert, 200, call.who);
  if (!alerts || parts_.evidence == nullptr) return done(later("the ledger cannot be read here"));
  std::size_t named = 0;
  auto places = places_of(findings_of(*alerts), most, named);
  const std::size_t asked = places.size();
  const bool taken = parts_.evidence->ask(std::move(places), [subject = call.id, who = call.who, named, asked, later, done](const Result<Evidence>& found) {
    if (!found) return done(later(found.error().text));
    done({200, answer(subject, *found, named, asked, who)});
  });
  if (!taken) done(later("too many ask for evidence at once"));
}

}  // namespace brushwatch::doors
