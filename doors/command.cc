// POST /api/v1/commands: an officer's word becomes a command.issued event of the ledger.

#include <rapidjson/document.h>

#include <algorithm>
#include <iterator>

#include "alliance/case_line.h"
#include "doors/api.h"
#include "doors/json.h"
#include "doors/query.h"

namespace brushwatch::doors {
namespace {

constexpr std::size_t kKeyLeast = 8, kKeyMost = 64;
constexpr std::size_t kNameMost = 64;  // of names in events (connectors/codec)

std::string_view header(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

bool good_key(std::string_view key) {
  return key.size() >= kKeyLeast && key.size() <= kKeyMost && std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

/// A command's members, as the event has them.
enum class Form : std::uint8_t { kName, kNote, kTime, kSubjectKind, kList, kClass };
constexpr std::pair<std::string_view, Form> kMembers[] = {
    {"command", Form::kName},      {"target", Form::kName},        {"subject_kind", Form::kSubjectKind}, {"subject_id", Form::kName},
    {"reason", Form::kName},       {"list", Form::kList},          {"document", Form::kName},            {"issuer", Form::kName},
    {"document_date", Form::kTime}, {"basis", Form::kName},        {"behaviour", Form::kName},           {"class", Form::kClass},
    {"evidence", Form::kName},     {"measure", Form::kName},       {"member", Form::kName},              {"until", Form::kTime},
    {"note", Form::kNote},
};
constexpr std::size_t kNoteMost = 1000;

/// What is wrong with a value; "" when nothing is.
std::string_view fault_of(Form form, std::string_view value) {
  const auto one_of = [&](std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), value) != words.end(); };
  if (std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) return "no control characters";
  switch (form) {
    case Form::kName: return value.empty() || value.size() > kNameMost ? "1 to 64 bytes of text" : "";
    case Form::kNote: return value.empty() || value.size() > kNoteMost ? "1 to 1000 bytes of text" : "";
    case Form::kTime: return parse_time(value) ? "" : "an RFC 3339 time with offset";
    case Form::kSubjectKind: return one_of({"shop", "outlet", "courier", "operator", "carrier"}) ? "" : "a kind of subject";
    case Form::kList: return one_of({"BLACK", "WATCH", "RED"}) ? "" : "BLACK, WATCH or RED";
    case Form::kClass: return one_of({"general", "serious"}) ? "" : "general or serious";
  }
  return "";
}

/// Errors as fields; empty when all is well.
std::vector<ProblemField> read_body(const std::string& body, std::map<std::string_view, std::string>& out) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(body.data(), body.size());
  if (json.HasParseError() || !json.IsObject()) return {{"", "not a JSON object"}};
  std::vector<ProblemField> faults;
  for (const auto& member : json.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    const auto known = std::find_if(std::begin(kMembers), std::end(kMembers), [&](const auto& m) { return m.first == name; });
    // The name itself is not repeated: it is the sender's bytes.
    if (known == std::end(kMembers)) {
      faults.push_back({"", "a member that a command does not have"});
      continue;
    }
    const std::string pointer = "/" + std::string(known->first);
    if (!member.value.IsString()) {
      faults.push_back({pointer, "must be a string"});
      continue;
    }
    const std::string value(member.value.GetString(), member.value.GetStringLength());
    if (const auto fault = fault_of(known->second, value); !fault.empty()) faults.push_back({pointer, std::string(fault)});
    else if (!out.emplace(known->first, value).second) faults.push_back({pointer, "given twice"});
  }
  for (const std::string_view needed : {"command", "target"}) {
    if (faults.empty() && !out.contains(needed)) faults.push_back({"/" + std::string(needed), "is needed"});
  }
  return faults;
}

/// One officer's keys are not another's.
std::string slot_of(const Principal& who, std::string_view key) { return to_hex(sha256(who.name, std::string_view("\0", 1), key)); }
std::string command_id_of(const std::string& slot) { return "C-" + slot.substr(0, 32); }
std::string body_hash_of(const HttpRequest& request) { return to_hex(sha256(request.path, std::string_view("\0", 1), request.body)); }

HttpReply accepted(const std::string& command_id, std::uint64_t offset) {
  JsonOut json;
  json.begin_object().member("command_id", command_id).member("offset", static_cast<std::int64_t>(offset)).end_object();
  return {202, json.take()};
}
HttpReply try_later(HttpReply reply) {
  reply.retry_after_s = 1;
  return reply;
}

}  // namespace

