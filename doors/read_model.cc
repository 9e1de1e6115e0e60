#include "doors/read_model.h"

#include <algorithm>
#include <mutex>

namespace brushwatch::doors {
namespace {

/// Lines that live streams have just got or are about to get, kept as served: 500 streams would parse each 500 times.
constexpr std::size_t kHotLines = 512;
constexpr std::size_t kBatchBytes = 4U << 20;

std::string line_key(const StreamKey& key) { return "l/" + to_bytes(key); }
std::size_t index(Topic topic) { return static_cast<std::size_t>(topic); }

}  // namespace

bool AlertFilter::takes(const Record& r) const {
  const auto matches = [](const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; };
  return matches(subject, r.subject) && matches(subject_kind, r.subject_kind) && matches(pattern, r.pattern) &&
         matches(direction, r.direction) && matches(severity, r.severity) && matches(state, r.state) && matches(list, r.list) &&
         r.posterior_permille >= min_posterior_permille && r.event_time >= since && r.event_time < until;
}

ReadModel::ReadModel(StateStore& store, ReadModelOptions options) : store_(store), options_(options) {}

Result<void> ReadModel::add(Output output, std::string_view line) {
  BW_ASSIGN(auto record, read_record(output, line));
  if (!record) return {};
  if (also_) also_(output, *record, line);
  staged_lines_.put(line_key(record->key), line);
  staged_.push_back(std::move(*record));
  // After a restart everything that was ever written comes through here: it must not all stand in memory.
  return staged_lines_.bytes() >= kBatchBytes ? write_lines() : Result<void>{};
}

Result<void> ReadModel::write_lines() {
  if (staged_lines_.empty()) return {};
  BW_TRY(store_.write(staged_lines_));
  staged_lines_.clear();
  return {};
}

Result<void> ReadModel::publish(const Progress& progress) {
  BW_TRY(publish());
  const std::unique_lock lock(mutex_);
  counts_.progress = progress;
  counts_.has_progress = true;
  return {};
}

Result<void> ReadModel::publish() {
  if (staged_.empty()) return {};
  std::vector<std::size_t> order(staged_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return staged_[a].key < staged_[b].key; });
  BW_TRY(write_lines());
  // What live streams want next is kept as served; of a long past only its end.
  std::vector<std::shared_ptr<const std::string>> served(order.size());
  for (std::size_t n = order.size() - std::min(order.size(), kHotLines); n < order.size(); ++n) {
    BW_ASSIGN(const std::string line, line_of(staged_[order[n]].key));
    served[n] = std::make_shared<const std::string>(served_json(staged_[order[n]], line));
  }
  {
    const std::unique_lock lock(mutex_);
    for (std::size_t n = 0; n < order.size(); ++n) {
      Record& record = staged_[order[n]];
      std::uint64_t& next = next_seq_[{record.key.output, record.key.stage, record.key.partition}];
      if (record.key.seq < next) continue;  // folded again after a restart
      next = record.key.seq + 1;
      ++counts_.lines;
      window_.push_back({record.key, intern(record.marking), record.topic, std::move(served[n])});
      if (window_.size() > kHotLines) window_[window_.size() - kHotLines - 1].json.reset();
      apply(std::move(record));
    }
    for (; window_.size() > options_.window_lines; window_.pop_front()) {
      dropped_up_to_ = window_.front().key;
      dropped_any_ = true;
    }
  }
  staged_.clear();
  if (wake_) wake_();
  return {};
}

std::uint32_t ReadModel::intern(const Marking& marking) {
  // As many as (topic, platform) pairs: dozens. The newest are the likeliest.
  for (std::size_t i = markings_.size(); i-- > 0;) {
    if (markings_[i] == marking) return static_cast<std::uint32_t>(i);
  }
  markings_.push_back(marking);
  return static_cast<std::uint32_t>(markings_.size() - 1);
}

