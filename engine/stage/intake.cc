#include "engine/stage/intake.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>

#include "engine/base/base64.h"
#include "engine/base/error.h"
#include "engine/log/frame.h"

namespace brushwatch {

Result<void> sort_by_stage(const std::vector<std::string>& frames, SortedRecords& out) {
  out.clear();
  Stage stage{};
  std::uint64_t key = 0;
  std::string_view bytes;
  for (const std::string& frame : frames) {
    // The frames of a round come from ingest, which made them, or from the ledger's reader, which has checked them.
    BW_ASSIGN(FrameReader reader, FrameReader::open_checked(frame));
    for (;;) {
      BW_ASSIGN(const bool more, reader.next_raw(stage, key, bytes));
      if (!more) break;
      out.keys[static_cast<unsigned>(stage)].push_back(key);
      out.events[static_cast<unsigned>(stage)].push_back(bytes);
    }
  }
  return {};
}

Result<void> Intake::apply(std::uint64_t, const SortedRecords& records) {
  for (std::string_view bytes : records.events[static_cast<unsigned>(Stage::kIntake)]) {
    BW_TRY(decode(bytes, event_));
    ++counters_.records;
    switch (event_.type) {
      case EventType::kTick: --counters_.records; break;
      case EventType::kSourceDeclared: {
        const auto& s = event_.as<SourceDeclaredEvent>();
        shared_.sources.declare(s.source, s.name.text);
        sources_changed_ = true;
        break;
      }
      case EventType::kRuleSet: {
        const auto& rule = event_.as<RuleEvent>();
        if (shared_.rules.set(rule.name.text, rule.value)) rules_changed_ = true;
        else ++counters_.unknown_rules;
        break;
      }
      case EventType::kRejected: dead_letter(event_, event_.as<RejectedEvent>(), {}); break;
      case EventType::kRejectedOf: dead_letter(event_, event_.as<RejectedOfEvent>().record, event_.as<RejectedOfEvent>().party.text); break;
      default: shared_.reference.apply(event_);
    }
  }
  return {};
}

void Intake::dead_letter(const Event& event, const RejectedEvent& r, std::string_view party) {
  ++counters_.rejected;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  json.StartObject();
  const auto text = [&](const char* name, std::string_view value) {
    json.Key(name);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  const auto code = static_cast<ErrorCode>(r.code);
  text("type", "dead_letter");
  json.Key("code");
  json.Uint(r.code);
  text("error", error_name(code));
  if (r.field) text("field", r.field.text);
  if (!party.empty()) text("party", party);
  text("source", shared_.sources.name(event.position.source()));
  json.Key("offset");
  json.Uint64(event.position.offset());
  text("ingest_time", format_time(event.ingest_time));
  text("next_step", next_step(code));
  json.Key("length");
  json.Uint64(r.length);
  text("bytes_base64", to_base64(r.bytes));  // the bytes may be anything
  json.EndObject();
  outbox_.output(Output::kDeadLetter, std::string_view(buffer.GetString() + 1, buffer.GetSize() - 2));
}

std::string Intake::prefix(char kind) const { return std::string("P") + std::to_string(partition_) + "/" + kind; }

void Intake::collect(StoreBatch& batch) {
  if (rules_changed_) {
    for (std::size_t i = 0; i < shared_.rules.size(); ++i) {
      batch.put(prefix('u') + shared_.rules.name(i), std::to_string(shared_.rules.value(i)));
    }
    rules_changed_ = false;
  }
  if (sources_changed_) {
    const auto& all = shared_.sources.all();
    for (std::size_t i = 0; i < all.size(); ++i) batch.put(prefix('s') + std::to_string(i), all[i]);
    sources_changed_ = false;
  }
  shared_.reference.collect([&](std::string_view key, std::string_view value) { batch.put(prefix('r') + std::string(key), value); });
}

Result<void> Intake::restore(StateStore& store) {
  const std::string rules = prefix('u'), sources = prefix('s'), reference = prefix('r');
  BW_TRY(store.scan(rules, [&](std::string_view key, std::string_view value) {
    std::int64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    shared_.rules.set(key.substr(rules.size()), number);
    return true;
  }));
  BW_TRY(store.scan(sources, [&](std::string_view key, std::string_view value) {
    unsigned number = 0;
    std::from_chars(key.data() + sources.size(), key.data() + key.size(), number);
    shared_.sources.declare(static_cast<std::uint16_t>(number), value);
    return true;
  }));
  return store.scan(reference, [&](std::string_view, std::string_view value) {
    shared_.reference.load(value);
    return true;
  });
}

}  // namespace brushwatch
