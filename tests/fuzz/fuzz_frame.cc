// Frames of a ledger that is not ours: a frame is refused, or every record in it can be encoded again to the same bytes'
// meaning. The input is what stands behind magic and checksum, so that the fuzzer reaches the records; the raw input is read
// as well, as a frame and as a single record.

#include <cstring>

#include "engine/base/hash.h"
#include "engine/event/wire.h"
#include "engine/log/frame.h"
#include "tests/fuzz/fuzz.h"

namespace brushwatch {
namespace {

using fuzz::view_of;

void settle(const Event& event) {
  fuzz::wire_round_trip(event);
  FUZZ_CHECK(!to_json(event).empty());
}

void read_frame(std::string_view payload) {
  auto reader = FrameReader::open(payload);
  if (!reader) return;
  Event event;
  Stage stage{};
  std::uint64_t key = 0;
  std::uint32_t records = 0;
  for (;;) {
    const auto more = reader->next(stage, key, event);
    if (!more) {
      FUZZ_CHECK(more.error().code == ErrorCode::kBadFrame);
      return;
    }
    if (!*more) break;
    FUZZ_CHECK(!stage_name(stage).empty());
    settle(event);
    ++records;
  }
  FUZZ_CHECK(records == reader->header().count);
}

}  // namespace
}  // namespace brushwatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace brushwatch;
  read_frame(view_of(data, size));

  std::string framed = "BWF1....";
  framed.append(view_of(data, size));
  const std::uint32_t crc = crc32c(std::string_view(framed).substr(8));
  std::memcpy(framed.data() + 4, &crc, sizeof crc);
  read_frame(framed);

  std::string_view rest = view_of(data, size);
  Event event;
  if (decode(rest, event)) settle(event);
  return 0;
}
