#include "engine/log/frame.h"

#include <algorithm>
#include <cstring>

#include "engine/base/hash.h"
#include "engine/event/encode.h"
#include "engine/event/wire.h"

namespace brushwatch {
namespace {

constexpr std::string_view kMagic = "BWF1";
template <class T>
void store(char* at, T value) { std::memcpy(at, &value, sizeof value); }
template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// stage (1) | key (8) | length (4)
constexpr std::size_t kRecordHeader = 13;

}  // namespace

FrameBuilder::FrameBuilder() { reset(); }

void FrameBuilder::reset() {
  used_ = kFrameHeaderBytes;
  count_ = 0;
}

void FrameBuilder::add(Stage stage, std::uint64_t key, const Event& event) {
  if (const std::size_t need = used_ + kRecordHeader + encoded_bytes_max(event); need > buffer_.size()) {
    buffer_.resize(std::max(need, kFrameTargetBytes + kFrameTargetBytes / 4));
  }
  char* const at = buffer_.data() + used_;
  at[0] = static_cast<char>(stage);
  store(at + 1, key);
  char* const end = encode_at(event, at + kRecordHeader);
  store(at + 9, static_cast<std::uint32_t>(end - at - static_cast<std::ptrdiff_t>(kRecordHeader)));
  used_ = static_cast<std::size_t>(end - buffer_.data());
  ++count_;
}

std::string_view FrameBuilder::finish(std::uint32_t epoch, std::uint64_t seq) {
  if (buffer_.size() < used_) buffer_.resize(used_);  // a frame without records
  char* at = buffer_.data();
  std::memcpy(at, kMagic.data(), kMagic.size());
  store<std::uint32_t>(at + 8, kWireVersion);
  store(at + 12, epoch);
  store(at + 16, seq);
  store(at + 24, count_);
  const std::string_view frame(at, used_);
  store(at + 4, crc32c(frame.substr(8)));
  return frame;
}

Result<FrameReader> FrameReader::open(std::string_view payload) {
  if (payload.size() < kFrameHeaderBytes || payload.substr(0, 4) != kMagic) return fail(ErrorCode::kBadFrame, "not a frame");
  if (load<std::uint32_t>(payload.data() + 4) != crc32c(payload.substr(8))) return fail(ErrorCode::kBadFrame, "frame checksum differs");
  return open_checked(payload);
}

Result<FrameReader> FrameReader::open_checked(std::string_view payload) {
  if (payload.size() < kFrameHeaderBytes) return fail(ErrorCode::kBadFrame, "not a frame");
  if (load<std::uint32_t>(payload.data() + 8) > kWireVersion) return fail(ErrorCode::kStateVersion, "frame of a newer version", payload[8]);
  FrameReader reader;
  reader.header_.epoch = load<std::uint32_t>(payload.data() + 12);
  reader.header_.seq = load<std::uint64_t>(payload.data() + 16);
  reader.header_.count = load<std::uint32_t>(payload.data() + 24);
  reader.left_ = reader.header_.count;
  reader.rest_ = payload.substr(kFrameHeaderBytes);
  return reader;
}

Result<bool> FrameReader::next_raw(Stage& stage, std::uint64_t& key, std::string_view& event) {
  if (left_ == 0) {
    if (!rest_.empty()) return fail(ErrorCode::kBadFrame, "bytes after the last record", static_cast<std::int64_t>(rest_.size()));
    return false;
  }
  if (rest_.size() < kRecordHeader) return fail(ErrorCode::kBadFrame, "a record ends before its length");
  const auto s = static_cast<unsigned char>(rest_[0]);
  if (s >= kStages) return fail(ErrorCode::kBadFrame, "unknown stage", s);
  stage = static_cast<Stage>(s);
  key = load<std::uint64_t>(rest_.data() + 1);
  const auto length = load<std::uint32_t>(rest_.data() + 9);
  rest_.remove_prefix(kRecordHeader);
  if (length > rest_.size()) return fail(ErrorCode::kBadFrame, "a record ends early", length);
  event = rest_.substr(0, length);
  rest_.remove_prefix(length);
  --left_;
  return true;
}

Result<bool> FrameReader::next(Stage& stage, std::uint64_t& key, Event& event) {
  std::string_view bytes;
  BW_ASSIGN(const bool more, next_raw(stage, key, bytes));
  if (!more) return false;
  BW_TRY(decode(bytes, event));
  if (!bytes.empty()) return fail(ErrorCode::kBadFrame, "bytes after a record's fields", static_cast<std::int64_t>(bytes.size()));
  return true;
}

}  // namespace brushwatch
