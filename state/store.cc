#include "state/store.h"

#include <algorithm>

#include "engine/base/check.h"

namespace brushwatch {

char* StoreBatch::append(char op, std::string_view key, std::size_t value_bytes) {
  BW_CHECK(key.size() <= UINT32_MAX && value_bytes <= UINT32_MAX, "a store entry is far below 4 GiB");
  const std::size_t entry = kHead + key.size() + value_bytes;
  if (chunks_.empty() || chunks_.back().capacity - chunks_.back().used < entry) {
    Chunk chunk;
    // A batch of a few entries, as quiet epochs write, begins small.
    chunk.capacity = std::max(entry, chunks_.empty() ? std::size_t{4096} : kChunkBytes);
    chunk.bytes = std::make_unique_for_overwrite<char[]>(chunk.capacity);
    chunks_.push_back(std::move(chunk));
  }
  Chunk& chunk = chunks_.back();
  const auto key_size = static_cast<std::uint32_t>(key.size()), value_size = static_cast<std::uint32_t>(value_bytes);
  char* const p = chunk.bytes.get() + chunk.used;
  p[0] = op;
  std::memcpy(p + 1, &key_size, 4);
  std::memcpy(p + 5, &value_size, 4);
  if (!key.empty()) std::memcpy(p + kHead, key.data(), key.size());
  open_head_ = chunk.used;
  open_value_ = chunk.used + kHead + key.size();
  chunk.used += entry;
  size_ += entry;
  ++operations_;
  return p + kHead + key.size();
}

void StoreBatch::put(std::string_view key, std::string_view value) {
  char* const to = append(1, key, value.size());
  if (!value.empty()) std::memcpy(to, value.data(), value.size());
}

void StoreBatch::erase(std::string_view key) { append(0, key, 0); }

char* StoreBatch::begin_put(std::string_view key, std::size_t most) { return append(1, key, most); }

void StoreBatch::finish_put(std::size_t used) {
  Chunk& chunk = chunks_.back();
  BW_CHECK(open_value_ + used <= chunk.used, "no more than begin_put() asked for");
  const auto value_size = static_cast<std::uint32_t>(used);
  size_ -= chunk.used - (open_value_ + used);
  chunk.used = open_value_ + used;
  std::memcpy(chunk.bytes.get() + open_head_ + 5, &value_size, 4);
}

void StoreBatch::clear() {
  chunks_.clear();
  size_ = operations_ = 0;
}

}  // namespace brushwatch
