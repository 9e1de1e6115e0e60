#pragma once
/// Result<T>: a value or an Error, and BW_TRY to pass the error up.

#include <tl/expected.hpp>
#include <utility>

#include "engine/base/error.h"

namespace brushwatch {

template <class T>
using Result = tl::expected<T, Error>;

template <class... Args>
[[nodiscard]] inline tl::unexpected<Error> fail(Args&&... args) {
  return tl::unexpected<Error>(Error(std::forward<Args>(args)...));
}

}  // namespace brushwatch

#define BW_CONCAT_INNER(a, b) a##b
#define BW_CONCAT(a, b) BW_CONCAT_INNER(a, b)
/// BW_TRY(expr): return the error of a Result<void> (or of any Result whose value is not wanted).
#define BW_TRY(expr)                                                    \
  do {                                                                  \
    auto&& bw_result_ = (expr);                                         \
    if (!bw_result_) return tl::unexpected<::brushwatch::Error>(std::move(bw_result_.error())); \
  } while (false)
/// BW_ASSIGN(auto x, expr): bind the value or return the error.
#define BW_ASSIGN(decl, expr) BW_ASSIGN_INNER(BW_CONCAT(bw_assign_, __LINE__), decl, expr)
#define BW_ASSIGN_INNER(tmp, decl, expr)                                                        \
  auto tmp = (expr);                                                                            \
  if (!tmp) return tl::unexpected<::brushwatch::Error>(std::move(tmp.error()));                 \
  decl = std::move(*tmp)
