#include "connectors/codec/name_table.h"

#include <algorithm>
#include <bit>

#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace brushwatch {

NameTable::NameTable(std::span<const std::string_view> names) : names_(names.begin(), names.end()) {
  BW_CHECK(names.size() < 255, "slots hold one byte");
  // 16 slots a name: n names meet without a collision with probability ≈ exp(−n / 32), some hundred seeds at 150 names.
  const std::size_t slots = std::bit_ceil(std::max<std::size_t>(names.size(), 4) * 16);
  shift_ = 64U - static_cast<unsigned>(std::countr_zero(slots));
  for (std::uint64_t attempt = 1; attempt < 1'000'000; ++attempt) {
    seed_ = mix64(attempt) | 1;
    slots_.assign(slots, 0);
    bool clash = false;
    for (std::size_t i = 0; i < names_.size() && !clash; ++i) {
      std::uint8_t& s = slots_[slot(names_[i], seed_)];
      clash = s != 0;
      s = static_cast<std::uint8_t>(i + 1);
    }
    if (!clash) return;
  }
  BW_CHECK(false, "two names of one table agree in their first and last eight bytes and in length");
}

}  // namespace brushwatch
