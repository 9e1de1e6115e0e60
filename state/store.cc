#include "state/store.h"

#include <cstring>

#include "engine/base/check.h"

namespace brushwatch {
namespace {

constexpr std::size_t kHead = 9;  // op (1) | key length (4) | value length (4)

void append(std::string& buffer, char op, std::string_view key, std::string_view value) {
  BW_CHECK(key.size() <= UINT32_MAX && value.size() <= UINT32_MAX, "a store entry is far below 4 GiB");
  const auto key_bytes = static_cast<std::uint32_t>(key.size());
  const auto value_bytes = static_cast<std::uint32_t>(value.size());
  char head[kHead];
  head[0] = op;
  std::memcpy(head + 1, &key_bytes, 4);  // host order: the buffer never leaves the process
  std::memcpy(head + 5, &value_bytes, 4);
  buffer.append(head, kHead).append(key).append(value);
}

}  // namespace

void StoreBatch::put(std::string_view key, std::string_view value) {
  append(buffer_, 1, key, value);
  ++operations_;
}

void StoreBatch::erase(std::string_view key) {
  append(buffer_, 0, key, {});
  ++operations_;
}

void StoreBatch::clear() {
  buffer_.clear();
  operations_ = 0;
}

void StoreBatch::for_each(const std::function<void(bool, std::string_view, std::string_view)>& visit) const {
  const char* p = buffer_.data();
  for (const char* end = p + buffer_.size(); p != end;) {
    std::uint32_t key_bytes = 0, value_bytes = 0;
    std::memcpy(&key_bytes, p + 1, 4);
    std::memcpy(&value_bytes, p + 5, 4);
    const std::string_view key(p + kHead, key_bytes), value(p + kHead + key_bytes, value_bytes);
    visit(*p == 1, key, value);
    p += kHead + key_bytes + value_bytes;
  }
}

}  // namespace brushwatch
