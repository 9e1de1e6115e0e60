#include "apps/shared_rows.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

namespace brushwatch::app {
namespace {

/// "d/" and "o/" are messages, "c/" places, "e/" endpoints (doors/webhooks.cc): an endpoint that is read has its place, a place what lies
/// behind it. The rest ("m/…") stands by itself.
int rank(std::string_view name) { return name.starts_with("c/") ? 1 : name.starts_with("e/") ? 2 : 0; }

}  // namespace

Result<void> SharedRows::publish(const StoreBatch& batch) {
  struct Change {
    bool put;
    std::string_view name, value;
  };
  std::vector<Change> changes;
  bool plain = true;
  batch.for_each([&](bool put, std::string_view name, std::string_view value) {
    plain = plain && name.find('\n') == std::string_view::npos;
    changes.push_back({put, name, value});
  });
  if (!plain) return fail(ErrorCode::kUnsupported, "a row's name holds a line break");
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    // Puts rise to the endpoint, erasures begin with it.
    const auto place = [](const Change& c) { return std::pair(c.put ? 0 : 1, c.put ? rank(c.name) : -rank(c.name)); };
    return place(a) < place(b);
  });
  std::string record;
  for (const Change& change : changes) {
    record.assign(1, change.put ? '+' : '-').append(change.name);
    if (change.put) record.append(1, '\n').append(change.value);
    BW_TRY(topic_->append(0, change.name, record));
    if (!change.put) BW_TRY(topic_->bury(0, change.name));
  }
  return topic_->flush();
}

Result<void> SharedRows::write(const StoreBatch& batch) {
  if (!topic_) return fail(ErrorCode::kNotReady, "another instance leads", 0, Retry::kBackoff);
  BW_TRY(publish(batch));
  return own_->write(batch);
}

Result<void> SharedRows::take_over() {
  BW_ASSIGN(auto topic, open_());
  std::map<std::string, std::string, std::less<>> rows;
  bool any = false;
  BW_TRY(topic->for_each(0, [&](std::string_view record) -> Result<void> {
    any = true;
    const auto line = record.find('\n');
    if (record.starts_with('+') && line != std::string_view::npos) rows.insert_or_assign(std::string(record.substr(1, line - 1)), std::string(record.substr(line + 1)));
    else if (record.starts_with('-')) rows.erase(std::string(record.substr(1)));
    else return fail(ErrorCode::kStateCorrupt, "a record of the doors' topic is none");
    return {};
  }));
  topic_ = std::move(topic);
  StoreBatch batch;
  BW_TRY(own_->scan("", [&](std::string_view name, std::string_view value) {
    if (!any) batch.put(name, value);
    else if (!rows.contains(name)) batch.erase(name);
    return true;
  }));
  if (!any) return batch.empty() ? Result<void>{} : publish(batch);
  for (const auto& [name, value] : rows) batch.put(name, value);
  return batch.empty() ? Result<void>{} : own_->write(batch);
}

}  // namespace brushwatch::app
