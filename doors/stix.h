#pragma once
/// List entries as a STIX 2.1 bundle: identities of alliance and subjects, an indicator an entry of the black or watch list, a
/// sighting where alerts stand, TLP 2.0 markings (the extension of OASIS). docs/formats/stix.md.
///
/// Ids are a function of what they name (SHA-256 in the form of a UUID), so that the same entry exported twice is one object.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "doors/access.h"
#include "doors/public_log.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace brushwatch::doors {

struct StixEntry {
  std::string id;       ///< "L-…"
  std::string list;     ///< "BLACK", "WATCH", "RED"
  std::string kind;     ///< of the subject
  std::string account;  ///< the subject's id as events name it, "taobao:S-1"; "" when the reader may not have it
  std::string name, uscc, behaviour, facts, document;
  EventTime listed{}, until{}, modified{};  ///< until 0: no end known
  bool ended = false;
  Tlp tlp = Tlp::kClear;
  /// Alerts that stand against the subject and may be told to the reader.
  std::uint64_t alerts = 0;
  EventTime first_alert{}, last_alert{};
  Tlp alerts_tlp = Tlp::kClear;  ///< of the most sensitive of them
};
/// From a list line. Errors: kLogCorrupt.
Result<StixEntry> stix_entry(std::string_view line, Tlp tlp);
/// What the public record says.
StixEntry stix_entry(const Posted& posted);

/// One JSON object. `publisher`: the alliance's name.
std::string stix_bundle(std::string_view publisher, const std::vector<StixEntry>& entries);

}  // namespace brushwatch::doors
