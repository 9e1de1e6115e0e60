#pragma once
/// The numbered errors a user can meet, each with what to do next.
///
/// An Error is a value: a code, a static text and one number (an offset, a line, an errno). It allocates only for the
/// context added once, where the error is caught. Ranges: 1xxx config, 2xxx decode, 3xxx state, 4xxx connectors, 9xxx bug.

#include <cstdint>
#include <string>
#include <string_view>

namespace brushwatch {

enum class ErrorCode : std::uint16_t {
  kNone = 0,
  // 1xxx: configuration. Fix the file and start again.
  kConfigSyntax = 1001,
  kConfigUnknownKey = 1002,
  kConfigType = 1003,
  kConfigRange = 1004,
  kConfigMissing = 1005,
  kUsage = 1010,
  kNotFound = 1011,
  // 2xxx: decode. The record goes to the dead letters with its bytes; the stream goes on.
  kNotJson = 2001,
  kTooDeep = 2002,
  kTooLarge = 2003,
  kBadUtf8 = 2004,
  kDuplicateKey = 2005,
  kMissingField = 2006,
  kBadType = 2007,
  kBadNumber = 2008,
  kBadMoney = 2009,
  kBadTime = 2010,
  kTimeOutOfRange = 2011,
  kUnknownEventType = 2012,
  kRawPersonalData = 2013,
  kBadEnvelope = 2014,
  kEmptyRecord = 2015,
  kBadCsv = 2016,
  kBadFrame = 2020,
  // 3xxx: state. Discard the local state and restore from the ledger.
  kStateCorrupt = 3001,
  kStateVersion = 3002,
  kStateIo = 3003,
  kStateForeign = 3004,
  // 4xxx: the outside world. Wait and retry, or check the address.
  kIo = 4001,
  kLogCorrupt = 4002,
  kLogTruncated = 4003,
  kUnsupported = 4004,
  kBrokerUnavailable = 4010,
  kBrokerFatal = 4011,
  kTopicMismatch = 4012,
  kBackpressure = 4020,
  kAddressInUse = 4021,
  kNotReady = 4022,
  kQuotaExceeded = 4023,
  kFenced = 4030,
  // 9xxx: a bug in Brushwatch. Stop, keep the files, report.
  kBug = 9001,
  kDivergence = 9002,
};

enum class Retry : std::uint8_t { kNever, kBackoff };

struct Error {
  ErrorCode code = ErrorCode::kNone;
  Retry retry = Retry::kNever;
  std::string_view text;    ///< static text: what happened
  std::int64_t number = 0;  ///< an offset, a line or an errno, as `text` says
  std::string context;      ///< where it happened; added once, by whoever catches it

  Error() = default;
  Error(ErrorCode c, std::string_view t, std::int64_t n = 0, Retry r = Retry::kNever)
      : code(c), retry(r), text(t), number(n) {}

  Error&& in(std::string where) && {
    context = context.empty() ? std::move(where) : std::move(where) + ": " + context;
    return std::move(*this);
  }
  /// "E2010 bad time (17): orders.ndjson". Never contains the offending bytes.
  [[nodiscard]] std::string message() const;
};

/// The next step for a person, e.g. "fix the key in the file and run `brushwatch config check`".
std::string_view next_step(ErrorCode code);
/// A stable snake_case name for machines, e.g. "bad_time".
std::string_view error_name(ErrorCode code);

}  // namespace brushwatch
