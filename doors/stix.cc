#include "doors/stix.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <set>

#include "alliance/json_member.h"
#include "doors/json.h"
#include "engine/base/hash.h"

namespace brushwatch::doors {
namespace {

/// The marking definitions that OASIS publishes for TLP 2.0 (STIX 2.1 common objects, 2022-10-01); their ids are fixed.
constexpr std::string_view kTlpIds[] = {"94868c89-83c2-464b-929b-a1a8aa3c8487", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
                                        "939a9414-2ddd-4d32-a0cd-375ea402b003", "e828b379-4e03-4974-9ac4-e53a884c97c1"};
constexpr std::string_view kTlpNames[] = {"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"};
constexpr std::string_view kTlpWords[] = {"clear", "green", "amber", "amber+strict", "red"};
constexpr std::string_view kTlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
/// The alliance was founded by the plan of 2018-12-27; an identity must have a beginning that does not move.
constexpr std::string_view kFounded = "2018-12-27T00:00:00.000Z";

/// Random-looking (version 4) bits out of a hash: STIX takes versions 1 to 5 only, and names no way to hash into one for its objects.
std::string uuid_of(std::string_view what) {
  Digest d = sha256("brushwatch/stix/", what);
  d[6] = static_cast<std::uint8_t>((d[6] & 0x0FU) | 0x40U);
  d[8] = static_cast<std::uint8_t>((d[8] & 0x3FU) | 0x80U);
  const std::string hex = to_hex(std::span(d).first(16));
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4), hex.substr(20, 12));
}

/// STIX has its times in UTC.
std::string utc(EventTime t) { return format_time({t.ms - kShanghaiOffsetMs}).substr(0, 23) + "Z"; }
EventTime moment(std::string_view text) {
  const auto t = parse_time(text.size() == 10 ? std::string(text) + "T00:00:00+08:00" : std::string(text));
  return t ? *t : EventTime{};
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string pattern_of(const StixEntry& e) {
  const std::size_t colon = e.account.find(':');
  // A shop of a platform: its account there. Else the name under which it trades.
  if (colon != std::string::npos && !e.account.starts_with("USCC:"))
    return fmt::format("[user-account:account_type = {} AND user-account:user_id = {}]", quoted(e.account.substr(0, colon)), quoted(e.account.substr(colon + 1)));
  return fmt::format("[user-account:display_name = {}]", quoted(!e.name.empty() ? e.name : !e.uscc.empty() ? e.uscc : e.id));
}

class Bundle {
 public:
  explicit Bundle(std::string_view publisher) : publisher_(publisher), author_("identity--" + uuid_of("alliance/" + std::string(publisher))) { json_.begin_array(); }

  void add(const StixEntry& e) {
    if (!begun_) author();
    mark(e.tlp);
    const std::string created = utc(e.listed), modified = utc(std::max(e.listed, e.modified));
    const std::string subject = "identity--" + uuid_of("subject/" + e.id);
    begin("identity", subject, created, modified, e.tlp);
    json_.member("name", !e.name.empty() ? e.name : !e.uscc.empty() ? e.uscc : !e.account.empty() ? e.account : e.id);
    json_.member("description", fmt::format("Subject of entry {} of the {} list", e.id, e.list)).member("identity_class", e.kind == "courier" ? "individual" : "organization");
    if (!e.uscc.empty()) json_.key("external_references").begin_array().begin_object().member("source_name", "GB 32100-2015").member("external_id", e.uscc).end_object().end_array();
    end(e.ended);
    if (e.list == "RED") return;  // it commends: nothing indicates anything
    const std::string indicator = "indicator--" + uuid_of("entry/" + e.id);
    begin("indicator", indicator, created, modified, e.tlp);
    json_.member("name", fmt::format("{} list entry {}", e.list, e.id)).member("description", !e.facts.empty() ? e.facts : !e.behaviour.empty() ? e.behaviour : e.list);
    json_.key("indicator_types").begin_array().text(e.list == "BLACK" ? "malicious-activity" : "anomalous-activity").end_array();
    json_.member("pattern", pattern_of(e)).member("pattern_type", "stix").member("pattern_version", "2.1").member("valid_from", created);
    if (e.until > e.listed) json_.member("valid_until", utc(e.until));
    if (!e.behaviour.empty()) {
      // A label is small letters and dashes.
      std::string label = e.behaviour;
      for (char& c : label) c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      json_.key("labels").begin_array().text(label).end_array();
    }
    if (!e.document.empty()) json_.key("external_references").begin_array().begin_object().member("source_name", "decision").member("external_id", e.document).end_object().end_array();
    end(e.ended);
    if (e.alerts == 0) return;
    // A sighting is at least as sensitive as what was seen.
    const Tlp tlp = std::max(e.tlp, e.alerts_tlp);
    mark(tlp);
    begin("sighting", "sighting--" + uuid_of("sighting/" + e.id), utc(e.first_alert), utc(e.last_alert), tlp);
    json_.member("description", "Alerts that stand against the subject").member("first_seen", utc(e.first_alert)).member("last_seen", utc(e.last_alert)).member("count", static_cast<std::int64_t>(e.alerts));
    json_.member("sighting_of_ref", indicator).key("where_sighted_refs").begin_array().text(author_).end_array();
    end(false);
  }

  std::string finish() {
    if (!begun_) author();
    json_.end_array();
    const std::string objects = json_.take();
    JsonOut out;
    out.begin_object().member("type", "bundle").member("id", "bundle--" + uuid_of(objects)).key("objects").raw(objects).end_object();
    return out.take();
  }

 private:
  void author() {
    begun_ = true;
    mark(Tlp::kClear);
    json_.begin_object().member("type", "identity").member("spec_version", "2.1").member("id", author_).member("created", kFounded).member("modified", kFounded);
    json_.key("object_marking_refs").begin_array().text(marking(Tlp::kClear)).end_array();
    json_.member("name", publisher_.empty() ? "anti-brushing alliance" : publisher_).member("description", "Publisher of these entries").member("identity_class", "group").end_object();
  }
  static std::string marking(Tlp tlp) { return "marking-definition--" + std::string(kTlpIds[static_cast<std::size_t>(tlp)]); }
  void mark(Tlp tlp) {
    const auto t = static_cast<std::size_t>(tlp);
    if (!marked_.insert(tlp).second) return;
    json_.begin_object().member("type", "marking-definition").member("spec_version", "2.1").member("id", marking(tlp)).member("created", "2022-10-01T00:00:00.000Z").member("name", kTlpNames[t]);
    json_.key("extensions").begin_object().key(kTlpExtension).begin_object().member("extension_type", "property-extension").member("tlp_2_0", kTlpWords[t]).end_object().end_object().end_object();
  }
  void begin(std::string_view type, std::string_view id, const std::string& created, const std::string& modified, Tlp tlp) {
    json_.begin_object().member("type", type).member("spec_version", "2.1").member("id", id).member("created_by_ref", author_).member("created", created).member("modified", modified);
    json_.key("object_marking_refs").begin_array().text(marking(tlp)).end_array();
  }
  void end(bool revoked) {
    if (revoked) json_.key("revoked").raw("true");
    json_.end_object();
  }
  std::string publisher_, author_;
  JsonOut json_;
  std::set<Tlp> marked_;
  bool begun_ = false;
};

}  // namespace

