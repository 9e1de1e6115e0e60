#pragma once
/// CSV files to the public contract's NDJSON, in the order of ingest: `brushwatch convert`.

#include <cstdint>
#include <string>

#include "engine/base/error.h"
#include "engine/base/result.h"

namespace brushwatch {

struct ConvertSummary {
  std::uint64_t rows = 0;      ///< the header not counted
  std::uint64_t events = 0;    ///< lines written
  std::uint64_t rejected = 0;  ///< rows that gave an error and no event
  ErrorCode first_error = ErrorCode::kNone;  ///< of the first rejected row
  std::uint64_t first_error_line = 0;        ///< 1-based
};

/// Decodes the mapping's file in `input_dir` (with its joins) and writes all its events, stably sorted by ingest time, since
/// the events of one row lie months apart and a live stream would not bring them together.
/// Memory: the main file + 24 bytes an event + the joined files; the output is streamed.
/// Errors: those of the mapping; kNotFound, kIo.
Result<ConvertSummary> convert_csv(const std::string& mapping_path, const std::string& input_dir, const std::string& output_path);

}  // namespace brushwatch
