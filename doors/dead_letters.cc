#include "doors/dead_letters.h"

#include <rapidjson/document.h>

#include <algorithm>

#include "alliance/json_member.h"
#include "doors/json.h"

namespace brushwatch::doors {
namespace {

/// As engine/stage/intake.cc writes them: no text can hold these, its quotation marks have a backslash before them.
constexpr std::string_view kParty = R"(,"party":")", kBytes = R"(,"bytes_base64":")";

std::string told(const StreamKey& key, const rapidjson::Value& letter, const ParsedLine& line, const Marking& marking) {
  JsonOut json;
  json.begin_object().member("type", "dead_letter").member("id", to_text(key)).member("seq", static_cast<std::int64_t>(key.seq));
  for (const char* name : {"error", "field", "source", "ingest_time"}) {
    if (letter.HasMember(name)) json.member(name, text_of(letter, name));
  }
  for (const char* name : {"code", "offset", "length"}) {
    if (letter.HasMember(name) && letter[name].IsInt64()) json.member(name, letter[name].GetInt64());
  }
  json.member("hash", to_hex(line.hash)).key("marking").begin_object().member("tlp", tlp_name(marking.tlp)).key("audience").begin_array();
  for (std::size_t r = 0; r < kRoles; ++r) {
    if (marking.audience.has(static_cast<Role>(r))) json.text(role_name(static_cast<Role>(r)));
  }
  json.end_array().member("owner", marking.owner).end_object().end_object();
  return json.take();
}

}  // namespace

Marking dead_letter_marking(std::string_view party) { return {Tlp::kAmberStrict, {Role::kPlatform, Role::kCarrier}, std::string(party)}; }

DeadLetters::DeadLetters(const std::set<std::string>& parties, std::size_t each) : each_(each) {
  for (const std::string& party : parties) shelves_[party].marking = dead_letter_marking(party);
}

Result<void> DeadLetters::add(std::string_view line) {
  const std::size_t bytes = line.find(kBytes);
  if (shelves_.empty() || bytes == std::string_view::npos || line.substr(0, bytes).find(kParty) == std::string_view::npos) return {};
  BW_ASSIGN(const ParsedLine parsed, parse_line(line));
  rapidjson::Document letter;
  const std::string head = std::string(line.substr(0, bytes)) + "}";  // the record itself, up to megabytes, is not looked at
  letter.Parse<rapidjson::kParseIterativeFlag>(head.data(), head.size());
  if (letter.HasParseError() || !letter.IsObject()) return fail(ErrorCode::kLogCorrupt, "a dead letter is no JSON object");
  const auto shelf = shelves_.find(text_of(letter, "party"));  // which parties there are never changes
  if (shelf == shelves_.end()) return {};
  const StreamKey key{parsed.round, parsed.stage, parsed.partition, Output::kDeadLetter, parsed.seq};
  staged_.emplace_back(shelf->first, Letter{key, std::make_shared<const std::string>(told(key, letter, parsed, shelf->second.marking))});
  return {};
}

bool DeadLetters::publish() {
  if (staged_.empty()) return false;
  const std::lock_guard lock(mutex_);
  for (auto& [party, letter] : staged_) {
    Shelf& shelf = shelves_.find(party)->second;
    const StreamKey last = shelf.letters.empty() ? shelf.dropped : shelf.letters.back().key;
    if ((shelf.dropped_any || !shelf.letters.empty()) && letter.key <= last) continue;  // folded again after a restart
    shelf.letters.push_back(std::move(letter));
    if (shelf.letters.size() <= each_) continue;
    shelf.dropped = shelf.letters.front().key;
    shelf.dropped_any = true;
    shelf.letters.pop_front();
  }
  staged_.clear();
  return true;
}

DeadLetters::Piece DeadLetters::follow(const StreamKey& after, const Principal& who, std::size_t most) const {
  Piece piece{{}, after, false};
  const std::lock_guard lock(mutex_);
  const auto shelf = shelves_.find(who.party);
  if (shelf == shelves_.end() || !may_see(who, shelf->second.marking)) return piece;
  const Shelf& of = shelf->second;
  piece.missed = of.dropped_any && after < of.dropped;
  auto it = std::upper_bound(of.letters.begin(), of.letters.end(), after, [](const StreamKey& key, const Letter& letter) { return key < letter.key; });
  for (; it != of.letters.end() && piece.letters.size() < most; ++it) piece.letters.push_back(*it);
  if (!piece.letters.empty()) piece.reached = piece.letters.back().key;
  return piece;
}

}  // namespace brushwatch::doors
