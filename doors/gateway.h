#pragma once
/// The member's own gateway: raw records in, records of the contract out, with no name, phone, address or device left in them.
/// It runs at the member, with the member's keys. docs/gateway.md.
///
/// Kept      the contract's members and nothing else; a member that nobody knows is dropped.
/// Replaced  accounts, phones, devices, addresses, IP addresses and sessions by pseudonyms: HMAC-SHA-256 under the member's key of the
///           epoch, domain-separated by kind; kinds that must link across members by OPRF (RFC 9497), whose key holder sees
///           neither value nor result. Review text by its SimHash and length.
/// Refused   a record in which personal data stands where it cannot be replaced; a record of an epoch whose key is destroyed.
/// Erasure   destroying an epoch's key: its pseudonyms can then be made again by nobody.
/// Cost      ~3 µs a pseudonym by HMAC, ~500 µs by OPRF (then remembered, cache_most values).

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/codec/simhash.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace brushwatch::doors {

/// A key and when its epoch begins. An epoch ends where the next begins.
struct GatewayKey {
  EventTime from;
  std::string key;  ///< 32 bytes
};
/// Lines "RFC3339 64-hex-digits", ascending. Errors: kConfigSyntax with the line number.
Result<std::vector<GatewayKey>> read_gateway_keys(std::string_view text);
std::string write_gateway_keys(const std::vector<GatewayKey>& keys);

struct GatewayOptions {
  std::string member;                ///< "taobao": part of every HMAC, so equal keys at two members still do not link
  std::vector<GatewayKey> keys;
  std::set<std::string> link;        ///< kinds that go through the OPRF: "phone", "device", "building", "account", …
  /// Asks the key holder: blinded element → evaluated element. Needed when `link` is not empty.
  std::function<Result<std::string>(std::string_view element)> evaluate;
  std::size_t cache_most = 100'000;  ///< OPRF outputs remembered, by their HMAC
};

struct GatewayCounters {
  std::uint64_t records = 0, refused = 0, replaced = 0, dropped = 0, evaluated = 0;
};

/// One thread at a time.
class Gateway {
 public:
  explicit Gateway(GatewayOptions options) : options_(std::move(options)) {}
  /// One record: a JSON object. Errors: kNotJson, kMissingField (event_time), kBadTime, kRawPersonalData (context: the contract's member), kStateForeign (no key
  /// for its time), and those of `evaluate`. The error never carries a byte of the record.
  Result<std::string> pass(std::string_view record);
  [[nodiscard]] const GatewayCounters& counters() const { return counters_; }

 private:
  Result<std::string> pseudonym(const GatewayKey& key, std::string_view kind, std::string_view value);
  GatewayOptions options_;
  GatewayCounters counters_;
  SimHasher simhasher_;
  std::map<std::string, std::string> linked_;  // HMAC of (kind, value) → OPRF pseudonym
};

/// What two spellings of one thing have in common: digits of a phone without +86, the first three bytes of an IP address, lower case
/// hexadecimal of a device, an address without spaces.
std::string normalised(std::string_view kind, std::string_view value);

}  // namespace brushwatch::doors
