#include "connectors/codec/complaint_words.h"

#include "connectors/codec/event_reader.h"

namespace brushwatch {
namespace {

constexpr ComplaintWord kWords[] = {
    {"未收到货", ComplaintCode::kNotReceived},         {"虚假签收", ComplaintCode::kNotReceived},
    {"空包裹", ComplaintCode::kEmptyParcel},           {"空包", ComplaintCode::kEmptyParcel},
    {"未下单收货", ComplaintCode::kNotOrdered},        {"陌生包裹", ComplaintCode::kNotOrdered},
    {"好评返现", ComplaintCode::kRebateDemand},        {"诱导好评", ComplaintCode::kRebateDemand},
    {"差评威胁", ComplaintCode::kThreatenedReview},    {"假冒伪劣", ComplaintCode::kFakeGoods},
    {"价格欺诈", ComplaintCode::kPriceFraud},          {"恶意评价", ComplaintCode::kMaliciousReview},
    {"恶意差评", ComplaintCode::kMaliciousReview},     {"恶意刷单", ComplaintCode::kFakeTrade},
    {"刷单炒信", ComplaintCode::kFakeTrade},           {"虚假交易", ComplaintCode::kFakeTrade},
    {"虚假流量", ComplaintCode::kFakeTraffic},         {"图物不符", ComplaintCode::kDescriptionMismatch},
    {"货不对板", ComplaintCode::kDescriptionMismatch}, {"其他", ComplaintCode::kOther},
};

}  // namespace

std::span<const ComplaintWord> complaint_words() { return kWords; }

std::optional<ComplaintCode> complaint_code_of(std::string_view word) {
  for (const ComplaintWord& w : kWords) if (w.word == word) return w.code;
  return std::nullopt;
}

std::string_view report_kind_of(std::string_view word) {
  const auto code = complaint_code_of(word);
  return code && *code != ComplaintCode::kOther ? complaint_code_word(*code) : std::string_view();
}

}  // namespace brushwatch
