#include "connectors/codec/json_decoder.h"

#include "connectors/codec/event_reader.h"
#include "connectors/codec/json_walk.h"

namespace brushwatch {
namespace {

bool same_word(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] - 'A' + 'a') : a[i];
    if (c != lower[i]) return false;
  }
  return true;
}

/// The CloudEvents attributes of the transport: Kafka `ce_type`, HTTP `ce-type`, and the content type of either.
struct Envelope {
  bool binary = false, structured = false, batch = false;
  std::string_view specversion, id, source, type, time;
};

Envelope envelope_of(const std::vector<Header>& headers) {
  Envelope e;
  for (const auto& [name, value] : headers) {
    if (name.size() > 3 && (name[0] == 'c' || name[0] == 'C') && (name[1] == 'e' || name[1] == 'E') &&
        (name[2] == '_' || name[2] == '-')) {
      const std::string_view attribute = name.substr(3);
      e.binary = true;
      if (same_word(attribute, "specversion")) e.specversion = value;
      else if (same_word(attribute, "id")) e.id = value;
      else if (same_word(attribute, "source")) e.source = value;
      else if (same_word(attribute, "type")) e.type = value;
      else if (same_word(attribute, "time")) e.time = value;
    } else if (same_word(name, "content-type")) {
      const std::string_view media = value.substr(0, value.find(';'));
      e.structured = media.starts_with("application/cloudevents+json");
      e.batch = media.starts_with("application/cloudevents-batch");
    }
  }
  return e;
}

/// CloudEvents' `source` is a URI reference of the sender; its last segment is the contract's word ("//x.example/taobao").
std::string_view source_word(std::string_view uri) {
  while (uri.ends_with('/')) uri.remove_suffix(1);
  const std::size_t slash = uri.rfind('/');
  return slash == std::string_view::npos ? uri : uri.substr(slash + 1);
}

class JsonDecoder final : public Decoder {
 public:
  explicit JsonDecoder(JsonDecoderOptions o)
      : counters_(o.counters),
        walker_({o.max_bytes, o.max_depth, o.reject_raw_pii}),
        reader_({std::move(o.default_source), o.clock, o.reject_raw_pii, std::move(o.bare_money), o.counters, o.platforms}) {}

  Result<std::size_t> decode(const SourceRecord& record, EventTime now, std::vector<Event>& out) override {
    if (out.empty()) out.emplace_back();
    auto result = decode_one(record, now, out[0]);
    if (counters_ != nullptr && walker_.personal_members() > 0) counters_->personal_data.fetch_add(walker_.personal_members(), std::memory_order_relaxed);
    if (!result) return tl::unexpected<Error>(std::move(result.error()));
    return std::size_t{1};
  }

 private:
  Result<void> decode_one(const SourceRecord& record, EventTime now, Event& out) {
    BW_TRY(walker_.walk(record.bytes, json_));
    reader_.begin_record();
    EventInput input;
    input.body = &json_.top.members;
    input.items = json_.top.items();
    input.record_time = record.record_time;
    input.now = now;

    const Members& top = json_.top.members;
    Envelope envelope;
    if (!record.headers.empty()) envelope = envelope_of(record.headers);
    if (envelope.batch) return fail(ErrorCode::kBadEnvelope, "a batch; send one event a record");
    if (envelope.structured || top.find(Field::kSpecVersion) != nullptr) {
      BW_TRY(open_structured(top, envelope));
      input.body = &json_.data.members;
      input.items = json_.data.items();
      input.pointer = "/data";
    } else if (!envelope.binary) {
      return reader_.read(input, out);
    }
    if (envelope.specversion != "1.0") return bad("specversion is not 1.0", "/specversion");
    if (envelope.id.empty()) return missing("/id");
    if (envelope.type.empty()) return missing("/type");
    if (envelope.source.empty()) return missing("/source");
    input.type = envelope.type;
    input.source = source_word(envelope.source);
    input.time = envelope.time;
    return reader_.read(input, out);
  }

  /// Takes the attributes of a structured event from its outer object.
  Result<void> open_structured(const Members& top, Envelope& envelope) {
    const auto take = [&](Field f, std::string_view& to) {
      const Member* m = top.find(f);
      if (m == nullptr) return true;
      to = m->text;
      return m->kind == Lexeme::kString;
    };
    if (!take(Field::kSpecVersion, envelope.specversion)) return bad("an attribute is not a string", "/specversion");
    if (!take(Field::kId, envelope.id)) return bad("an attribute is not a string", "/id");
    if (!take(Field::kType, envelope.type)) return bad("an attribute is not a string", "/type");
    if (!take(Field::kSource, envelope.source)) return bad("an attribute is not a string", "/source");
    if (!take(Field::kTime, envelope.time)) return bad("an attribute is not a string", "/time");
    std::string_view media;
    if (!take(Field::kDataContentType, media)) return bad("an attribute is not a string", "/datacontenttype");
    if (!media.empty() && !media.starts_with("application/json") && media.find("+json") == std::string_view::npos) {
      return bad("the data is not JSON", "/datacontenttype");
    }
    if (top.find(Field::kDataBase64) != nullptr) return bad("binary data; send JSON in `data`", "/data_base64");
    const Member* data = top.find(Field::kData);
    if (data == nullptr) return missing("/data");
    if (data->kind != Lexeme::kObject) return bad("the data is not an object", "/data");
    return {};
  }
  static tl::unexpected<Error> bad(std::string_view text, const char* pointer) {
    return tl::unexpected<Error>(Error(ErrorCode::kBadEnvelope, text).in(pointer));
  }
  static tl::unexpected<Error> missing(const char* pointer) { return bad("a required attribute is absent", pointer); }

  CodecCounters* counters_;
  JsonWalker walker_;
  EventReader reader_;
  JsonRecord json_;
};

}  // namespace

std::unique_ptr<Decoder> make_json_decoder(JsonDecoderOptions options) {
  RuleCheck check = std::move(options.rule_check);
  CodecCounters* counters = options.counters;
  return make_rule_set_decoder(std::make_unique<JsonDecoder>(std::move(options)), std::move(check), counters);
}

}  // namespace brushwatch
