#pragma once
/// JSON bytes to members, in one pass: the grammar, the bounds and the forbidden names are checked here, the values later.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/codec/members.h"
#include "engine/base/result.h"

namespace brushwatch {

/// The known members of an object and of the objects in its `items` list.
struct JsonObject {
  Members members;
  std::vector<Members> item_pool;  ///< only grows, so that a longer list allocates once
  std::size_t item_count = 0;

  void clear() {
    members.clear();
    item_count = 0;
  }
  Members& add_item() {
    if (item_pool.size() == item_count) item_pool.emplace_back();
    Members& added = item_pool[item_count++];
    added.clear();
    return added;
  }
  [[nodiscard]] std::span<const Members> items() const { return {item_pool.data(), item_count}; }
};

/// The outermost object and, when it has a `data` object (CloudEvents structured mode), that one.
struct JsonRecord {
  JsonObject top, data;

  void clear() {
    top.clear();
    data.clear();
  }
};

struct JsonWalkOptions {
  std::size_t max_bytes = 2u << 20;  ///< a record beyond is refused unread
  int max_depth = 32;                ///< nested objects and lists, the outermost counted
  bool refuse_personal_members = true;
};

/// Everything is checked, whether the contract knows the member or not: UTF-8, grammar, depth, duplicate names, number
/// range, escapes, trailing bytes, forbidden member names. Not thread-safe.
class JsonWalker {
 public:
  explicit JsonWalker(JsonWalkOptions options);
  ~JsonWalker();
  JsonWalker(const JsonWalker&) = delete;
  JsonWalker& operator=(const JsonWalker&) = delete;

  /// Texts in `out` point into `bytes` (those that held escapes into a buffer of ours): valid until the next call and as long as
  /// `bytes` is. Cost ~0.4 ns a byte for a record of a known shape, ~1.5 for another; nothing is copied.
  /// Errors: kEmptyRecord kTooLarge kNotJson kBadUtf8 kTooDeep kDuplicateKey kBadNumber kBadType (not an object)
  /// kRawPersonalData; context is the JSON pointer, with `?` for members that the contract does not know.
  Result<void> walk(std::string_view bytes, JsonRecord& out);
  /// Forbidden member names met in the last record (they are counted, and refused if so configured).
  [[nodiscard]] std::size_t personal_members() const;
  /// How many records so far had the shape of an earlier one, so that the grammar had not to be looked at (json_shape.h).
  [[nodiscard]] std::uint64_t records_by_shape() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace brushwatch