std::string command_event(std::string_view id, EventTime at, const Principal& who, const std::map<std::string_view, std::string>& members) {
  JsonOut event;
  event.begin_object().member("type", "command.issued").member("source", "office").member("id", id);
  event.member("event_time", format_time(at)).member("actor", who.name).member("role", role_name(who.role));
  for (const auto& [name, value] : members) event.member(name, value);
  event.end_object();
  return event.take();
}

std::optional<HttpReply> Api::answered(const Call& call) {
  const std::string& trace = call.request.trace_id;
  const std::string_view key = header(call.request, "idempotency-key");
  if (!good_key(key)) return problem(400, "bad_request", "Idempotency-Key must be 8 to 64 letters, digits, - or _", trace);
  const std::string slot = slot_of(call.who, key);
  auto used = answers_.find(slot);
  if (used && used->earlier) {
    const auto next = parts_.commands == nullptr ? std::nullopt : parts_.commands->began_at();
    if (!next) return try_later(problem(503, "state_restoring", "the service is starting; nothing was kept", trace));
    used = answers_.settle(slot, *next);
  }
  if (!used) return std::nullopt;
  if (used->body_hash != body_hash_of(call.request)) return problem(422, "already_used", "this Idempotency-Key came with another body", trace);
  if (used->durable) return accepted(command_id_of(slot), used->offset);
  return try_later(problem(409, "already_used", "the same command is on its way", trace));
}

void Api::command(const Call& call, const HttpDone& done) {
  const std::string& trace = call.request.trace_id;
  CommandMembers command;
  const auto faults = read_body(call.request.body, command);
  if (!good_key(header(call.request, "idempotency-key"))) return done(*answered(call));
  if (!faults.empty()) return done(problem(400, "bad_request", "the body is not a command", trace, faults));
  // Here a member could speak for another one.
  if (command["command"] == kSight || command["command"] == kAcknowledge)
    return done(problem(400, "bad_request", "sightings and receipts have routes of their own", trace, {{"/command", "not here"}}));
  if (auto before = answered(call)) return done(std::move(*before));

  std::optional<Served> target;
  std::string tag;
  for (const Topic topic : {Topic::kAlert, Topic::kCase, Topic::kList}) {
    auto found = parts_.model.find(topic, command["target"], call.who);
    if (!found || !*found) continue;
    target = std::move(**found);
    tag = target->record.hash;
    if (topic != Topic::kAlert) continue;
    const auto acts = parts_.model.find(Topic::kAlertState, command["target"], call.who);
    if (acts && *acts) tag = both(tag, (*acts)->record.hash);
  }
  // Whose procedure it is, is the target's to say; of a new one (a proposal about somebody without a record) the command's.
  if (target) {
    command["subject_kind"] = target->record.subject_kind;
    command["subject_id"] = target->record.subject;
  } else if (!command.contains("subject_id")) {
    return done(problem(404, "not_found", "there is no such target, or none that you may see", trace));
  }
  const std::string_view if_match = header(call.request, "if-match");
  if (!if_match.empty() && (!target || (if_match != "*" && if_match != "\"" + tag + "\"")))
    return done(problem(412, "precondition_failed", "the target has changed; read it again", trace));
  submit(call, command, done);
}

void Api::submit(const Call& call, const CommandMembers& command, const HttpDone& done) {
  const std::string& trace = call.request.trace_id;
  if (parts_.commands == nullptr) {
    HttpReply reply = problem(503, "no_pipeline_input", "this process takes no commands", trace);
    reply.retry_after_s = 60;
    return done(std::move(reply));
  }

  const std::string slot = slot_of(call.who, header(call.request, "idempotency-key"));
  const std::string command_id = command_id_of(slot);
  const auto durable = [self = shared_from_this(), slot, command_id, done](const SubmitTicket& ticket) {
    self->answers_.durable(slot);
    done(accepted(command_id, ticket.first_offset));
  };
  const auto before = [&](const SubmitTicket& ticket) { return answers_.begin(slot, body_hash_of(call.request), ticket.first_offset); };
  const auto submitted = parts_.commands->submit_records({command_event(command_id, parts_.clock.now(), call.who, command)}, durable, before);
  if (submitted) return;
  const bool full = submitted.error().code == ErrorCode::kBackpressure;
  done(try_later(full ? problem(429, "backpressure", "the command queue is full; nothing was kept", trace)
                      : problem(503, "state_restoring", "the service is starting or stopping; nothing was kept", trace)));
}

}  // namespace brushwatch::doors
