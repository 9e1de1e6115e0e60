#include "connectors/file/segment.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/base/hash.h"

namespace brushwatch {
namespace {

struct RecordHeader {
  std::uint32_t length = 0;
  std::uint32_t crc = 0;
  std::uint64_t offset = 0;
};

RecordHeader header_of(const char* at) {
  RecordHeader header;
  std::memcpy(&header.length, at, 4);
  std::memcpy(&header.crc, at + 4, 4);
  std::memcpy(&header.offset, at + 8, 8);
  return header;
}

std::uint32_t record_crc(std::uint32_t length, std::uint64_t offset, std::string_view payload) {
  char head[12];
  std::memcpy(head, &length, 4);
  std::memcpy(head + 4, &offset, 8);
  return crc32c(payload, crc32c({head, sizeof head}));
}

/// A whole record anywhere behind a broken one means damage in the middle. The offset in each record makes the search
/// cheap: a candidate must be one of the few offsets that fit between.
Result<bool> whole_record_after(ReadAhead& file, std::uint64_t position, std::uint64_t offset,
                                const std::string& path) {
  BW_ASSIGN(const std::uint64_t size, file_size(file.fd(), path));
  if (size <= position) return false;
  std::string rest(size - position, '\0');
  BW_ASSIGN(const std::size_t got, read_at(file.fd(), rest.data(), rest.size(), position, path));
  rest.resize(got);
  for (std::size_t at = 1; at + kRecordHeaderBytes <= rest.size(); ++at) {
    const RecordHeader header = header_of(rest.data() + at);
    if (header.offset < offset || header.offset - offset > at / kRecordHeaderBytes + 1) continue;
    if (header.length > rest.size() - at - kRecordHeaderBytes) continue;
    const std::string_view payload(rest.data() + at + kRecordHeaderBytes, header.length);
    if (record_crc(header.length, header.offset, payload) == header.crc) return true;
  }
  return false;
}

}  // namespace

void encode_record(std::uint64_t offset, std::string_view payload, std::string& out) {
  const auto length = static_cast<std::uint32_t>(payload.size());
  const std::uint32_t crc = record_crc(length, offset, payload);
  char header[kRecordHeaderBytes];
  std::memcpy(header, &length, 4);
  std::memcpy(header + 4, &crc, 4);
  std::memcpy(header + 8, &offset, 8);
  out.append(header, sizeof header);
  out.append(payload);
}

Result<void> ReadAhead::open(const std::string& path) {
  BW_ASSIGN(fd_, open_file(path, O_RDONLY));
  path_ = path;
  valid_ = 0;
  return {};
}

Result<std::string_view> ReadAhead::view(std::uint64_t position, std::size_t size) {
  if (position < start_ || position + size > start_ + valid_) {
    if (buffer_.size() < std::max(kBytes, size)) buffer_.resize(std::max(kBytes, size));
    valid_ = 0;
    BW_ASSIGN(const std::size_t got, read_at(fd_, buffer_.data(), buffer_.size(), position, path_));
    start_ = position;
    valid_ = got;
  }
  const std::size_t from = position - start_;
  return std::string_view(buffer_.data() + from, std::min(size, valid_ - from));
}

void Segment::pass(std::uint64_t offset, std::uint64_t position) {
  if (marks.empty() ? position >= kMarkEvery : position >= marks.back().position + kMarkEvery)
    marks.push_back({offset, position});
}

Segment::Mark Segment::nearest(std::uint64_t offset) const {
  const auto after =
      std::upper_bound(marks.begin(), marks.end(), offset, [](std::uint64_t o, const Mark& m) { return o < m.offset; });
  return after == marks.begin() ? Mark{base, 0} : *(after - 1);
}

void Segment::cut(std::uint64_t offset) {
  while (!marks.empty() && marks.back().offset >= offset) marks.pop_back();
}

std::string segment_name(std::uint64_t base) { return fmt::format("{:020}.log", base); }

Result<Look> skip_at(ReadAhead& file, std::uint64_t position, std::uint64_t offset, std::uint64_t& length) {
  BW_ASSIGN(const std::string_view head, file.view(position, kRecordHeaderBytes));
  if (head.empty()) return Look::kEnd;
  if (head.size() < kRecordHeaderBytes) return Look::kBroken;
  const RecordHeader header = header_of(head.data());
  if (header.offset != offset || header.length > kMaxRecordBytes) return Look::kBroken;
  length = header.length;
  return Look::kRecord;
}

Result<Look> look_at(ReadAhead& file, std::uint64_t position, std::uint64_t offset, std::string_view& payload) {
  std::uint64_t length = 0;
  BW_ASSIGN(const Look look, skip_at(file, position, offset, length));
  if (look != Look::kRecord) return look;
  BW_ASSIGN(const std::string_view record, file.view(position, kRecordHeaderBytes + length));
  if (record.size() < kRecordHeaderBytes + length) return Look::kBroken;
  payload = record.substr(kRecordHeaderBytes);
  const RecordHeader header = header_of(record.data());
  return record_crc(header.length, header.offset, payload) == header.crc ? Look::kRecord : Look::kBroken;
}

Result<SegmentEnd> find_end(ReadAhead& file, Segment& segment, Segment::Mark from) {
  SegmentEnd end{from.offset, from.position, false};
  bool looked_twice = false;
  while (true) {
    std::string_view payload;
    BW_ASSIGN(const Look look, look_at(file, end.position, end.offset, payload));
    if (look == Look::kEnd) return end;
    if (look == Look::kRecord) {
      segment.pass(end.offset, end.position);
      end.position += kRecordHeaderBytes + payload.size();
      ++end.offset;
      looked_twice = false;
      continue;
    }
    BW_ASSIGN(const bool damage, whole_record_after(file, end.position, end.offset, segment.path));
    if (!damage) break;
    // A live writer may have finished this record, and the next, between the two looks.
    if (looked_twice) return tl::unexpected(corrupt(segment.path, end.position, end.offset));
    looked_twice = true;
    file.forget();
  }
  end.torn = true;
  return end;
}

Error corrupt(const std::string& path, std::uint64_t position, std::uint64_t offset) {
  return Error(ErrorCode::kLogCorrupt, "the log is damaged at this offset", static_cast<std::int64_t>(offset))
      .in(fmt::format("{} at byte {}", path, position));
}

}  // namespace brushwatch
