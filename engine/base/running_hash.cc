#include "engine/base/running_hash.h"

// xxhash's own implementation inlined, as in hash.cc.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace brushwatch {

struct RunningHash::State {
  XXH3_state_t xxh;  // aligned to a cache line by its own declaration
};

RunningHash::RunningHash() : state_(std::make_unique<State>()) {
  XXH3_INITSTATE(&state_->xxh);
  XXH3_128bits_reset(&state_->xxh);
}
RunningHash::RunningHash(RunningHash&&) noexcept = default;
RunningHash& RunningHash::operator=(RunningHash&&) noexcept = default;
RunningHash::~RunningHash() = default;

void RunningHash::add(std::string_view bytes) { XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size()); }

RunningHash::Value RunningHash::value() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_->xxh));
  Value out;
  std::copy_n(canonical.digest, out.size(), out.begin());
  return out;
}

}  // namespace brushwatch
