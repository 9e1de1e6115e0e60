#include "doors/member_topics.h"

#include <rapidjson/document.h>

#include <charconv>
#include <chrono>

#include "engine/base/thread.h"

namespace brushwatch::doors {
namespace {

constexpr std::size_t kPieceBytes = 1U << 20, kPieceLetters = 1'000;
constexpr auto kIdle = std::chrono::milliseconds(1'000);
const std::set<Topic> kOfMembers{Topic::kAlert, Topic::kAlertState, Topic::kCase, Topic::kRefusal, Topic::kList, Topic::kCredit, Topic::kSighting};

std::string place_row(const std::string& member) { return "m/p/" + member; }
std::string letters_row(const std::string& member) { return "m/d/" + member; }
std::string ended_prefix(const std::string& member) { return "m/t/" + member + "/"; }

/// The key of a line's record and, of an entry that is over, when it ended.
struct Looked {
  std::string id;
  std::optional<EventTime> ended;
};
Looked look_at(const std::string& line) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  Looked out;
  if (json.HasParseError() || !json.IsObject()) return out;
  if (json.HasMember("id") && json["id"].IsString()) out.id = json["id"].GetString();
  const auto entry = json.FindMember("entry");
  if (entry != json.MemberEnd() && entry->value.IsObject() && entry->value.HasMember("ended_at") && entry->value["ended_at"].IsString()) out.ended = parse_time(entry->value["ended_at"].GetString());
  return out;
}

}  // namespace

MemberTopics::MemberTopics(StateStore& rows, const ReadModel& model, const DeadLetters& letters, Clock& clock, std::vector<Member> members)
    : rows_(rows), model_(model), letters_(letters), clock_(clock) {
  for (Member& member : members) members_.push_back({std::move(member), nullptr, std::nullopt, {}, {}});
}

void MemberTopics::start() {
  if (members_.empty() || thread_.joinable()) return;
  thread_ = std::thread([this] { work(); });
}

void MemberTopics::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void MemberTopics::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

MemberTopics::Counts MemberTopics::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void MemberTopics::work() {
  come_second();
  for (;;) {
    bool more = false;
    for (State& state : members_) {
      const auto passed = pass(state);
      if (passed) {
        more = more || *passed;
        continue;
      }
      // From the last place on it is all sent again, by a sink that has not failed.
      state.sink.reset();
      state.place.reset();
      const std::lock_guard lock(mutex_);
      ++counts_.failures;
    }
    std::unique_lock lock(mutex_);
    if (!more) changed_.wait_for(lock, kIdle, [this] { return woken_ || ending_; });
    woken_ = false;
    if (ending_) return;
  }
}

Result<void> MemberTopics::load(State& state) {
  BW_ASSIGN(const auto row, rows_.get(place_row(state.member.who.name)));
  state.ended.clear();
  const std::string prefix = ended_prefix(state.member.who.name);
  BW_TRY(rows_.scan(prefix, [&](std::string_view key, std::string_view value) {
    std::int64_t due = 0;
    std::from_chars(value.data(), value.data() + value.size(), due);
    state.ended[std::string(key.substr(prefix.size()))] = due;
    return true;
  }));
  BW_ASSIGN(const auto letters, rows_.get(letters_row(state.member.who.name)));
  const auto place = row ? key_from_text(*row) : std::nullopt;
  state.letters_place = (letters ? key_from_text(*letters) : std::nullopt).value_or(StreamKey{});
  state.place = place ? *place : model_.before_oldest();
  return {};
}

Result<bool> MemberTopics::pass(State& state) {
  if (!state.place) BW_TRY(load(state));
  const std::string& name = state.member.who.name;
  const std::int64_t now = clock_.now().ms;
  BW_ASSIGN(const auto piece, model_.follow(*state.place, kOfMembers, state.member.who, kPieceBytes));
  const auto letters = letters_.follow(state.letters_place, state.member.who, kPieceLetters);
  std::vector<std::string> due;
  for (const auto& [entry, at] : state.ended) {
    if (at <= now) due.push_back(entry);
  }
  if (piece.reached == *state.place && due.empty() && letters.letters.empty()) return false;
  if (!state.sink) {
    BW_ASSIGN(state.sink, state.member.open());
  }
  StoreBatch batch;
  Counts counts;
  counts.resyncs = (piece.resync ? 1 : 0) + (letters.missed ? 1 : 0);
  for (const auto& item : piece.items) {
    const Looked looked = look_at(*item.json);
    const std::string place = to_text(item.key);
    BW_TRY(state.sink->line(looked.id, *item.json, place));
    ++counts.lines;
    if (item.topic != Topic::kList) continue;
    BW_TRY(state.sink->entry(looked.id, *item.json, place));
    const std::string row = ended_prefix(name) + looked.id;
    if (looked.ended) {
      state.ended[looked.id] = looked.ended->ms + kTombstoneAfterMs;
      batch.put(row, std::to_string(state.ended[looked.id]));
    } else if (state.ended.erase(looked.id) != 0) {
      batch.erase(row);
    }
  }
  for (const std::string& entry : due) {
    const auto still = state.ended.find(entry);
    if (still == state.ended.end() || still->second > now) continue;
    BW_TRY(state.sink->entry(entry, std::nullopt, to_text(piece.reached)));
    state.ended.erase(still);
    batch.erase(ended_prefix(name) + entry);
    ++counts.tombstones;
  }
  for (const DeadLetters::Letter& letter : letters.letters) {
    BW_TRY(state.sink->dead_letter(*letter.json, to_text(letter.key)));
    ++counts.dead_letters;
  }
  BW_TRY(state.sink->flush());
  batch.put(place_row(name), to_text(piece.reached));
  if (!letters.letters.empty()) batch.put(letters_row(name), to_text(letters.reached));
  BW_TRY(rows_.write(batch));
  state.place = piece.reached;
  state.letters_place = letters.reached;
  const std::lock_guard lock(mutex_);
  counts_.lines += counts.lines;
  counts_.tombstones += counts.tombstones;
  counts_.dead_letters += counts.dead_letters;
  counts_.resyncs += counts.resyncs;
  return !piece.items.empty() || !letters.letters.empty();
}

}  // namespace brushwatch::doors
