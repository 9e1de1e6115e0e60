#pragma once
/// The JSON door: bare events, CloudEvents structured and CloudEvents binary, as api/README.md says.

#include <memory>
#include <string>
#include <unordered_map>

#include "connectors/codec/counters.h"
#include "connectors/codec/money.h"
#include "connectors/codec/rule_set_decoder.h"
#include "engine/log/decoder.h"

namespace brushwatch {

struct JsonDecoderOptions {
  std::string default_source;              ///< for records that name none; empty = such records are refused
  IngestClock clock = IngestClock::kWall;
  bool reject_raw_pii = true;
  std::size_t max_bytes = 2u << 20;        ///< more → kTooLarge
  int max_depth = 32;                      ///< more → kTooDeep
  std::unordered_map<std::string, MoneyUnit> bare_money;  ///< per source; bare amounts of other sources are refused
  CodecCounters* counters = nullptr;       ///< outlives the decoder
  PlatformTable* platforms = nullptr;      ///< outlives the decoder
  RuleCheck rule_check;                    ///< which rules a rule.set may set; empty = any
};

/// One record → one event, and one for each rule of a rule.set. Not thread-safe: one decoder a thread. No allocation per event in steady state.
/// Errors of decode(): kEmptyRecord kTooLarge kNotJson kBadUtf8 kTooDeep kDuplicateKey kBadEnvelope kMissingField
/// kUnknownEventType kBadType kBadNumber kBadMoney kBadTime kTimeOutOfRange kRawPersonalData kConfigUnknownKey kConfigRange.
std::unique_ptr<Decoder> make_json_decoder(JsonDecoderOptions options);

}  // namespace brushwatch
