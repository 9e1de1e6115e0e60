#pragma once
/// Orders from lines that a test can write by hand.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/decoder.h"

namespace brushwatch::test {

/// "<ingest ms> <event ms> <shop>" is a paid order; anything else is refused. Names live until the next decode().
class ScriptDecoder final : public Decoder {
 public:
  Result<std::size_t> decode(const SourceRecord& record, EventTime, std::vector<Event>& out) override {
    long long ingest = 0, event = 0;
    char shop[40] = {};
    text_ = record.bytes;
    if (std::sscanf(text_.c_str(), "%lld %lld %39s", &ingest, &event, shop) != 3) return fail(ErrorCode::kNotJson, "not a script line");
    shop_ = shop;
    if (out.empty()) out.resize(1);
    reset_body(out[0], EventType::kOrderPaid);
    out[0].event_time = {event};
    out[0].ingest_time = {ingest};
    auto& order = out[0].emplace<OrderEvent>();
    order.shop = NamedId::of(shop_);
    order.order = NamedId::of(std::string_view(text_).substr(0, kNamedIdMax));
    return 1;
  }

 private:
  std::string text_, shop_;
};

}  // namespace brushwatch::test
