#include "doors/answer_book.h"

#include <fmt/format.h>

#include <charconv>

namespace brushwatch::doors {
namespace {

/// By number, so that a scan gives them in the order of their coming.
std::string row_key(std::uint64_t number) { return fmt::format("a/{:020}", number); }
constexpr std::string_view kPrefix = "a/";

template <class T>
bool read_number(std::string_view text, T& out) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Result<void> AnswerBook::load() {
  if (store_ == nullptr) return {};
  const std::lock_guard lock(mutex_);
  bool whole = true;
  BW_TRY(store_->scan(kPrefix, [&](std::string_view key, std::string_view value) {
    // slot, body hash, offset, each without a space
    const std::size_t first = value.find(' '), second = value.find(' ', first == std::string_view::npos ? first : first + 1);
    Entry entry;
    entry.answer.earlier = true;
    if (second == std::string_view::npos || !read_number(key.substr(kPrefix.size()), entry.number) || !read_number(value.substr(second + 1), entry.answer.offset)) return whole = false;
    entry.answer.body_hash = value.substr(first + 1, second - first - 1);
    const std::string slot(value.substr(0, first));
    next_number_ = entry.number + 1;
    order_.emplace_back(entry.number, slot);
    entries_.insert_or_assign(slot, std::move(entry));
    return true;
  }));
  if (!whole) return fail(ErrorCode::kStateCorrupt, "a record of the used keys cannot be read");
  return {};
}

std::optional<Answer> AnswerBook::find(std::string_view slot) const {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(slot);
  return it == entries_.end() ? std::nullopt : std::optional(it->second.answer);
}

void AnswerBook::forget(std::map<std::string, Entry, std::less<>>::iterator it, StoreBatch& batch) {
  batch.erase(row_key(it->second.number));
  entries_.erase(it);
}

Result<void> AnswerBook::begin(const std::string& slot, const std::string& body_hash, std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = next_number_++;
  StoreBatch batch;
  if (const auto old = entries_.find(slot); old != entries_.end()) forget(old, batch);
  for (; order_.size() >= most_; order_.pop_front()) {
    const auto oldest = entries_.find(order_.front().second);
    if (oldest != entries_.end() && oldest->second.number == order_.front().first) forget(oldest, batch);
  }
  batch.put(row_key(number), fmt::format("{} {} {}", slot, body_hash, offset));
  if (store_ != nullptr) BW_TRY(store_->write(batch));
  entries_[slot] = {{body_hash, offset, false, false}, number};
  order_.emplace_back(number, slot);
  return {};
}

void AnswerBook::durable(std::string_view slot) {
  const std::lock_guard lock(mutex_);
  if (const auto it = entries_.find(slot); it != entries_.end()) it->second.answer.durable = true;
}

std::optional<Answer> AnswerBook::settle(std::string_view slot, std::uint64_t next) {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(slot);
  if (it == entries_.end()) return std::nullopt;
  if (!it->second.answer.earlier) return it->second.answer;
  if (it->second.answer.offset < next) {
    it->second.answer.durable = true;
    it->second.answer.earlier = false;
    return it->second.answer;
  }
  StoreBatch batch;
  forget(it, batch);
  // Not erased now, it is settled the same way again: its offset is taken by another command then, and it would be believed.
  if (store_ != nullptr && !store_->write(batch)) return std::nullopt;
  return std::nullopt;
}

}  // namespace brushwatch::doors