Result<StixEntry> stix_entry(std::string_view line, Tlp tlp) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  const auto object = [](const rapidjson::Value& from, const char* name) -> const rapidjson::Value* {
    const auto it = from.FindMember(name);
    return it != from.MemberEnd() && it->value.IsObject() ? &it->value : nullptr;
  };
  const rapidjson::Value* const entry = json.HasParseError() || !json.IsObject() ? nullptr : object(json, "entry");
  const rapidjson::Value* const subject = entry == nullptr ? nullptr : object(json, "subject");
  if (subject == nullptr) return fail(ErrorCode::kLogCorrupt, "not a line of a list entry");
  StixEntry out;
  out.id = text_of(json, "id");
  out.list = text_of(*entry, "list");
  out.kind = text_of(*subject, "kind");
  out.account = text_of(*subject, "id");
  out.name = text_of(*entry, "name");
  out.uscc = text_of(*entry, "uscc");
  out.behaviour = text_of(*entry, "behaviour");
  out.facts = text_of(*entry, "facts");
  if (const rapidjson::Value* document = object(*entry, "document")) out.document = text_of(*document, "no");
  out.listed = moment(text_of(*entry, "listed_at"));
  out.until = moment(text_of(*entry, "max_until"));
  out.modified = moment(text_of(json, "at"));
  out.ended = entry->HasMember("ended_at");
  out.tlp = tlp;
  return out;
}

StixEntry stix_entry(const Posted& posted) {
  const PublicRecord& r = posted.record;
  StixEntry out;
  out.id = r.id;
  out.list = r.list;
  out.kind = r.kind;
  out.name = r.name;
  out.uscc = r.uscc;
  out.behaviour = r.behaviour;
  out.facts = r.facts;
  out.document = r.document;
  out.listed = moment(r.listed);
  out.until = moment(r.until);
  out.modified = moment(posted.on);
  return out;
}

std::string stix_bundle(std::string_view publisher, const std::vector<StixEntry>& entries) {
  Bundle bundle(publisher);
  for (const StixEntry& e : entries) bundle.add(e);
  return bundle.finish();
}

}  // namespace brushwatch::doors
