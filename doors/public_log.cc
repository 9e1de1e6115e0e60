#include "doors/public_log.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>

#include "alliance/json_member.h"
#include "connectors/file/line_sink.h"

namespace brushwatch::doors {

namespace fs = std::filesystem;

struct PublicLog::Chain {
  std::string task, tree;
  std::uint64_t records = 0, next_seq = 0;  // next_seq: of the line behind the last record's
  std::unique_ptr<LineSink> file;
};

namespace {

std::string day_of(std::string_view line) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  return json.HasParseError() || !json.IsObject() ? std::string() : std::string(text_of(json, "at").substr(0, 10));
}
std::string id_of(std::string_view line) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  return json.HasParseError() || !json.IsObject() ? std::string() : std::string(text_of(json, "id"));
}

template <class T>
std::vector<T> newest_first(const std::map<std::string, T, std::less<>>& from, const std::function<const std::string&(const T&)>& id) {
  std::vector<T> out;
  for (const auto& [key, value] : from) out.push_back(value);
  std::sort(out.begin(), out.end(), [&](const T& a, const T& b) { return a.on != b.on ? a.on > b.on : id(a) < id(b); });
  return out;
}

}  // namespace

const Posted* PublicView::find(std::string_view id) const {
  const auto it = std::find_if(posted.begin(), posted.end(), [&](const Posted& p) { return p.record.id == id; });
  return it == posted.end() ? nullptr : &*it;
}
const Ended* PublicView::find_ended(std::string_view id) const {
  const auto it = std::find_if(ended.begin(), ended.end(), [&](const Ended& e) { return e.id == id; });
  return it == ended.end() ? nullptr : &*it;
}

PublicLog::PublicLog(std::string directory, TreeBook& trees) : directory_(std::move(directory)), trees_(trees), view_(std::make_shared<PublicView>()) {}
PublicLog::~PublicLog() = default;

Result<std::unique_ptr<PublicLog>> PublicLog::open(std::string directory, TreeBook& trees) {
  std::unique_ptr<PublicLog> log(new PublicLog(std::move(directory), trees));
  if (log->directory_.empty()) return log;
  std::error_code code;
  fs::create_directories(log->directory_, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot make the directory of the public record", code.value()).in(log->directory_));
  for (const auto& entry : fs::directory_iterator(log->directory_, code)) {
    // public-alliance-3.ndjson
    std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".ndjson" || !name.starts_with("public-")) continue;
    std::replace(name.begin(), name.end(), '-', '/');
    BW_TRY(log->chain(name.substr(name.find('/') + 1)));
  }
  BW_TRY(log->publish());
  return log;
}

Result<PublicLog::Chain*> PublicLog::chain(const std::string& task) {
  auto& slot = chains_[task];
  if (slot) return slot.get();
  slot = std::make_unique<Chain>();
  slot->task = task;
  slot->tree = "public/" + task;
  if (!directory_.empty()) {
    std::string path = "public-" + task;
    std::replace(path.begin(), path.end(), '/', '-');
    path = directory_ + "/" + path + ".ndjson";
    BW_ASSIGN(slot->file, open_line_sink(path));
    BW_TRY(for_each_line(path, [&](std::string_view bytes) { return take(*slot, bytes); }));
  }
  return slot.get();
}

Result<void> PublicLog::take(Chain& to, std::string_view bytes) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(bytes.data(), bytes.size());
  const auto seq = json.HasParseError() || !json.IsObject() ? rapidjson::Value::MemberIterator() : json.FindMember("seq");
  if (json.HasParseError() || !json.IsObject() || seq == json.MemberEnd() || !seq->value.IsUint64() || text_of(json, "id").empty())
    return fail(ErrorCode::kLogCorrupt, "not a record of what is public; remove the file, it is made again from the list output");
  const std::string id(text_of(json, "id"));
  if (const auto entry = json.FindMember("entry"); entry != json.MemberEnd()) {
    // The record inside is spelled by PublicRecord::json(); its bytes are cut out, not made again.
    const std::size_t begin = bytes.find(",\"entry\":") + 9;
    BW_ASSIGN(PublicRecord record, parse_public_record(bytes.substr(begin, bytes.size() - begin - 1)));
    posted_[id] = {std::move(record), std::string(text_of(json, "on")), to.tree, to.records, std::string(bytes)};
    ended_.erase(id);
  } else {
    posted_.erase(id);
    ended_[id] = {id, std::string(text_of(json, "ended")), to.tree, to.records};
  }
  BW_TRY(trees_.append(to.tree, to.records, bytes));
  to.next_seq = seq->value.GetUint64() + 1;
  ++to.records;
  changed_ = true;
  return {};
}

Result<void> PublicLog::append(Chain& to, std::string_view bytes) {
  if (to.file) BW_TRY(to.file->append(bytes));
  return take(to, bytes);
}

Result<void> PublicLog::add(std::string_view line) {
  BW_ASSIGN(const ParsedLine parsed, parse_line(line));
  if (parsed.is_seal() || parsed.type != "entry") return {};
  BW_ASSIGN(Chain* const to, chain(fmt::format("{}/{}", stage_name(parsed.stage), parsed.partition)));
  if (parsed.seq < to->next_seq) return {};
  BW_ASSIGN(const auto record, public_record(line));
  const std::string id = record ? record->id : id_of(line);
  const auto shown = posted_.find(id);
  const std::string place = fmt::format(R"({{"id":"{}","seq":{},"line":"{}")", id, parsed.seq, to_hex(parsed.hash));
  if (record) {
    const std::string entry = record->json();
    if (shown != posted_.end() && shown->second.record.json() == entry) return {};
    return append(*to, fmt::format("{},\"on\":\"{}\",\"entry\":{}}}", place, day_of(line), entry));
  }
  if (shown == posted_.end()) return {};
  return append(*to, fmt::format("{},\"ended\":\"{}\"}}", place, day_of(line)));
}

Result<void> PublicLog::publish() {
  for (const auto& [task, chain] : chains_) {
    if (chain->file) BW_TRY(chain->file->flush());
  }
  if (!changed_) return {};
  auto view = std::make_shared<PublicView>();
  view->posted = newest_first<Posted>(posted_, [](const Posted& p) -> const std::string& { return p.record.id; });
  view->ended = newest_first<Ended>(ended_, [](const Ended& e) -> const std::string& { return e.id; });
  const std::lock_guard lock(mutex_);
  view_ = std::move(view);
  changed_ = false;
  return {};
}

std::shared_ptr<const PublicView> PublicLog::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

}  // namespace brushwatch::doors
