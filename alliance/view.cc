#include "alliance/view.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "alliance/json_member.h"

namespace brushwatch {
namespace {

using Value = rapidjson::Value;

const Value* member(const Value& object, const char* name) {
  const auto it = object.FindMember(name);
  return it == object.MemberEnd() || !it->value.IsObject() ? nullptr : &it->value;
}
std::int64_t number(const Value& object, const char* name) {
  const auto it = object.FindMember(name);
  return it == object.MemberEnd() || !it->value.IsInt64() ? 0 : it->value.GetInt64();
}

std::optional<ItemKind> item_kind(std::string_view name) {
  for (std::size_t i = 0; i < kItemKinds; ++i) if (item_name(static_cast<ItemKind>(i)) == name) return static_cast<ItemKind>(i);
  return std::nullopt;
}

using Json = rapidjson::Writer<rapidjson::StringBuffer>;
void text(Json& w, const char* name, std::string_view v) {
  if (v.empty()) return;
  w.Key(name);
  w.String(v.data(), static_cast<rapidjson::SizeType>(v.size()));
}

}  // namespace

std::optional<BookLine> read_book_line(std::string_view line) {
  rapidjson::Document doc;
  doc.Parse(line.data(), line.size());
  if (doc.HasParseError() || !doc.IsObject()) return std::nullopt;
  BookLine out;
  out.type = text_of(doc, "type");
  const char* whole = out.type == "alert_state" ? "alert" : out.type == "case" ? "case" : out.type == "entry" ? "entry" : nullptr;
  if (whole == nullptr && out.type != "refused") return std::nullopt;
  const Value* subject = member(doc, "subject");
  if (subject == nullptr || text_of(doc, "id").empty()) return std::nullopt;
  out.id = text_of(doc, "id");
  out.at = text_of(doc, "at");
  out.subject_kind = text_of(*subject, "kind");
  out.subject_id = text_of(*subject, "id");
  out.line = line;
  if (whole == nullptr) {
    out.refused = text_of(doc, "refused");
    out.id = out.id.substr(0, out.id.find('#'));
    return out;
  }
  const Value* object = member(doc, whole);
  if (object == nullptr) return std::nullopt;
  out.state = text_of(*object, "state");
  out.list = text_of(*object, "list");
  if (const Value* due = member(*object, "due")) out.due = text_of(*due, "last_day");
  return out;
}

void Book::add(std::string_view line) {
  auto read = read_book_line(line);
  if (!read) return;
  auto [at, fresh] = by_id_.try_emplace(read->id);
  if (fresh) order_.push_back(read->id);
  at->second.push_back(lines_.size());
  lines_.push_back(std::move(*read));
}

std::vector<const BookLine*> Book::newest(std::string_view type, std::string_view until) const {
  std::vector<const BookLine*> out;
  for (const std::string& id : order_) {
    const BookLine* found = nullptr;
    for (const std::size_t i : by_id_.find(id)->second) {
      const BookLine& line = lines_[i];
      if (line.type == type && (until.empty() || line.at <= until)) found = &line;
    }
    if (found != nullptr) out.push_back(found);
  }
  return out;
}

std::vector<const BookLine*> Book::history(std::string_view id) const {
  std::vector<const BookLine*> out;
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return out;
  for (const std::size_t i : it->second) out.push_back(&lines_[i]);
  return out;
}

std::vector<std::string> Book::ids(std::string_view beginning) const {
  std::vector<std::string> out;
  for (auto it = by_id_.lower_bound(beginning); it != by_id_.end() && it->first.starts_with(beginning); ++it) out.push_back(it->first);
  return out;
}

std::vector<Book::Difference> Book::since(std::string_view type, std::string_view moment) const {
  std::vector<Difference> out;
  for (const BookLine* now : newest(type)) {
    if (now->at <= moment) continue;
    Difference difference{nullptr, now};
    for (const BookLine* line : history(now->id)) if (line->type == type && line->at <= moment) difference.before = line;
    out.push_back(difference);
  }
  return out;
}

std::vector<std::string> confirmed_shop_records(const Book& book) {
  constexpr std::string_view kStanding[] = {"CONFIRMED", "REFERRED", "PENALISED", "LINKED"};
  const auto stands = [&](const BookLine* line) { return std::find(std::begin(kStanding), std::end(kStanding), line->state) != std::end(kStanding); };
  std::vector<std::string> out;
  for (const BookLine* now : book.newest("case")) {
    if (now->subject_kind != "shop") continue;
    const auto history = book.history(now->id);
    const auto first = std::find_if(history.begin(), history.end(), stands);
    if (first == history.end()) continue;
    const auto from = parse_time((*first)->at), told = parse_time(now->at);
    if (!from || !told) continue;
    rapidjson::StringBuffer buffer;
    Json w(buffer);
    w.StartObject();
    text(w, "type", event_type_name(EventType::kRefConfirmedShop));
    text(w, "source", "alliance");
    text(w, "event_time", now->at);
    text(w, "id", now->subject_id);
    text(w, "valid_from", (*first)->at);
    text(w, "valid_until", format_time(stands(now) ? *from + kSeedDays * kDayMs : *told));
    w.EndObject();
    out.emplace_back(buffer.GetString(), buffer.GetSize());
  }
  return out;
}

void ArchiveReader::add(std::string_view line) {
  rapidjson::Document doc;
  doc.Parse(line.data(), line.size());
  if (doc.HasParseError() || !doc.IsObject()) return;
  const std::string_view type = text_of(doc, "type");
  const Value* subject = member(doc, "subject");
  if (subject == nullptr || text_of(*subject, "kind") != subject_kind_name(view_.kind) || text_of(*subject, "id") != view_.id) return;
  if (const Value* identity = type == "identity" ? member(doc, "identity") : nullptr) {
    const auto at = parse_time(text_of(doc, "at"));
    if (!at || date_of(*at) > as_of_) return;
    known_ = true;
    Identity& mine = view_.archive.identity;
    mine = {};
    mine.name = text_of(*identity, "name");
    mine.parent = text_of(*identity, "parent");
    mine.region6 = static_cast<std::uint32_t>(number(*identity, "region6"));
    mine.links_total = static_cast<std::uint32_t>(number(*identity, "links_total"));
    const auto warning = identity->FindMember("uscc_warning");
    mine.uscc_warning = warning != identity->MemberEnd() && warning->value.IsTrue();
    const auto links = identity->FindMember("links");
    if (links == identity->MemberEnd() || !links->value.IsArray()) return;
    for (const Value& link : links->value.GetArray()) if (link.IsString()) mine.links.emplace_back(link.GetString(), link.GetStringLength());
    return;
  }
  const Value* item = type == "credit" ? member(doc, "item") : nullptr;
  if (item == nullptr) return;
  const auto kind = item_kind(text_of(*item, "kind"));
  const auto at = parse_time(text_of(*item, "at"));
  if (!kind || !at || date_of(*at) > as_of_) return;
  known_ = true;
  Item read;
  read.kind = *kind;
  read.code = text_of(*item, "code");
  read.from = text_of(*item, "from");
  read.id = text_of(*item, "id");
  read.document = text_of(*item, "document");
  read.value_milli = number(*item, "value_milli");
  read.at = *at;
  view_.archive.add(read);
  // What the trend compares with: the score as it stood after each item.
  (void)view_.archive.score(date_of(*at));
  view_.items.push_back(std::move(read));
}

std::optional<ArchiveView> ArchiveReader::finish() {
  if (!known_) return std::nullopt;
  std::stable_sort(view_.items.begin(), view_.items.end(), [](const Item& a, const Item& b) { return a.at < b.at; });
  view_.score = view_.archive.score_at(as_of_);
  return std::move(view_);
}

std::string archive_json(const ArchiveView& view, Date as_of) {
  rapidjson::StringBuffer buffer;
  Json w(buffer);
  w.StartObject();
  w.Key("subject");
  w.StartObject();
  text(w, "kind", subject_kind_name(view.kind));
  text(w, "id", view.id);
  w.EndObject();
  text(w, "as_of", format_date(as_of));
  const Identity& identity = view.archive.identity;
  w.Key("identity");
  w.StartObject();
  text(w, "name", identity.name);
  if (identity.region6 != 0) { w.Key("region6"); w.Uint(identity.region6); }
  text(w, "parent", identity.parent);
  w.Key("links");
  w.StartArray();
  for (const std::string& link : identity.links) w.String(link.c_str());
  w.EndArray();
  w.Key("uscc_warning"); w.Bool(identity.uscc_warning);
  w.EndObject();
  w.Key("score");
  w.StartObject();
  w.Key("value"); w.Int64(view.score.value);
  w.Key("terms");
  w.StartArray();
  for (const ScoreTerm& t : view.score.terms) {
    w.StartObject();
    text(w, "term", t.name);
    w.Key("points"); w.Int64(t.points);
    w.Key("count"); w.Int64(t.count);
    w.EndObject();
  }
  w.EndArray();
  w.Key("change_90d"); w.Int64(view.score.change);
  text(w, "trend", trend_name(view.score.trend));
  w.EndObject();
  w.Key("commitments");
  w.StartArray();
  for (const Archive::Commitment& c : view.archive.commitments) {
    w.StartObject();
    text(w, "kind", c.kind);
    text(w, "document", c.document);
    text(w, "signed_at", format_time(c.signed_at));
    w.Key("breaches"); w.Uint(c.breaches);
    w.EndObject();
  }
  w.EndArray();
  w.Key("lists");
  w.StartArray();
  for (const Archive::Span& s : view.archive.spans) {
    w.StartObject();
    text(w, "id", s.id);
    text(w, "list", list_name(s.list));
    text(w, "from", format_time(s.from));
    if (s.to != EventTime::max()) text(w, "to", format_time(s.to));
    w.EndObject();
  }
  w.EndArray();
  w.Key("items");
  w.StartArray();
  for (const Item& item : view.items) {
    w.StartObject();
    text(w, "kind", item_name(item.kind));
    text(w, "code", item.code);
    text(w, "from", item.from);
    text(w, "id", item.id);
    text(w, "document", item.document);
    if (item.value_milli != 0) { w.Key("value_milli"); w.Int64(item.value_milli); }
    text(w, "at", format_time(item.at));
    w.EndObject();
  }
  w.EndArray();
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::optional<std::pair<SubjectKind, std::string>> parse_subject(std::string_view text) {
  const std::size_t colon = text.find(':');
  SubjectKind kind{};
  if (colon == std::string_view::npos || colon + 1 == text.size() || !subject_kind_from_name(text.substr(0, colon), kind)) return std::nullopt;
  return std::pair(kind, std::string(text.substr(colon + 1)));
}

}  // namespace brushwatch
