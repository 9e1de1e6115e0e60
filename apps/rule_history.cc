#include "apps/rule_history.h"

#include "engine/event/wire.h"
#include "engine/log/frame.h"
#include "engine/stage/round.h"

namespace brushwatch::app {
namespace {

EventType type_of(std::string_view event) { return event.empty() ? EventType::kNone : static_cast<EventType>(static_cast<unsigned char>(event[0])); }

std::optional<std::size_t> find_rule(const Rules& rules, std::string_view name) {
  for (std::size_t i = 0; i < rules.size(); ++i) if (rules.name(i) == name) return i;
  return std::nullopt;
}

}  // namespace

Result<std::vector<RuleVersion>> rule_history(Log& ledger, const Operators& operators) {
  std::vector<RuleVersion> versions;
  Rules rules = operators.rules();
  SourceNames sources;
  LedgerReader reader(ledger, {}, 0);
  Event event;
  for (;;) {
    BW_ASSIGN(const auto round, reader.next());
    if (!round) break;
    RuleVersion version;
    const std::uint64_t before = rules.digest();
    // Every partition's intake holds the same records in the same order.
    for (const std::string& frame : round->frames.front()) {
      BW_ASSIGN(FrameReader records, FrameReader::open_checked(frame));
      Stage stage{};
      std::uint64_t key = 0;
      std::string_view bytes;
      for (;;) {
        BW_ASSIGN(const bool more, records.next_raw(stage, key, bytes));
        if (!more) break;
        const EventType type = type_of(bytes);
        if (stage != Stage::kIntake || (type != EventType::kRuleSet && type != EventType::kSourceDeclared)) continue;
        BW_TRY(decode(bytes, event));
        if (type == EventType::kSourceDeclared) {
          const auto& declared = event.as<SourceDeclaredEvent>();
          sources.declare(declared.source, declared.name.text);
          continue;
        }
        const auto& rule = event.as<RuleEvent>();
        const auto old = find_rule(rules, rule.name.text);
        if (!old || rules.value(*old) == rule.value) continue;
        const bool configured = event.ingest_time.ms == 0;  // the ingest's own record: it stands in the first round
        version.changes.push_back({std::string(rule.name.text), rules.value(*old), rule.value,
                                   configured ? std::string() : std::string(sources.name(event.position.source())), configured ? 0 : event.position.offset()});
        rules.set(rule.name.text, rule.value);
      }
    }
    if (rules.digest() == before && !versions.empty()) continue;
    version.digest = rules.digest();
    version.round = round->tick.round;
    version.at = round->tick.processing_time;
    version.rules = rules;
    versions.push_back(std::move(version));
  }
  return versions;
}

}  // namespace brushwatch::app
