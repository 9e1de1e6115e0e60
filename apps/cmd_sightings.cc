// `sightings`, `receipts`: what members say back to a running instance.

#include <fmt/format.h>

#include <cstdio>

#include "alliance/json_member.h"
#include "apps/exit_codes.h"
#include "apps/remote.h"
#include "apps/terminal.h"
#include "doors/json.h"
#include "doors/verdicts.h"
#include "engine/base/hash.h"
#include "engine/crypto/bytes.h"

namespace brushwatch::app {
namespace {

/// Alerts and entries tell themselves apart by their first letter.
std::string path_of(const std::string& id) { return (id.starts_with("L-") ? "/api/v1/lists/" : "/api/v1/alerts/") + id; }
std::string fresh_key() {
  const std::string bytes = random_bytes(16);
  return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}
std::string text(const rapidjson::Value& object, const char* name) { return std::string(text_of(object, name)); }
std::uint64_t count(const rapidjson::Value& object, const char* name) { return object.HasMember(name) && object[name].IsUint64() ? object[name].GetUint64() : 0; }

/// The array of an answer; an empty one when it has none.
const rapidjson::Value& items_of(const RemoteAnswer& answer, const char* name) {
  static const rapidjson::Value kNone(rapidjson::kArrayType);
  return answer.json.IsObject() && answer.json.HasMember(name) && answer.json[name].IsArray() ? answer.json[name] : kNone;
}

Result<int> told(const SightingOptions& options, const std::string& path, const std::string& body) {
  BW_ASSIGN(const RemoteAnswer answer, ask_instance(options.remote, "POST", path, body, fresh_key()));
  std::printf("%s\n", options.remote.json ? answer.text.c_str() : fmt::format("in the ledger  {}", text(answer.json, "command_id")).c_str());
  return kExitOk;
}

Result<int> add(const SightingOptions& options) {
  doors::JsonOut body;
  body.begin_object().member("sighting", options.sighting);
  if (!options.note.empty()) body.member("note", options.note);
  body.end_object();
  return told(options, path_of(options.id) + "/sightings", body.take());
}

Result<int> ls(const SightingOptions& options) {
  BW_ASSIGN(const RemoteAnswer answer, ask_instance(options.remote, "GET", path_of(options.id) + "/sightings"));
  if (options.remote.json) return std::printf("%s\n", answer.text.c_str()), kExitOk;
  for (const auto& s : items_of(answer, "items").GetArray()) std::printf("%-20s %-15s %s  %s\n", text(s, "member").c_str(), text(s, "sighting").c_str(), text(s, "at").c_str(), text(s, "note").c_str());
  return kExitOk;
}

Result<int> detectors(const SightingOptions& options) {
  BW_ASSIGN(const RemoteAnswer answer, ask_instance(options.remote, "GET", "/api/v1/sightings"));
  if (options.remote.json) return std::printf("%s\n", answer.text.c_str()), kExitOk;
  std::printf("%-9s %9s %9s %9s  %s\n", "DETECTOR", "CONFIRMED", "FALSE", "EXPIRED", "PRECISION (95 %)");
  for (const auto& d : items_of(answer, "items").GetArray()) {
    const std::uint64_t good = count(d, "confirmed"), bad = count(d, "false_positive");
    const doors::Share share = doors::wilson(good, good + bad);
    std::printf("%-9s %9llu %9llu %9llu  %s\n", text(d, "detector").c_str(), static_cast<unsigned long long>(good), static_cast<unsigned long long>(bad), static_cast<unsigned long long>(count(d, "expired")),
                good + bad == 0 ? "nobody has said" : fmt::format("{:.0f} % ({:.0f}–{:.0f})", 100.0 * static_cast<double>(good) / static_cast<double>(good + bad), static_cast<double>(share.low_permille) / 10, static_cast<double>(share.high_permille) / 10).c_str());
  }
  return kExitOk;
}

Result<int> receipts(const SightingOptions& options) {
  BW_ASSIGN(const RemoteAnswer answer, ask_instance(options.remote, "GET", "/api/v1/lists/" + options.id + "/receipts"));
  bool all = true;
  for (const auto& r : items_of(answer, "receipts").GetArray()) all = all && r.HasMember("holds") && r["holds"].IsTrue();
  if (options.remote.json) return std::printf("%s\n", answer.text.c_str()), all ? kExitOk : kExitFindings;
  std::printf("%s %s, told at %s\n", options.id.c_str(), text(answer.json, "state").c_str(), text(answer.json, "told").c_str());
  for (const auto& r : items_of(answer, "receipts").GetArray()) {
    std::printf("%-20s %-8s %-7s %s  %s\n", text(r, "member").c_str(), text(r, "channel").c_str(), r["holds"].IsTrue() ? "holds" : "LACKS", text(r, "reached").c_str(), text(r, "at").c_str());
  }
  return all ? kExitOk : kExitFindings;
}

Result<int> acknowledge(const SightingOptions& options) {
  doors::JsonOut body;
  body.begin_object().member("channel", options.channel).member("reached", options.reached).end_object();
  return told(options, "/api/v1/receipts", body.take());
}

int finished(const Result<int>& done) { return done ? *done : report(done.error()); }

}  // namespace

int sightings_add(const SightingOptions& options) { return finished(add(options)); }
int sightings_ls(const SightingOptions& options) { return finished(ls(options)); }
int sightings_detectors(const SightingOptions& options) { return finished(detectors(options)); }
int receipts_ls(const SightingOptions& options) { return finished(receipts(options)); }
int receipts_add(const SightingOptions& options) { return finished(acknowledge(options)); }

}  // namespace brushwatch::app
