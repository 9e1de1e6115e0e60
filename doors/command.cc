// POST /api/v1/commands: an officer's word becomes a command.issued event of the ledger.

#include <rapidjson/document.h>

#include <algorithm>

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

struct ParsedCommand {
  std::string command, target, reason;
};

/// Errors as fields; empty when all is well.
std::vector<ProblemField> read_body(const std::string& body, ParsedCommand& out) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(body.data(), body.size());
  if (json.HasParseError() || !json.IsObject()) return {{"", "not a JSON object"}};
  std::vector<ProblemField> faults;
  std::vector<std::string> seen;
  for (const auto& member : json.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    std::string* const to = name == "command" ? &out.command : name == "target" ? &out.target : name == "reason" ? &out.reason : nullptr;
    // The name itself is not repeated: it is the sender's bytes.
    if (to == nullptr) {
      faults.push_back({"", "a member that a command does not have"});
      continue;
    }
    const std::string pointer = "/" + std::string(name);
    if (std::find(seen.begin(), seen.end(), pointer) != seen.end()) faults.push_back({pointer, "given twice"});
    seen.push_back(pointer);
    if (!member.value.IsString()) {
      faults.push_back({pointer, "must be a string"});
      continue;
    }
    to->assign(member.value.GetString(), member.value.GetStringLength());
    const bool control = std::any_of(to->begin(), to->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (to->empty() || to->size() > kNameMost || control) faults.push_back({pointer, "1 to 64 bytes of text"});
  }
  if (out.command.empty() && faults.empty()) faults.push_back({"/command", "is needed"});
  if (out.target.empty() && faults.empty()) faults.push_back({"/target", "is needed"});
  return faults;
}

}  // namespace

void Api::command(const Call& call, const HttpDone& done) {
  const std::string& trace = call.request.trace_id;
  const std::string_view key = header(call.request, "idempotency-key");
  if (!good_key(key)) {
    return done(problem(400, "bad_request", "Idempotency-Key must be 8 to 64 letters, digits, - or _", trace));
  }
  ParsedCommand command;
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
  for (const Topic topic : {Topic::kAlert, Topic::kCase, Topic::kList}) {
    auto found = parts_.model.find(topic, command.target, call.who);
    if (found && *found) target = std::move(**found);
  }
  if (!target && !parts_.model.subject(command.target, call.who)) return done(problem(404, "not_found", "there is no such target, or none that you may see", trace));
  const std::string_view if_match = header(call.request, "if-match");
  if (!if_match.empty() && if_match != "*" && (!target || if_match != "\"" + target->record.hash + "\""))
    return done(problem(412, "precondition_failed", "the target has changed; read it again", trace));
  if (parts_.commands == nullptr) {
    HttpReply reply = problem(503, "no_pipeline_input", "this process takes no commands", trace);
    reply.retry_after_s = 60;
    return done(std::move(reply));
  }

  const std::string command_id = "C-" + slot.substr(0, 32);
  JsonOut event;
  event.begin_object().member("type", "command.issued").member("source", "office").member("id", command_id);
  event.member("event_time", format_time(parts_.clock.now())).member("command", command.command).member("target", command.target);
  event.member("actor", call.who.name).member("role", role_name(call.who.role));
  if (!command.reason.empty()) event.member("reason", command.reason);
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
