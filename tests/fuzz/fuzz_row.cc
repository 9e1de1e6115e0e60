// A state store of any bytes: a layout record and a row, with a line "---" between. The table does not open, the row is
// refused as damage, or what was read is written back and read again unchanged.

#include <algorithm>
#include <cstring>

#include "state/memory_store.h"
#include "state/row_codec.h"
#include "tests/fuzz/fuzz.h"

namespace brushwatch {
namespace {

/// Columns of this build; records of the input may have more, fewer or other ones.
RowLayout layout() {
  RowLayout l;
  l.add("D1.shop", 1, 16);
  l.add("D2.shop", 2, 24);
  return l;
}
constexpr std::uint64_t kKey = 7;

std::string numbered(std::string key, std::uint64_t number, int bytes) {
  put_big_endian(key, number, bytes);
  return key;
}

}  // namespace
}  // namespace brushwatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace brushwatch;
  std::string_view rest = fuzz::view_of(data, size);
  const std::string_view record = fuzz::part_before_rule(rest);
  const auto store = make_memory_store();
  StoreBatch batch;
  batch.put(numbered("t/L", 1, 4), record);
  batch.put(numbered("t/r", kKey, 8), rest);
  batch.put("t/n", numbered("", 1, 8));
  FUZZ_CHECK(store->write(batch));

  const RowLayout ours = layout();
  if (auto codec = RowCodec::open(*store, "t/", ours)) {
    std::vector<std::uint64_t> columns(ours.row_bytes / 8), again(ours.row_bytes / 8);
    EventTime timer, timer_again;
    bool ends = false, ends_again = false;
    std::string_view tail, tail_again;
    if (codec->decode(rest, timer, ends, tail, reinterpret_cast<std::byte*>(columns.data()))) {
      const RowPiece whole[] = {{0, 0, ours.row_bytes}}, halves[] = {{0, 0, 8}, {8, 8, ours.row_bytes - 8}};
      StoreBatch rows;
      const auto* const bytes = reinterpret_cast<const std::byte*>(columns.data());
      codec->put(timer, ends, tail, bytes, whole, "key", rows);
      codec->put(timer, ends, tail, bytes, halves, "key", rows);
      std::string first;
      rows.for_each([&](bool, std::string_view, std::string_view value) {
        FUZZ_CHECK(codec->decode(value, timer_again, ends_again, tail_again, reinterpret_cast<std::byte*>(again.data())));
        FUZZ_CHECK(timer_again == timer && ends_again == ends && tail_again == tail && again == columns);
        FUZZ_CHECK(first.empty() || value == first);  // in pieces or not: the same bytes
        first = value;
        std::fill(again.begin(), again.end(), 0);
      });
    }
  } else {
    const auto code = static_cast<unsigned>(codec.error().code);
    FUZZ_CHECK(code >= 3000 && code < 4000);
  }

  auto table = RowTable::open(*store, ours, {.prefix = "t/", .memory_bytes = 1 << 16, .tails = true});
  if (!table) return 0;
  const auto row = (*table)->find(kKey);
  if (!row || row->columns == nullptr) return 0;
  const std::string before(reinterpret_cast<const char*>(row->columns), ours.row_bytes);
  const EventTime timer = *row->timer;
  (*table)->touched(*row);
  StoreBatch epoch;
  FUZZ_CHECK((*table)->collect(epoch));
  FUZZ_CHECK(store->write(epoch));
  (*table)->committed();
  auto reopened = RowTable::open(*store, ours, {.prefix = "t/", .memory_bytes = 1 << 16, .tails = true});
  FUZZ_CHECK(reopened);
  const auto back = (*reopened)->find(kKey);
  FUZZ_CHECK(back && back->columns != nullptr);
  FUZZ_CHECK(std::memcmp(back->columns, before.data(), before.size()) == 0 && *back->timer == timer);
  return 0;
}