void ReadModel::apply(Record&& record) {
  const std::size_t t = index(record.topic);
  const auto count = [&](const Record& r, std::int64_t by) {
    std::uint64_t& of = r.topic == Topic::kAlert  ? (r.state == "withdrawn" ? counts_.alerts_withdrawn : counts_.alerts_standing)
                        : r.topic == Topic::kCase ? counts_.cases
                                                  : counts_.list_entries;
    if (r.topic == Topic::kAlert || r.topic == Topic::kCase || r.topic == Topic::kList) of = static_cast<std::uint64_t>(static_cast<std::int64_t>(of) + by);
  };
  auto [it, fresh] = objects_[t].try_emplace(record.id);
  Object& object = it->second;
  if (!fresh) {
    count(object.newest, -1);
    by_age_[t].erase(object.newest.key);
    if (!object.newest.subject.empty()) by_subject_.find(object.newest.subject)->second.refs.erase(object.newest.key);
  }
  object.lines.push_back(record.key);
  by_age_[t].emplace(record.key, record.id);
  if (!record.subject.empty()) {
    auto [subject, first] = by_subject_.try_emplace(record.subject);
    if (first) ++counts_.subjects;
    else subjects_by_age_.erase(subject->second.touched);
    subject->second.refs.emplace(record.key, Ref{record.topic, record.id});
    subject->second.touched = record.key;
    subjects_by_age_.emplace(record.key, record.subject);
  }
  count(record, +1);
  object.newest = std::move(record);
}

Result<std::string> ReadModel::line_of(const StreamKey& key) const {
  BW_ASSIGN(auto line, store_.get(line_key(key)));
  if (!line) return fail(ErrorCode::kStateIo, "the read model lost a line", static_cast<std::int64_t>(key.seq));
  return std::move(*line);
}

Result<Served> ReadModel::serve(const Record& record) const {
  BW_ASSIGN(const std::string line, line_of(record.key));
  return Served{record, served_json(record, line)};
}

Result<std::optional<Served>> ReadModel::find(Topic topic, std::string_view id, const Principal& who) const {
  const std::shared_lock lock(mutex_);
  const auto it = objects_[index(topic)].find(id);
  if (it == objects_[index(topic)].end() || !may_see(who, it->second.newest.marking)) return std::nullopt;
  BW_ASSIGN(Served served, serve(it->second.newest));
  return served;
}

Result<std::optional<std::string>> ReadModel::history(Topic topic, std::string_view id, const Principal& who) const {
  const std::shared_lock lock(mutex_);
  const auto it = objects_[index(topic)].find(id);
  if (it == objects_[index(topic)].end() || !may_see(who, it->second.newest.marking)) return std::nullopt;
  std::string out;
  for (const StreamKey& key : it->second.lines) {
    BW_ASSIGN(const std::string line, line_of(key));
    // An older line may have been meant for fewer: what was red stays red.
    BW_ASSIGN(const auto record, read_record(key.output, line));
    if (!record || !may_see(who, record->marking)) continue;
    out += line;
    out += '\n';
  }
  return out;
}

Result<std::vector<Served>> ReadModel::under(Topic topic, std::string_view prefix, std::size_t limit, const Principal& who) const {
  const std::shared_lock lock(mutex_);
  std::vector<Served> out;
  const auto& objects = objects_[index(topic)];
  for (auto it = objects.lower_bound(prefix); it != objects.end() && it->first.starts_with(prefix) && out.size() < limit; ++it) {
    if (!may_see(who, it->second.newest.marking)) continue;
    BW_ASSIGN(Served served, serve(it->second.newest));
    out.push_back(std::move(served));
  }
  return out;
}

std::optional<std::int64_t> ReadModel::Sighted::precision_permille() const {
  const std::uint64_t said = confirmed + false_positive;
  return said == 0 ? std::nullopt : std::optional(static_cast<std::int64_t>(confirmed * 1000 / said));
}

