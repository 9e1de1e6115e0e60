#include "connectors/codec/rule_set_decoder.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <vector>

namespace brushwatch {
namespace {

class RuleSetDecoder final : public Decoder {
 public:
  RuleSetDecoder(std::unique_ptr<Decoder> inner, RuleCheck check, CodecCounters* counters) : inner_(std::move(inner)), check_(std::move(check)), counters_(counters) {}

  Result<std::size_t> decode(const SourceRecord& record, EventTime now, std::vector<Event>& out) override {
    auto result = decode_record(record, now, out);
    if (counters_ != nullptr) {
      if (result) counters_->events.fetch_add(*result, std::memory_order_relaxed);
      else counters_->reject(result.error().code);
    }
    return result;
  }

 private:
  Result<std::size_t> decode_record(const SourceRecord& record, EventTime now, std::vector<Event>& out) {
    auto decoded = inner_->decode(record, now, out);
    if (!decoded) {
      // The plain reader misses the name and the value of a record that holds a map of them.
      if (decoded.error().code != ErrorCode::kMissingField || record.bytes.find("\"rules\"") == std::string_view::npos) return decoded;
      rapidjson::Document document;
      document.Parse(record.bytes.data(), record.bytes.size());
      rapidjson::Value* body = document.HasParseError() || !document.IsObject() ? nullptr : &document;
      std::string pointer = "/rules/";
      if (body != nullptr && document.HasMember("specversion") && document.HasMember("data") && document["data"].IsObject()) {
        body = &document["data"];
        pointer = "/data/rules/";
      }
      if (body == nullptr || !body->HasMember("rules")) return decoded;
      return spread(record, now, document, *body, pointer, out);
    }
    for (std::size_t i = 0; i < *decoded; ++i) {
      if (out[i].type != EventType::kRuleSet) continue;
      const auto& rule = out[i].as<RuleEvent>();
      if (auto checked = check(rule.name.text, rule.value); !checked) return tl::unexpected<Error>(std::move(checked.error()).in("/name"));
    }
    return decoded;
  }

  [[nodiscard]] Result<void> check(std::string_view name, std::int64_t value) const { return check_ ? check_(name, value) : Result<void>(); }
  static tl::unexpected<Error> wrong(ErrorCode code, std::string_view text, std::string where) {
    return tl::unexpected<Error>(Error(code, text).in(std::move(where)));
  }

  /// One event for each member of `rules`: the envelope is read once, with the first member in its place.
  Result<std::size_t> spread(const SourceRecord& record, EventTime now, rapidjson::Document& document, rapidjson::Value& body,
                             const std::string& pointer, std::vector<Event>& out) {
    const rapidjson::Value rules(body["rules"], document.GetAllocator());
    if (!rules.IsObject() || rules.MemberCount() == 0) return wrong(ErrorCode::kBadType, "rules is an object of name: whole number", pointer.substr(0, pointer.size() - 1));
    if (body.HasMember("name") || body.HasMember("value")) return wrong(ErrorCode::kBadType, "either name and value, or rules", pointer.substr(0, pointer.size() - 1));
    names_.clear();
    std::vector<std::int64_t> values;
    for (const auto& [name, value] : rules.GetObject()) {
      const std::string_view text(name.GetString(), name.GetStringLength());
      const std::string where = pointer + std::string(text.substr(0, kNamedIdMax));
      if (!value.IsInt64()) return wrong(ErrorCode::kBadType, "the value of a rule is a whole number", where);
      if (auto checked = check(text, value.GetInt64()); !checked) return tl::unexpected<Error>(std::move(checked.error()).in(where));
      for (const std::string& before : names_) if (before == text) return wrong(ErrorCode::kDuplicateKey, "a rule is named twice", where);
      names_.emplace_back(text);
      values.push_back(value.GetInt64());
    }
    body.RemoveMember("rules");
    body.AddMember("name", rapidjson::Value(names_.front().c_str(), document.GetAllocator()), document.GetAllocator());
    body.AddMember("value", values.front(), document.GetAllocator());
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    document.Accept(writer);
    SourceRecord first = record;
    first.bytes = {buffer.GetString(), buffer.GetSize()};
    auto decoded = inner_->decode(first, now, out);
    if (!decoded) return decoded;
    if (*decoded != 1 || out[0].type != EventType::kRuleSet) return wrong(ErrorCode::kBadType, "only rule.set has rules", pointer.substr(0, pointer.size() - 1));
    // The events' names are views: into names_, which stays until the next record.
    if (out.size() < names_.size()) out.resize(names_.size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (i > 0) out[i] = out[0];
      out[i].emplace<RuleEvent>() = RuleEvent{NamedId::of(names_[i]), values[i]};
    }
    return names_.size();
  }

  std::unique_ptr<Decoder> inner_;
  RuleCheck check_;
  CodecCounters* counters_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Decoder> make_rule_set_decoder(std::unique_ptr<Decoder> inner, RuleCheck check, CodecCounters* counters) {
  return std::make_unique<RuleSetDecoder>(std::move(inner), std::move(check), counters);
}

}  // namespace brushwatch
