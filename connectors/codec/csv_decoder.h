#pragma once
/// CSV files with a mapping: one row → several events (an order row: created, paid, shipped, …).

#include <memory>
#include <string>
#include <unordered_map>

#include "connectors/codec/counters.h"
#include "connectors/codec/csv_mapping.h"
#include "connectors/codec/money.h"
#include "engine/log/decoder.h"

namespace brushwatch {

struct CsvDecoderOptions {
  std::string data_dir;                    ///< where the joined files stand
  IngestClock clock = IngestClock::kRecord;
  bool reject_raw_pii = true;
  CodecCounters* counters = nullptr;       ///< outlives the decoder
  PlatformTable* platforms = nullptr;      ///< outlives the decoder
};

/// Loads the joined files into memory (about twice their size), then decodes rows. The record at offset 0 of a file with a
/// header gives no events, and must name the mapping's columns; rows elsewhere decode without having seen it. A row gives
/// its events in the mapping's order, whatever their times. Not thread-safe. Cost ~1 µs a row and event.
/// Errors here: kNotFound, kBadCsv (a joined file), kConfigMissing (its columns).
/// Errors of decode(): kBadCsv (quoting, an open quote, number of cells: a line break inside a quoted cell is not supported),
/// kBadUtf8, and those of the contract; a row is decoded whole or not at all.
Result<std::unique_ptr<Decoder>> make_csv_decoder(CsvMapping mapping, CsvDecoderOptions options);
/// From a mapping file.
Result<std::unique_ptr<Decoder>> make_csv_decoder(const std::string& mapping_path, CsvDecoderOptions options);

}  // namespace brushwatch
