#include "state/store.h"

#include <algorithm>

#include "engine/base/check.h"

namespace brushwatch {

char* StoreBatch::append(char op, std::string_view key, std::size_t value_bytes) {
  BW_CHECK(key.size() <= UINT32_MAX && value_bytes <= UINT32_MAX, "a store entry is far below 4 GiB");
  const std::size_t needed = size_ + kHead + key.size() + value_bytes;
  if (needed > capacity_) {
    capacity_ = std::max(needed, capacity_ + capacity_ / 2 + 4096);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ > 0) std::memcpy(larger.get(), buffer_.get(), size_);
    buffer_ = std::move(larger);
  }
  const auto key_size = static_cast<std::uint32_t>(key.size()), value_size = static_cast<std::uint32_t>(value_bytes);
  char* const p = buffer_.get() + size_;
  p[0] = op;
  std::memcpy(p + 1, &key_size, 4);
  std::memcpy(p + 5, &value_size, 4);
  if (!key.empty()) std::memcpy(p + kHead, key.data(), key.size());
  size_ = needed;
  ++operations_;
  return p + kHead + key.size();
}

void StoreBatch::put(std::string_view key, std::string_view value) {
  char* const to = append(1, key, value.size());
  if (!value.empty()) std::memcpy(to, value.data(), value.size());
}

void StoreBatch::erase(std::string_view key) { append(0, key, 0); }

char* StoreBatch::begin_put(std::string_view key, std::size_t most) {
  open_head_ = size_;
  open_value_ = size_ + kHead + key.size();
  return append(1, key, most);
}

void StoreBatch::finish_put(std::size_t used) {
  BW_CHECK(open_value_ + used <= size_, "no more than begin_put() asked for");
  const auto value_size = static_cast<std::uint32_t>(used);
  size_ = open_value_ + used;
  std::memcpy(buffer_.get() + open_head_ + 5, &value_size, 4);
}

void StoreBatch::clear() { size_ = operations_ = 0; }

}  // namespace brushwatch
