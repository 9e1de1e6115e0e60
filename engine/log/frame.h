#pragma once
/// A frame: one log record that packs many canonical events (docs/formats/frame.md).
///
/// Layout, little-endian: "BWF1" | crc32c of all that follows (4) | wire version (1) | reserved (3) | epoch (4) |
/// frame seq (8) | record count (4) | records. A record is stage (1) | key (8) | length (4) | event (wire.h): the length lets a
/// reader sort records by stage without decoding them.
/// `epoch` grows with each restart of the writer; a reader ignores a frame whose epoch is below one it has seen, and a
/// frame whose (epoch, seq) it has seen.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/event/event.h"

namespace brushwatch {

struct FrameHeader {
  std::uint32_t epoch = 0;
  std::uint64_t seq = 0;
  std::uint32_t count = 0;
};
inline constexpr std::size_t kFrameHeaderBytes = 28;
/// Big enough to amortise a broker's per-record cost, small enough for a millisecond of folding (engines.md §0).
inline constexpr std::size_t kFrameTargetBytes = 16 * 1024;

class FrameBuilder {
 public:
  FrameBuilder();
  void add(Stage stage, std::uint64_t key, const Event& event);
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] std::size_t bytes() const { return used_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Writes header and checksum; the view is valid until reset().
  std::string_view finish(std::uint32_t epoch, std::uint64_t seq);
  void reset();

 private:
  std::string buffer_;      // only grows
  std::size_t used_ = 0;
  std::uint32_t count_ = 0;
};

/// Reads a frame record by record. The payload must outlive the reader and the views in the events.
class FrameReader {
 public:
  /// Errors: kBadFrame (magic, version, checksum, length).
  static Result<FrameReader> open(std::string_view payload);
  /// Without the checksum: for a frame that this process made, or that open() has seen before.
  static Result<FrameReader> open_checked(std::string_view payload);
  [[nodiscard]] const FrameHeader& header() const { return header_; }
  /// The next record without decoding it; false at the end. Errors: kBadFrame.
  Result<bool> next_raw(Stage& stage, std::uint64_t& key, std::string_view& event);
  /// The next record, decoded; false at the end. Errors: kBadFrame.
  Result<bool> next(Stage& stage, std::uint64_t& key, Event& event);

 private:
  FrameHeader header_;
  std::string_view rest_;
  std::uint32_t left_ = 0;
};

}  // namespace brushwatch
