#pragma once
/// SHA-256 piece by piece, for what does not fit into memory.

#include <string_view>

#include "engine/base/hash.h"

namespace brushwatch {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  /// Once; the object is used up.
  Digest finish();

 private:
  void* context_;
};

}  // namespace brushwatch
