#include "state/row_codec.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/base/check.h"

namespace brushwatch {
namespace {

constexpr std::uint8_t kRecordVersion = 2;  // of the layout record and of all rows that name it; 1: no row ends unread
constexpr std::uint32_t kEndsBit = 1U << 31;  // of the layout number in a row: layouts are counted from 1
constexpr std::size_t kRowHead = 12;        // layout number (4) | timer (8)
// A row of a stage is some KiB of detector columns; a record that says more than this is damage, not a layout.
constexpr std::uint32_t kRowBytesMax = 16U << 20;

tl::unexpected<Error> corrupt(std::string_view what) { return fail(ErrorCode::kStateCorrupt, what); }

template <class T>
void put_int(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}
template <class T>
void put_int(char*& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) *out++ = static_cast<char>(value >> (8 * i));
}
template <class T>
T int_at(const char* p) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(p[i])) << (8 * i));
  return value;
}
template <class T>
bool take_int(std::string_view& in, T& value) {
  if (in.size() < sizeof(T)) return false;
  value = int_at<T>(in.data());
  in.remove_prefix(sizeof(T));
  return true;
}

/// One bit a word of eight bytes.
std::size_t mask_bytes(std::uint32_t row_bytes) { return (row_bytes / 8 + 7) / 8; }

/// Whether 64 bytes are zero.
bool all_zero(const std::byte* columns) {
  using Two = std::uint64_t __attribute__((vector_size(16)));
  Two any{};
  for (std::size_t i = 0; i < 64; i += 16) {
    Two two;
    std::memcpy(&two, columns + i, sizeof two);
    any |= two;
  }
  return (any[0] | any[1]) == 0;
}

/// Words whose bit is set, in order, into `columns`, which are zero. False when the bytes are not exactly that.
bool unpack(std::string_view value, std::uint32_t row_bytes, std::byte* columns) {
  const std::size_t masks = mask_bytes(row_bytes);
  if (value.size() < masks) return false;
  const char* word = value.data() + masks;
  const char* const end = value.data() + value.size();
  for (std::size_t m = 0; m < masks; ++m) {
    for (auto bits = static_cast<unsigned char>(value[m]); bits != 0; bits = static_cast<unsigned char>(bits & (bits - 1))) {
      const std::size_t at = (m * 8 + static_cast<std::size_t>(std::countr_zero(bits))) * 8;
      if (at + 8 > row_bytes || end - word < 8) return false;
      std::memcpy(columns + at, word, 8);
      word += 8;
    }
  }
  return word == end;
}

/// The other way round: sets the bits of the piece's words that are not zero, in a mask that is zero before, and writes these words. Where the next
/// byte goes.
char* pack(const std::byte* columns, const RowPiece& piece, char* mask, char* p) {
  const std::byte* at = columns + piece.to;
  const std::size_t end = (piece.from + piece.bytes) / 8;
  for (std::size_t word = piece.from / 8, n = 0; word < end; word += n, at += n * 8) {
    n = std::min(8 - word % 8, end - word);  // those of one byte of the mask
    if (n == 8 && all_zero(at)) continue;
    unsigned bits = 0;
    for (std::size_t i = 0; i < n; ++i) {
      std::uint64_t value = 0;
      std::memcpy(&value, at + i * 8, 8);
      std::memcpy(p, &value, 8);  // overwritten by the next word when it is zero: no branch to mispredict
      p += value != 0 ? 8 : 0;
      bits |= static_cast<unsigned>(value != 0) << (word % 8 + i);
    }
    mask[word / 8] = static_cast<char>(mask[word / 8] | bits);
  }
  return p;
}

}  // namespace

std::uint32_t RowLayout::add(std::string name, std::uint16_t version, std::uint32_t bytes) {
  BW_CHECK(!name.empty() && name.size() <= UINT8_MAX, "a column has a name of at most 255 bytes");
  BW_CHECK(std::none_of(columns.begin(), columns.end(), [&](const RowColumn& c) { return c.name == name; }),
           "a column is found by its name");
  const std::uint32_t offset = row_bytes;
  BW_CHECK(bytes <= kRowBytesMax - offset, "a row is small");
  columns.push_back({std::move(name), version, bytes, offset});
  row_bytes = offset + (bytes + 7) / 8 * 8;
  return offset;
}

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  char text[8];
  for (int i = 0; i < 8; ++i) text[i] = static_cast<char>(value >> (8 * (7 - i)));
  out.append(text + 8 - bytes, static_cast<std::size_t>(bytes));
}

std::uint64_t get_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

Result<RowCodec> RowCodec::open(StateStore& store, const std::string& prefix, RowLayout layout) {
  RowCodec codec;
  codec.prefix_ = prefix + 'L';
  codec.layout_ = std::move(layout);
  BW_CHECK(codec.layout_.row_bytes % 8 == 0, "columns are 8-byte aligned");
  Result<void> outcome;
  std::uint32_t next = 1;
  BW_TRY(store.scan(codec.prefix_, [&](std::string_view key, std::string_view value) {
    key.remove_prefix(codec.prefix_.size());
    std::uint8_t version = 0;
    auto old = key.size() == 4 ? read_record(value, version) : Result<RowLayout>(corrupt("a layout record has a wrong key"));
    if (!old) {
      outcome = tl::unexpected<Error>(std::move(old.error()));
      return false;
    }
    const auto number = static_cast<std::uint32_t>(get_big_endian(key));
    const Plan plan = codec.plan_from(*old);
    if (plan.same && version == kRecordVersion) {  // rows that an older build could not read do not name a record that it can
      codec.number_ = number;
      codec.record_pending_ = false;
    }
    codec.plans_.emplace(number, plan);
    next = std::max(next, number + 1);
    return true;
  }));
  BW_TRY(outcome);
  if (codec.record_pending_) {
    codec.number_ = next;
    codec.plans_.emplace(next, codec.plan_from(codec.layout_));
  }
  return codec;
}

