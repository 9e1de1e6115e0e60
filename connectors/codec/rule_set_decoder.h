#pragma once
/// A decoder that takes changes of rules as a whole: a rule.set record may hold several, and all of them hold or none.
///
/// Shape    {"type":"rule.set", …, "name":"D1.min_count","value":30} is one event; {"type":"rule.set", …, "rules":{"D1.min_count":30,
///          "D5.enabled":2}} is one event a member. Events of one record stand in one round, so they take effect together.
/// Errors   kConfigUnknownKey, kConfigRange (what `check` says; the field is the pointer of the first bad member), kBadType and
///          kMissingField for a malformed map: the record becomes a dead letter, and nothing is changed. Those of `inner`.
/// Cost     nothing for other events.

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "connectors/codec/counters.h"
#include "engine/base/result.h"
#include "engine/log/decoder.h"

namespace brushwatch {

/// Whether a rule may be set so; empty: any may. Errors: kConfigUnknownKey, kConfigRange.
using RuleCheck = std::function<Result<void>(std::string_view name, std::int64_t value)>;

/// `counters` (may be null; outlives the decoder) hear of each record once, by what became of it.
std::unique_ptr<Decoder> make_rule_set_decoder(std::unique_ptr<Decoder> inner, RuleCheck check, CodecCounters* counters = nullptr);

}  // namespace brushwatch
