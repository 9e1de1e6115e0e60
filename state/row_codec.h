#pragma once
/// The bytes of a row and of its layout in the store (docs/formats/state.md), and the reading of older layouts.
///
/// A row names its layout by number; the layout record under that number lists the columns. So a newer build reads an old
/// row by copying each column whose name, version and size it still has, and leaves the others zero.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "state/row_table.h"
#include "state/store.h"

namespace brushwatch {

/// Appends big-endian bytes, so that byte order is number order.
void put_big_endian(std::string& out, std::uint64_t value, int bytes);
std::uint64_t get_big_endian(std::string_view bytes);

/// A run of columns: where it is in the layout, and where in the memory of a row that has not all of them. Multiples of 8 bytes.
struct RowPiece {
  std::uint32_t from = 0, to = 0, bytes = 0;
};

class RowCodec {
 public:
  /// Reads the layout records below `prefix`. Errors: kStateVersion, kStateCorrupt, kStateIo.
  static Result<RowCodec> open(StateStore& store, const std::string& prefix, RowLayout layout);

  /// The layout record still has to be written (once, with the first rows of this layout).
  [[nodiscard]] bool record_pending() const { return record_pending_; }
  void put_record(StoreBatch& batch);

  /// Adds the row to the batch; `pieces` are what it has memory for, in the order of the layout. Cost ~1 ns per 8 bytes of them.
  void put(EventTime timer, bool ends, std::string_view tail, const std::byte* columns, std::span<const RowPiece> pieces, std::string_view key,
           StoreBatch& batch) const;
  /// `columns` are all of the layout's, zero before. Returns how many columns of this build the row did not have.
  /// Errors: kStateCorrupt.
  Result<std::uint32_t> decode(std::string_view value, EventTime& timer, bool& ends, std::string_view& tail, std::byte* columns) const;

 private:
  struct Copy {
    std::uint32_t from = 0, to = 0, bytes = 0;
  };
  struct Plan {
    std::vector<Copy> copies;
    std::uint32_t row_bytes = 0;
    std::uint32_t missing = 0;  // columns of this build that rows of that layout lack
    bool same = false;          // byte for byte this build's layout
  };
  static Result<RowLayout> read_record(std::string_view value, std::uint8_t& version);
  [[nodiscard]] Plan plan_from(const RowLayout& old) const;

  std::string prefix_;
  RowLayout layout_;
  std::map<std::uint32_t, Plan> plans_;  // by layout number
  std::uint32_t number_ = 0;             // of this build's layout
  bool record_pending_ = true;
};

}  // namespace brushwatch