std::vector<ReadModel::Sighted> ReadModel::sighted() const {
  const std::shared_lock lock(mutex_);
  std::map<std::string, Sighted, std::less<>> by_detector;
  const auto& alerts = objects_[index(Topic::kAlert)];
  for (const auto& [id, object] : objects_[index(Topic::kSighting)]) {
    const auto alert = alerts.find(std::string_view(id).substr(0, id.find('#')));
    if (alert == alerts.end()) continue;  // of a list entry
    // A detector may be the voice of two families; the member's word is one.
    for (const std::string& detector : std::set<std::string>(alert->second.newest.voices.begin(), alert->second.newest.voices.end())) {
      Sighted& of = by_detector[detector];
      const std::string& word = object.newest.state;
      ++(word == "confirmed" ? of.confirmed : word == "expired" ? of.expired : of.false_positive);
    }
  }
  std::vector<Sighted> out;
  for (auto& [detector, counts] : by_detector) {
    counts.detector = detector;
    out.push_back(std::move(counts));
  }
  // "D2" before "D11".
  std::sort(out.begin(), out.end(), [](const Sighted& a, const Sighted& b) { return std::pair(a.detector.size(), a.detector) < std::pair(b.detector.size(), b.detector); });
  return out;
}

Result<Page> ReadModel::page(Topic topic, const AlertFilter& filter, std::optional<StreamKey> before, std::size_t limit, const Principal& who) const {
  const std::shared_lock lock(mutex_);
  const auto& objects = objects_[index(topic)];
  Page page;
  std::size_t scanned = 0;
  const auto take = [&](const StreamKey& key, const std::string& id) -> Result<bool> {
    const Record& record = objects.find(id)->second.newest;
    ++scanned;
    if (!may_see(who, record.marking) || !filter.takes(record)) {
      if (scanned < options_.scan_most) return true;
      page.next = key;
      return false;
    }
    BW_ASSIGN(Served served, serve(record));
    page.items.push_back(std::move(served));
    if (page.items.size() < limit && scanned < options_.scan_most) return true;
    page.next = key;
    return false;
  };
  if (!filter.subject.empty()) {
    const auto subject = by_subject_.find(filter.subject);
    if (subject == by_subject_.end()) return page;
    const Refs& refs = subject->second.refs;
    for (auto it = before ? refs.upper_bound(*before) : refs.begin(); it != refs.end(); ++it) {
      if (it->second.topic != topic) continue;
      BW_ASSIGN(const bool more, take(it->first, it->second.id));
      if (!more) break;
    }
  } else {
    const auto& ages = by_age_[index(topic)];
    for (auto it = before ? ages.upper_bound(*before) : ages.begin(); it != ages.end(); ++it) {
      BW_ASSIGN(const bool more, take(it->first, it->second));
      if (!more) break;
    }
    if (page.next && ages.upper_bound(*page.next) == ages.end()) page.next.reset();
  }
  return page;
}

Result<std::vector<Served>> ReadModel::of_subject(std::string_view subject, Topic topic, std::size_t limit, const Principal& who) const {
  AlertFilter filter;
  filter.subject = subject;
  BW_ASSIGN(Page found, page(topic, filter, std::nullopt, limit, who));
  return std::move(found.items);
}

std::optional<SubjectSummary> ReadModel::summary_of(const std::string& id, const Refs& refs, const Principal& who) const {
  SubjectSummary out;
  out.id = id;
  bool any = false;
  for (const auto& [key, ref] : refs) {
    const Record& record = newest_of(ref);
    if (!may_see(who, record.marking)) continue;
    if (!any) out.newest = key;
    any = true;
    out.last_event_time = std::max(out.last_event_time, record.event_time);
    if (record.topic == Topic::kAlert) ++(record.state == "withdrawn" ? out.alerts_withdrawn : out.alerts_standing);
    if (!record.subject_kind.empty() && std::find(out.kinds.begin(), out.kinds.end(), record.subject_kind) == out.kinds.end())
      out.kinds.push_back(record.subject_kind);
  }
  std::sort(out.kinds.begin(), out.kinds.end());
  return any ? std::optional(std::move(out)) : std::nullopt;
}