void RowCodec::put_record(StoreBatch& batch) {
  std::string key = prefix_, value;
  put_big_endian(key, number_, 4);
  put_int(value, kRecordVersion);
  put_int(value, layout_.row_bytes);
  put_int(value, static_cast<std::uint16_t>(layout_.columns.size()));
  for (const RowColumn& column : layout_.columns) {
    put_int(value, static_cast<std::uint8_t>(column.name.size()));
    value += column.name;
    put_int(value, column.version);
    put_int(value, column.bytes);
    put_int(value, column.offset);
  }
  batch.put(key, value);
  record_pending_ = false;
}

Result<RowLayout> RowCodec::read_record(std::string_view value, std::uint8_t& version) {
  const auto damaged = [] { return corrupt("a layout record is damaged"); };
  std::uint16_t count = 0;
  RowLayout layout;
  if (!take_int(value, version)) return damaged();
  if (version > kRecordVersion) return fail(ErrorCode::kStateVersion, "rows were written by a newer build", version);
  if (!take_int(value, layout.row_bytes) || !take_int(value, count) || layout.row_bytes > kRowBytesMax) return damaged();
  for (; count > 0; --count) {
    RowColumn column;
    std::uint8_t name_bytes = 0;
    if (!take_int(value, name_bytes) || value.size() < name_bytes) return damaged();
    column.name = value.substr(0, name_bytes);
    value.remove_prefix(name_bytes);
    if (!take_int(value, column.version) || !take_int(value, column.bytes) || !take_int(value, column.offset)) return damaged();
    if (column.offset > layout.row_bytes || column.bytes > layout.row_bytes - column.offset) return damaged();
    layout.columns.push_back(std::move(column));
  }
  if (!value.empty()) return damaged();
  return layout;
}

RowCodec::Plan RowCodec::plan_from(const RowLayout& old) const {
  Plan plan;
  plan.row_bytes = old.row_bytes;
  plan.same = old.row_bytes == layout_.row_bytes && old.columns.size() == layout_.columns.size();
  for (std::size_t i = 0; i < layout_.columns.size(); ++i) {
    const RowColumn& column = layout_.columns[i];
    const auto match = std::find_if(old.columns.begin(), old.columns.end(), [&](const RowColumn& c) {
      return c.name == column.name && c.version == column.version && c.bytes == column.bytes;
    });
    plan.same = plan.same && match == old.columns.begin() + static_cast<std::ptrdiff_t>(i) && match->offset == column.offset;
    if (match == old.columns.end()) {
      ++plan.missing;
    } else {
      plan.copies.push_back({match->offset, column.offset, column.bytes});
    }
  }
  return plan;
}

void RowCodec::put(EventTime timer, bool ends, std::string_view tail, const std::byte* columns, std::span<const RowPiece> pieces, std::string_view key,
                   StoreBatch& batch) const {
  constexpr std::size_t kLengthMax = 5;  // LEB128 of 32 bits
  char* const value = batch.begin_put(key, kRowHead + kLengthMax + tail.size() + mask_bytes(layout_.row_bytes) + layout_.row_bytes);
  char* p = value;
  const auto put_bytes = [&p](const void* bytes, std::size_t n) {
    if (n > 0) std::memcpy(p, bytes, n);
    p += n;
  };
  put_int(p, ends ? number_ | kEndsBit : number_);
  put_int(p, static_cast<std::uint64_t>(timer.ms));
  std::size_t length = tail.size();
  for (; length >= 0x80; length >>= 7) *p++ = static_cast<char>(length | 0x80);
  *p++ = static_cast<char>(length);
  put_bytes(tail.data(), tail.size());
  // Most detectors have said nothing about most keys, and most sketches and samples are hardly filled.
  char* const mask = p;
  p += mask_bytes(layout_.row_bytes);
  std::memset(mask, 0, mask_bytes(layout_.row_bytes));
  for (const RowPiece& piece : pieces) p = pack(columns, piece, mask, p);
  batch.finish_put(static_cast<std::size_t>(p - value));
}

Result<std::uint32_t> RowCodec::decode(std::string_view value, EventTime& timer, bool& ends, std::string_view& tail,
                                       std::byte* columns) const {
  if (value.size() < kRowHead + 1) return corrupt("a row is cut short");
  const auto number = int_at<std::uint32_t>(value.data());
  ends = (number & kEndsBit) != 0;
  const auto plan = plans_.find(number & ~kEndsBit);
  if (plan == plans_.end()) return corrupt("a row names a layout that was never recorded");
  timer.ms = static_cast<std::int64_t>(int_at<std::uint64_t>(value.data() + 4));
  value.remove_prefix(kRowHead);
  std::uint64_t length = 0;
  for (int shift = 0;; shift += 7) {
    if (value.empty() || shift > 28) return corrupt("a row is cut short");
    const auto byte = static_cast<unsigned char>(value.front());
    value.remove_prefix(1);
    length |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) break;
  }
  if (length > value.size()) return corrupt("a row is cut short");
  tail = value.substr(0, length);
  value.remove_prefix(length);
  if (plan->second.same) {
    if (!unpack(value, plan->second.row_bytes, columns)) return corrupt("a row does not fit its layout");
    return 0;
  }
  std::vector<std::byte> old(plan->second.row_bytes);
  if (!unpack(value, plan->second.row_bytes, old.data())) return corrupt("a row does not fit its layout");
  for (const Copy& copy : plan->second.copies) std::memcpy(columns + copy.to, old.data() + copy.from, copy.bytes);
  return plan->second.missing;
}

}  // namespace brushwatch
