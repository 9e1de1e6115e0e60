#pragma once
/// The rows of one task: one contiguous row a key, hot ones in memory under a cap, the rest in the state store.
///
/// Shape   key 64-bit → `row_bytes` of columns (zeroed when new) + an optional tail of bytes owned by the stage.
/// Cost    one probe of an open-addressing table per hit (~80 ns cold); a miss reads the store; prefetch() reads the
///         misses of a whole frame with one MultiGet.
/// Memory  a row takes what its form does. ≤ memory_bytes after trim(); between two trims it may grow by the rows that a round touches.
/// Timers  one a row: the earliest moment at which the stage wants it back. due() hands them out in (time, key) order.
/// Threads one task, one thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "state/store.h"

namespace brushwatch {

/// A row as the stage sees it. Valid until the next call of find_or_create(), erase() or trim() of its table.
struct Row {
  std::uint64_t key = 0;
  std::byte* columns = nullptr;      ///< row_bytes of its form, 8-byte aligned
  std::string* tail = nullptr;       ///< variable part; must stay empty unless Options::tails
  EventTime* timer = nullptr;        ///< when the row wants to be woken; EventTime::max() = never. Set it freely: the table
                                     ///< learns of it at touched()
  /// Nobody has anything to say when the timer comes: due() then drops the row without handing it out, and reads it for that no more than
  /// it must. Set it freely with the timer: the table learns of it at touched().
  bool ends = false;
  bool created = false;              ///< the row holds nothing yet: this call made it, or nobody touched() it since it was made
  std::uint8_t form = 0;             ///< which columns it has memory for, and where: RowLayout::forms
};

/// What the columns of a row mean, so that a newer build can read an older row: (column id, version, bytes) in order.
struct RowColumn {
  std::string name;        ///< "D1.shop"
  std::uint16_t version = 0;
  std::uint32_t bytes = 0;
  std::uint32_t offset = 0;  ///< in the row; multiple of 8
};
struct RowLayout {
  std::vector<RowColumn> columns;
  std::uint32_t row_bytes = 0;
  /// Rows of some keys never use some columns. Each of these sets, a bit a column, is a form in which a row has memory for them alone, one
  /// behind the other: form 1, 2, …, at most three; form 0 is all columns. A column that a row has no memory for is zero, as in the store, which
  /// knows nothing of forms: another build may have others.
  std::vector<std::uint64_t> forms;
  /// Appends a column, aligned to 8 bytes; returns its offset.
  std::uint32_t add(std::string name, std::uint16_t version, std::uint32_t bytes);
};

class RowTable {
 public:
  struct Options {
    std::string prefix;                       ///< of all its keys in the store, e.g. stage and partition
    std::size_t memory_bytes = 64ULL << 20;   ///< cap of hot rows, their index and all timers
    bool tails = false;                       ///< rows have tails; costs 32 bytes a row
  };
  /// `store` outlives the table. Opens with what the store holds under the prefix: the layout record decides how old rows
  /// are read (columns are matched by name and version; a column of another version starts zeroed, and is counted).
  /// Errors: kStateVersion when a row of the store is newer than this format; kStateCorrupt, kStateIo.
  static Result<std::unique_ptr<RowTable>> open(StateStore& store, RowLayout layout, Options options);
  virtual ~RowTable() = default;

  /// Loads the rows of these keys that are only in the store. Order does not matter; duplicates are fine.
  virtual Result<void> prefetch(std::span<const std::uint64_t> keys) = 0;
  /// The row has memory for the columns of `form` at least: one that was made for others gets it, and keeps what it holds.
  virtual Result<Row> find_or_create(std::uint64_t key, unsigned form) = 0;
  Result<Row> find_or_create(std::uint64_t key) { return find_or_create(key, 0); }
  /// columns == nullptr when there is no such row.
  virtual Result<Row> find(std::uint64_t key) = 0;
  /// The stage changed the row (columns, tail or timer): it is written with the next epoch, its timer is taken over.
  virtual void touched(const Row& row) = 0;
  /// The row ends (TTL). Written as a delete with the next epoch.
  virtual void erase(std::uint64_t key) = 0;
  /// Pops the rows whose timer is ≤ `now`, in (time, key) order, at most `max`; their timers are cleared to "never". Rows that end (Row::ends)
  /// are dropped on the way, as by erase(); no keys means that nothing is due any more.
  /// The keys may name rows that are not in memory; call prefetch() on them.
  virtual Result<void> due(EventTime now, std::size_t max, std::vector<std::uint64_t>& keys) = 0;

  /// Adds all changes since the last call to the batch. After the batch is written, call committed().
  virtual Result<void> collect(StoreBatch& batch) = 0;
  virtual void committed() = 0;
  /// Another cap from the next trim() on. What is evicted changes no outcome.
  virtual void limit(std::size_t memory_bytes) = 0;
  /// Evicts clean rows until memory_bytes() ≤ the cap; a second-chance clock decides which. Only after committed().
  virtual void trim() = 0;

  [[nodiscard]] virtual std::size_t memory_bytes() const = 0;
  [[nodiscard]] virtual std::size_t hot_rows() const = 0;
  /// Rows of the table wherever they are: in memory, in the store, or both. Keys just looked up in vain count until trim().
  [[nodiscard]] virtual std::uint64_t live_rows() const = 0;
  [[nodiscard]] virtual std::size_t dirty_rows() const = 0;
  /// Rows that due() dropped since open().
  [[nodiscard]] virtual std::uint64_t ended_rows() const = 0;
  /// Keys read from the store since open().
  [[nodiscard]] virtual std::uint64_t store_reads() const = 0;
  /// Columns that began at zero because the stored row lacked them or had another version, over all rows read.
  [[nodiscard]] virtual std::uint64_t reset_columns() const = 0;
};

}  // namespace brushwatch
