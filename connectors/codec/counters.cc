#include "connectors/codec/counters.h"

#include "engine/base/hash.h"

namespace brushwatch {

void CodecCounters::unknown_code(std::string_view source, std::string_view code) {
  unknown_codes.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  std::pair<std::string, std::string> key(source, code);
  const auto it = codes_.find(key);
  if (it != codes_.end()) ++it->second;
  else if (codes_.size() < kUnknownCodesMax) codes_.emplace(std::move(key), 1);
}

std::vector<CodecCounters::UnknownCode> CodecCounters::unknown_code_list() const {
  const std::lock_guard lock(mutex_);
  std::vector<UnknownCode> list;
  list.reserve(codes_.size());
  for (const auto& [key, count] : codes_) list.push_back({key.first, key.second, count});
  return list;
}

std::uint16_t PlatformTable::number_of(std::string_view source) {
  const auto number = static_cast<std::uint16_t>(hash64(source) & 0xFFFF);
  return number == 0 ? 1 : number;
}

std::uint16_t PlatformTable::note(std::string_view source) {
  const std::uint16_t number = number_of(source);
  const std::lock_guard lock(mutex_);
  if (names_.size() < kNamesMax) names_.emplace(number, source);
  return number;
}

std::string PlatformTable::name(std::uint16_t number) const {
  const std::lock_guard lock(mutex_);
  const auto it = names_.find(number);
  return it == names_.end() ? std::string() : it->second;
}

}  // namespace brushwatch
