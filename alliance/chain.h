#pragma once
/// The hash chain of output lines: how a reader sees loss, repetition and tampering without trusting anybody.
///
/// Each (output, stage, partition) is one chain. A line is one JSON object:
///     {"seq":N,"task":"subject/3","of":4,"round":R,<fields>,"prev":"<64 hex>","hash":"<64 hex>"}
/// hash = SHA-256(prev as 32 bytes ‖ the line's bytes before `,"hash":"`). The first prev of a chain is
/// SHA-256("brushwatch/<output>/<stage>/<partition>"). A bounded run ends each chain, empty ones too, with a `seal`
/// line:
///     "type":"seal","count":<lines before it>
/// The chain proves that lines hang together, not who wrote them: somebody who rewrites a whole file can compute a new
/// chain. Publish the heads (VerifyReport::tasks) where he cannot reach them. Format: docs/formats/alert.md.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/detect/fold.h"

namespace brushwatch {

/// The `prev` of a chain's first line.
Digest chain_genesis(Output output, Stage stage, std::uint32_t partition);

/// Where one chain stands; 40 bytes to persist with the task's state. A new object stands before the first line.
struct Chain {
  std::uint64_t seq = 0;  ///< of the next line; dense from 0
  Digest head{};          ///< hash of the last line; unused while seq is 0

  /// The next line, without newline. `fields` is the inside of a JSON object, without braces, not empty.
  /// Cost: one SHA-256 over the line (~1 µs a KiB or two).
  std::string seal_line(Output output, Stage stage, std::uint32_t partition, std::uint32_t of, std::uint64_t round,
                        std::string_view fields);
  /// The last line of a bounded run.
  std::string close(Output output, Stage stage, std::uint32_t partition, std::uint32_t of, std::uint64_t round);
  bool operator==(const Chain&) const = default;
};

/// One line taken apart. Views point into the line.
struct ParsedLine {
  std::uint64_t seq = 0;
  Stage stage = Stage::kIntake;
  std::uint32_t partition = 0, of = 0;
  std::uint64_t round = 0;
  std::string_view fields;  ///< what the task wrote
  std::string_view type;    ///< when the fields begin with "type", else empty
  Digest prev{}, hash{};
  std::string_view hashed;  ///< the bytes that `hash` covers, besides prev

  [[nodiscard]] bool is_seal() const { return type == "seal"; }
  /// What `hash` must be.
  [[nodiscard]] Digest computed_hash() const;
};

/// Strict about the chain's own members (order, spelling, lower-case hex, no leading zeros), blind to what the fields
/// say. Cost: a few dozen bytes at each end, whatever the length of the line. Errors: kLogCorrupt, with a static text.
Result<ParsedLine> parse_line(std::string_view line);

/// What a writer learns from the last line of its output: where to go on, and what is there already.
struct ChainTail {
  Stage stage = Stage::kIntake;
  std::uint32_t partition = 0, of = 0;
  std::uint64_t round = 0;
  bool sealed = false;
  Chain chain;  ///< after that line

  enum class Place : std::uint8_t { kWritten, kNew, kDiverged };
  /// A line was made again after a restart, and the writer's chain stands at `after`. kWritten: it is in the file,
  /// suppress it; kNew: append it; kDiverged: the file's last line was made from the same records with other bytes
  /// (kDivergence).
  [[nodiscard]] Place place_of(const Chain& after) const;
};
/// Errors: kLogCorrupt when the line is torn or does not fit its own hash (cut it off and ask again with the one
/// before).
Result<ChainTail> resume_from_last_line(std::string_view line);

}  // namespace brushwatch
