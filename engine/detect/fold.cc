#include "engine/detect/fold.h"

namespace brushwatch {

std::string_view output_name(Output output) {
  constexpr std::string_view kNames[] = {"alert", "late", "dlq", "case", "list", "credit"};
  return kNames[static_cast<unsigned>(output)];
}

SubjectRef subject_of(const NamedId& subject) {
  constexpr std::string_view kKeeper = "PLAT:";
  if (subject.text.starts_with(kKeeper)) return {SubjectKind::kShop, NamedId::of(subject.text.substr(kKeeper.size()))};
  return {SubjectKind::kOperator, subject};
}

void FoldContext::emit(const FindingEvent& finding, EventTime event_time) {
  Event event;
  event.type = EventType::kFinding;
  event.event_time = event_time;
  event.ingest_time = event_time;
  event.position = position;
  event.emplace<FindingEvent>() = finding;
  outbox->send(Stage::kSubject, subject_key(finding.subject_kind, finding.subject.hash), event);
}

}  // namespace brushwatch
