#include "engine/detect/rules.h"

#include "engine/base/hash.h"

namespace brushwatch {

std::size_t Rules::declare(std::string_view owner, const ParamInfo* params, std::size_t count) {
  const std::size_t first = values_.size();
  for (std::size_t i = 0; i < count; ++i) {
    names_.push_back(std::string(owner) + "." + std::string(params[i].name));
    values_.push_back(params[i].value);
  }
  rehash();
  return first;
}

bool Rules::set(std::string_view full_name, std::int64_t value) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] != full_name) continue;
    values_[i] = value;
    rehash();
    return true;
  }
  return false;
}

void Rules::rehash() {
  digest_ = 0;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    digest_ = hash_combine(hash_combine(digest_, hash64(names_[i])), static_cast<std::uint64_t>(values_[i]));
  }
}

}  // namespace brushwatch