std::vector<SubjectSummary> ReadModel::subjects(std::string_view contains, std::string_view kind, std::optional<StreamKey> before,
                                                std::size_t limit, const Principal& who, std::optional<StreamKey>& next) const {
  const std::shared_lock lock(mutex_);
  std::vector<SubjectSummary> out;
  next.reset();
  std::size_t scanned = 0;
  for (auto it = before ? subjects_by_age_.upper_bound(*before) : subjects_by_age_.begin(); it != subjects_by_age_.end(); ++it) {
    if (++scanned > options_.scan_most || out.size() == limit) {
      next = std::prev(it)->first;
      break;
    }
    if (it->second.find(contains) == std::string::npos) continue;
    auto summary = summary_of(it->second, by_subject_.find(it->second)->second.refs, who);
    if (!summary) continue;
    if (!kind.empty() && std::find(summary->kinds.begin(), summary->kinds.end(), kind) == summary->kinds.end()) continue;
    out.push_back(std::move(*summary));
  }
  return out;
}

std::optional<SubjectSummary> ReadModel::subject(std::string_view id, const Principal& who) const {
  const std::shared_lock lock(mutex_);
  const auto it = by_subject_.find(id);
  return it == by_subject_.end() ? std::nullopt : summary_of(it->first, it->second.refs, who);
}

ModelCounts ReadModel::counts() const {
  const std::shared_lock lock(mutex_);
  ModelCounts out = counts_;
  if (!window_.empty()) {
    out.oldest = window_.front().key;
    out.newest = window_.back().key;
  }
  return out;
}

Result<ReadModel::Piece> ReadModel::follow(const StreamKey& after, const std::set<Topic>& topics, const Principal& who, std::size_t bytes) const {
  const std::shared_lock lock(mutex_);
  Piece piece;
  piece.reached = after;
  const StreamKey last = window_.empty() ? dropped_up_to_ : window_.back().key;
  if ((dropped_any_ && after < dropped_up_to_) || after > last) {
    piece.resync = true;
    piece.reached = after > last ? last : dropped_up_to_;
    return piece;
  }
  auto it = std::upper_bound(window_.begin(), window_.end(), after, [](const StreamKey& k, const Entry& e) { return k < e.key; });
  std::size_t size = 0, scanned = 0;
  for (; it != window_.end() && size < bytes && scanned < options_.scan_most; ++it, ++scanned) {
    if (topics.contains(it->topic) && may_see(who, markings_[it->marking])) {
      auto json = it->json;
      if (!json) {
        BW_ASSIGN(const std::string line, line_of(it->key));
        BW_ASSIGN(const auto record, read_record(it->key.output, line));
        if (!record) return fail(ErrorCode::kStateIo, "the read model lost a line", static_cast<std::int64_t>(it->key.seq));
        json = std::make_shared<const std::string>(served_json(*record, line));
      }
      size += json->size();
      piece.items.push_back({it->key, it->topic, std::move(json)});
    }
    piece.reached = it->key;
  }
  return piece;
}

Result<std::optional<ReadModel::StreamItem>> ReadModel::at(const StreamKey& key, const Principal& who) const {
  {
    const std::shared_lock lock(mutex_);
    const auto it = std::lower_bound(window_.begin(), window_.end(), key, [](const Entry& e, const StreamKey& k) { return e.key < k; });
    if (it != window_.end() && it->key == key && it->json) {
      if (!may_see(who, markings_[it->marking])) return std::nullopt;
      return StreamItem{key, it->topic, it->json};
    }
  }
  BW_ASSIGN(const auto line, store_.get(line_key(key)));
  if (!line) return std::nullopt;
  BW_ASSIGN(const auto record, read_record(key.output, *line));
  if (!record || !may_see(who, record->marking)) return std::nullopt;
  return StreamItem{key, record->topic, std::make_shared<const std::string>(served_json(*record, *line))};
}

StreamKey ReadModel::newest() const {
  const std::shared_lock lock(mutex_);
  return window_.empty() ? dropped_up_to_ : window_.back().key;
}

StreamKey ReadModel::before_oldest() const {
  const std::shared_lock lock(mutex_);
  return dropped_up_to_;
}

}  // namespace brushwatch::doors
