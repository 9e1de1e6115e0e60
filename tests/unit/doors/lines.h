#pragma once
/// Output lines as a pipeline would write them, for tests of the doors.

#include <fmt/format.h>

#include <map>
#include <string>
#include <tuple>

#include "alliance/chain.h"

namespace brushwatch::test {

struct AlertText {
  std::string id = "A-0000000000000001", subject = "taobao:S-1", kind = "shop", direction = "promote", severity = "alert",
              type = "alert", time = "2026-11-11T00:00:00.000+08:00", evidence = "orders.ndjson", detector = "D1";
  int version = 1, posterior = 900, offset = 7;
  std::string more;  ///< further members, with a leading comma
  [[nodiscard]] std::string fields() const {
    const std::string pattern = direction == "victim" ? "reverse_brushing_victim" : direction == "demote" ? "malicious_review" : "fake_trade";
    return fmt::format(
        R"("type":"{}","id":"{}","version":{},"pattern":"{}","direction":"{}","severity":"{}","subject":{{"kind":"{}","id":"{}"}},)"
        R"("window":{{"start":"2026-11-09T00:00:00.000+08:00","end":"2026-11-16T00:00:00.000+08:00"}},"posterior_permille":{},)"
        R"("score":{{"prior_milli":0,"families":[{{"family":"O","llr_milli":{},"detector":"{}"}}],"total_milli":0}},"reasons":[{{"detector":"{}","name":"order_velocity","version":1,)"
        R"("reason":"x","family":"O","llr_milli":{},"value_milli":1,"baseline_milli":1,"threshold_milli":1,"window":)"
        R"({{"start":"2026-11-11T00:00:00.000+08:00","end":"2026-11-12T00:00:00.000+08:00"}},"scope":"0000000000000000","count":3,)"
        R"("en":"en","zh":"zh","evidence":[{{"source":"{}","offset":{}}}]}}],"reasons_total":1,"suppresses":[],"rules":"00",)"
        R"("event_time":"{}","caused_by":null{})",
        type, id, version, pattern, direction, severity, kind, subject, posterior, posterior, detector, detector, posterior, evidence, offset, time, more);
  }
};

/// A dead letter as engine/stage/intake.cc writes it; of nobody when `party` is "".
inline std::string dead_letter(const std::string& party, int offset = 7, const std::string& bytes = "YmFk") {
  return fmt::format(R"("type":"dead_letter","code":2001,"error":"not_json","field":"/a"{},"source":"door","offset":{},"ingest_time":"2026-11-11T00:00:00.000+08:00","next_step":"x","length":3,"bytes_base64":"{}")",
                     party.empty() ? "" : fmt::format(R"(,"party":"{}")", party), offset, bytes);
}

/// Keeps the chains, so that each line is the next of its own.
class Lines {
 public:
  std::string next(std::uint64_t round, const std::string& fields, std::uint32_t partition = 0, Output output = Output::kAlert,
                   Stage stage = Stage::kSubject) {
    return chains_[{output, stage, partition}].seal_line(output, stage, partition, 4, round, fields);
  }
  std::string alert(std::uint64_t round, const AlertText& text, std::uint32_t partition = 0) { return next(round, text.fields(), partition); }

 private:
  std::map<std::tuple<Output, Stage, std::uint32_t>, Chain> chains_;
};

}  // namespace brushwatch::test
