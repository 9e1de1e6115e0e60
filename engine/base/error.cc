#include "engine/base/error.h"

#include <fmt/format.h>

namespace brushwatch {

std::string Error::message() const {
  std::string out = fmt::format("E{} {}", static_cast<unsigned>(code), text);
  if (number != 0) out += fmt::format(" ({})", number);
  if (!context.empty()) out += ": " + context;
  return out;
}

std::string_view next_step(ErrorCode code) {
  const auto n = static_cast<unsigned>(code);
  switch (code) {
    case ErrorCode::kUsage: return "see `brushwatch --help`";
    case ErrorCode::kNotFound: return "check the name; `brushwatch tap` lists what is there";
    case ErrorCode::kConfigUnknownKey:
    case ErrorCode::kConfigRange: return "nothing was changed: `brushwatch config check`, and `brushwatch rules check` for a file of rules, name every mistake";
    case ErrorCode::kRawPersonalData: return "send a keyed pseudonym (…_pid, HMAC at the member's gateway), never the raw value";
    case ErrorCode::kUnknownEventType: return "see the list of event types in api/asyncapi.yaml";
    case ErrorCode::kTimeOutOfRange: return "check the sender's clock; set the source's clock to \"record\" for history";
    case ErrorCode::kAddressInUse: return "choose another port, or 0 for any free one";
    case ErrorCode::kNotReady:
    case ErrorCode::kBackpressure: return "wait as long as Retry-After says, then send again";
    case ErrorCode::kQuotaExceeded: return "send less, or ask the operator for a higher quota; Retry-After says when there is room";
    case ErrorCode::kFenced: return "another instance writes this ledger now: start this one again and it stands by";
    case ErrorCode::kTopicMismatch: return "`brushwatch topics plan --config F` shows what differs, `topics apply` makes the missing ones";
    case ErrorCode::kStateForeign: return "use the directory that belongs to this input and config, or an empty one";
    case ErrorCode::kDivergence: return "keep both files and report: the same ledger gave different output";
    default: break;
  }
  if (n < 2000) return "correct the configuration and run `brushwatch config check --config FILE`";
  if (n < 3000) return "the record is in the dead letters with its bytes: `brushwatch dlq ls`";
  if (n < 4000) return "remove the state directory: it is rebuilt from the ledger";
  if (n < 5000) return "check that the path or address is reachable, then start again: nothing is lost";
  return "keep the data directory and report this as a bug";
}

std::string_view error_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNone: return "none";
    case ErrorCode::kConfigSyntax: return "config_syntax";
    case ErrorCode::kConfigUnknownKey: return "config_unknown_key";
    case ErrorCode::kConfigType: return "config_type";
    case ErrorCode::kConfigRange: return "config_range";
    case ErrorCode::kConfigMissing: return "config_missing";
    case ErrorCode::kUsage: return "usage";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kNotJson: return "not_json";
    case ErrorCode::kTooDeep: return "too_deep";
    case ErrorCode::kTooLarge: return "too_large";
    case ErrorCode::kBadUtf8: return "bad_utf8";
    case ErrorCode::kDuplicateKey: return "duplicate_key";
    case ErrorCode::kMissingField: return "missing_field";
    case ErrorCode::kBadType: return "bad_type";
    case ErrorCode::kBadNumber: return "bad_number";
    case ErrorCode::kBadMoney: return "bad_money";
    case ErrorCode::kBadTime: return "bad_time";
    case ErrorCode::kTimeOutOfRange: return "time_out_of_range";
    case ErrorCode::kUnknownEventType: return "unknown_event_type";
    case ErrorCode::kRawPersonalData: return "raw_personal_data";
    case ErrorCode::kBadEnvelope: return "bad_envelope";
    case ErrorCode::kEmptyRecord: return "empty_record";
    case ErrorCode::kBadCsv: return "bad_csv";
    case ErrorCode::kBadFrame: return "bad_frame";
    case ErrorCode::kStateCorrupt: return "state_corrupt";
    case ErrorCode::kStateVersion: return "state_version";
    case ErrorCode::kStateIo: return "state_io";
    case ErrorCode::kStateForeign: return "state_foreign";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kLogCorrupt: return "log_corrupt";
    case ErrorCode::kLogTruncated: return "log_truncated";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kBrokerUnavailable: return "broker_unavailable";
    case ErrorCode::kBrokerFatal: return "broker_fatal";
    case ErrorCode::kTopicMismatch: return "topic_mismatch";
    case ErrorCode::kBackpressure: return "backpressure";
    case ErrorCode::kAddressInUse: return "address_in_use";
    case ErrorCode::kNotReady: return "not_ready";
    case ErrorCode::kQuotaExceeded: return "quota_exceeded";
    case ErrorCode::kFenced: return "fenced";
    case ErrorCode::kBug: return "bug";
    case ErrorCode::kDivergence: return "divergence";
  }
  return "unknown";
}

}  // namespace brushwatch
