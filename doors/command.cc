// POST /api/v1/commands: an officer's word becomes a command.issued event of the ledger.

#include <rapidjson/document.h>

#include <algorithm>
#include <iterator>

#include "doors/api.h"
#include "doors/json.h"
#include "doors/query.h"

namespace brushwatch::doors {
namespace {

constexpr std::size_t kKeyLeast = 8, kKeyMost = 64;
constexpr std::size_t kNameMost = 64;  // of names in events (connectors/codec)
/// Answers that are remembered. An officer gives some hundred commands a day; a retry comes within minutes.
constexpr std::size_t kAnswersMost = 20'000;

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

using CommandMembers = std::map<std::string_view, std::string>;

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
std::vector<ProblemField> read_body(const std::string& body, CommandMembers& out) {
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

}  // namespace

void Api::command(const Call& call, const HttpDone& done) {
  const std::string& trace = call.request.trace_id;
  const std::string_view key = header(call.request, "idempotency-key");
  if (!good_key(key)) {
    return done(problem(400, "bad_request", "Idempotency-Key must be 8 to 64 letters, digits, - or _", trace));
  }
  CommandMembers command;
  const auto faults = read_body(call.request.body, command);
  if (!faults.empty()) return done(problem(400, "bad_request", "the body is not a command", trace, faults));

  // One officer's keys are not another's.
  const std::string slot = to_hex(sha256(call.who.name, std::string_view("\0", 1), key));
  const std::string body_hash = to_hex(sha256(call.request.body));
  {
    const std::lock_guard lock(answers_mutex_);
    if (const auto it = answers_.find(slot); it != answers_.end()) {
      if (it->second.body_hash != body_hash) return done(problem(422, "already_used", "this Idempotency-Key came with another body", trace));
      if (it->second.reply) return done(*it->second.reply);
      HttpReply reply = problem(409, "already_used", "the same command is on its way", trace);
      reply.retry_after_s = 1;
      return done(std::move(reply));
    }
  }

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
  if (parts_.commands == nullptr) {
    HttpReply reply = problem(503, "no_pipeline_input", "this process takes no commands", trace);
    reply.retry_after_s = 60;
    return done(std::move(reply));
  }

  const std::string command_id = "C-" + slot.substr(0, 32);
  JsonOut event;
  event.begin_object().member("type", "command.issued").member("source", "office").member("id", command_id);
  event.member("event_time", format_time(parts_.clock.now())).member("actor", call.who.name).member("role", role_name(call.who.role));
  for (const auto& [name, value] : command) event.member(name, value);
  event.end_object();
  {
    const std::lock_guard lock(answers_mutex_);
    answers_[slot] = {body_hash, std::nullopt};
    answers_order_.push_back(slot);
    for (; answers_order_.size() > kAnswersMost; answers_order_.pop_front()) answers_.erase(answers_order_.front());
  }
  const auto submitted = parts_.commands->submit_records({event.take()}, [self = shared_from_this(), slot, command_id, done](const SubmitTicket& ticket) {
    JsonOut json;
    json.begin_object().member("command_id", command_id).member("offset", static_cast<std::int64_t>(ticket.first_offset)).end_object();
    HttpReply reply{202, json.take()};
    {
      const std::lock_guard lock(self->answers_mutex_);
      if (const auto it = self->answers_.find(slot); it != self->answers_.end()) it->second.reply = reply;
    }
    done(std::move(reply));
  });
  if (submitted) return;
  {
    const std::lock_guard lock(answers_mutex_);
    answers_.erase(slot);
    std::erase(answers_order_, slot);
  }
  const bool full = submitted.error().code == ErrorCode::kBackpressure;
  HttpReply reply = full ? problem(429, "backpressure", "the command queue is full; nothing was kept", trace)
                         : problem(503, "state_restoring", "the service is starting or stopping; nothing was kept", trace);
  reply.retry_after_s = 1;
  done(std::move(reply));
}

}  // namespace brushwatch::doors
