// A segment file of any bytes. What is read from it are its records up to the first broken one, byte for byte; and a log opened
// on it either refuses it as damage and leaves it alone, or cuts a torn tail and goes on.

#include <filesystem>
#include <iterator>

#include "connectors/file/file_log.h"
#include "connectors/file/segment.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace
}  // namespace brushwatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace brushwatch;
  static const test::TempDir dir;
  static const std::string path = [] {
    std::filesystem::create_directories(dir.path("log/0"));
    fuzz::put_file(dir.path("log/manifest"), "brushwatch-file-log 1\npartitions 1\n");
    return dir.path("log/0/" + segment_name(0));
  }();
  const std::string_view bytes = fuzz::view_of(data, size);
  fuzz::put_file(path, bytes);

  Segment segment{path, 0, {}};
  ReadAhead file;
  FUZZ_CHECK(file.open(path));
  const auto end = find_end(file, segment, {});
  if (end) {
    std::string again;
    std::uint64_t position = 0;
    for (std::uint64_t offset = 0; offset < end->offset; ++offset) {
      std::string_view payload;
      const auto look = look_at(file, position, offset, payload);
      FUZZ_CHECK(look && *look == Look::kRecord);
      encode_record(offset, payload, again);
      position = again.size();
    }
    FUZZ_CHECK(position == end->position);
    FUZZ_CHECK(bytes.substr(0, position) == again);
    FUZZ_CHECK(end->torn == (position < bytes.size()));
  } else {
    FUZZ_CHECK(end.error().code == ErrorCode::kLogCorrupt);
  }

  FileLogOptions options;
  options.directory = dir.path("log");
  {
    auto log = open_file_log(options);
    FUZZ_CHECK(log.has_value() == end.has_value());
    if (!log) {
      FUZZ_CHECK(bytes_of(path) == bytes);
      return 0;
    }
    FUZZ_CHECK(*(*log)->end_offset(0) == end->offset);
    FUZZ_CHECK((*log)->append(0, "next"));
    FUZZ_CHECK((*log)->sync());
    std::vector<LogRecord> out;
    FUZZ_CHECK((*log)->read(0, end->offset, 10, 0, out));
    FUZZ_CHECK(out.size() == 1 && out[0].payload == "next");
  }
  FUZZ_CHECK(bytes_of(path).substr(0, end->position) == bytes.substr(0, end->position));
  return 0;
}
