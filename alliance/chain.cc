#include "alliance/chain.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>

#include "engine/base/check.h"

namespace brushwatch {
namespace {

constexpr std::string_view kPrevKey = ",\"prev\":\"";
constexpr std::string_view kHashKey = ",\"hash\":\"";
constexpr std::size_t kHexDigits = 64;
// …,"prev":"<64>"  ,"hash":"<64>"}  : fixed lengths, so the tail is found from the end and no field can imitate it.
constexpr std::size_t kPrevBytes = kPrevKey.size() + kHexDigits + 1;
constexpr std::size_t kHashBytes = kHashKey.size() + kHexDigits + 2;

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Takes `token` from the front of `in`; false when something else stands there.
bool skip(std::string_view& in, std::string_view token) {
  if (!in.starts_with(token)) return false;
  in.remove_prefix(token.size());
  return true;
}

/// Takes a decimal number in its one spelling: no sign, no leading zero.
template <class T>
bool number(std::string_view& in, T& out) {
  const auto [end, error] = std::from_chars(in.data(), in.data() + in.size(), out);
  const auto n = static_cast<std::size_t>(end - in.data());
  if (error != std::errc() || n == 0 || (in[0] == '0' && n > 1)) return false;
  in.remove_prefix(n);
  return true;
}

bool stage_from_name(std::string_view name, Stage& out) {
  for (std::size_t i = 0; i < kStages; ++i) {
    if (stage_name(static_cast<Stage>(i)) != name) continue;
    out = static_cast<Stage>(i);
    return true;
  }
  return false;
}

tl::unexpected<Error> malformed(std::string_view what) { return fail(ErrorCode::kLogCorrupt, what); }

}  // namespace

Digest chain_genesis(Output output, Stage stage, std::uint32_t partition) {
  return sha256(fmt::format("brushwatch/{}/{}/{}", output_name(output), stage_name(stage), partition));
}

std::string Chain::seal_line(Output output, Stage stage, std::uint32_t partition, std::uint32_t of, std::uint64_t round,
                             std::string_view fields) {
  BW_CHECK(!fields.empty() && partition < of, "a line says something and its task exists");
  const Digest prev = seq == 0 ? chain_genesis(output, stage, partition) : head;
  std::string line;
  line.reserve(fields.size() + 96 + kPrevBytes + kHashBytes);
  fmt::format_to(std::back_inserter(line), "{{\"seq\":{},\"task\":\"{}/{}\",\"of\":{},\"round\":{},", seq,
                 stage_name(stage), partition, of, round);
  line += fields;
  line += kPrevKey;
  line += to_hex(prev);
  line += '"';
  head = sha256(bytes_of(prev), line);
  line += kHashKey;
  line += to_hex(head);
  line += "\"}";
  ++seq;
  return line;
}

std::string Chain::close(Output output, Stage stage, std::uint32_t partition, std::uint32_t of, std::uint64_t round) {
  return seal_line(output, stage, partition, of, round, fmt::format("\"type\":\"seal\",\"count\":{}", seq));
}

Digest ParsedLine::computed_hash() const { return sha256(bytes_of(prev), hashed); }

Result<ParsedLine> parse_line(std::string_view line) {
  ParsedLine out;
  std::string_view in = line;
  if (!skip(in, "{\"seq\":") || !number(in, out.seq)) return malformed("a line must begin with its seq");
  if (!skip(in, ",\"task\":\"")) return malformed("task must follow seq");
  const std::size_t slash = in.substr(0, 32).find('/');
  if (slash == std::string_view::npos || !stage_from_name(in.substr(0, slash), out.stage))
    return malformed("unknown stage");
  in.remove_prefix(slash + 1);
  if (!number(in, out.partition) || !skip(in, "\",\"of\":") || !number(in, out.of)) return malformed("bad task or of");
  if (out.partition >= out.of) return malformed("a partition beyond the number of partitions");
  if (!skip(in, ",\"round\":") || !number(in, out.round) || !skip(in, ",")) return malformed("bad round");

  if (in.size() < kPrevBytes + kHashBytes + 1) return malformed("a line ends before its hash");
  std::string_view tail = in.substr(in.size() - kPrevBytes - kHashBytes);
  out.fields = in.substr(0, in.size() - tail.size());
  const bool prev_ok = skip(tail, kPrevKey) && from_hex(tail.substr(0, kHexDigits), out.prev);
  if (!prev_ok) return malformed("a line must end with prev and hash");
  tail.remove_prefix(kHexDigits);
  const bool hash_ok = skip(tail, "\"") && skip(tail, kHashKey) && from_hex(tail.substr(0, kHexDigits), out.hash);
  if (!hash_ok) return malformed("a line must end with prev and hash");
  tail.remove_prefix(kHexDigits);
  if (tail != "\"}") return malformed("a line must end after its hash");
  out.hashed = line.substr(0, line.size() - kHashBytes);

  std::string_view fields = out.fields;
  if (skip(fields, "\"type\":\"")) {
    const std::size_t quote = fields.find('"');
    if (quote == std::string_view::npos) return malformed("type is not closed");
    out.type = fields.substr(0, quote);
    fields.remove_prefix(quote + 1);
  }
  if (out.is_seal()) {
    // A seal counts what was written before it, which is its own seq; and says nothing else.
    std::uint64_t count = 0;
    if (!skip(fields, ",\"count\":") || !number(fields, count) || !fields.empty() || count != out.seq) {
      return malformed("a seal must count the lines before it");
    }
  }
  return out;
}

ChainTail::Place ChainTail::place_of(const Chain& after) const {
  if (after.seq > chain.seq) return Place::kNew;
  if (after.seq < chain.seq) return Place::kWritten;
  return after.head == chain.head ? Place::kWritten : Place::kDiverged;
}

Result<ChainTail> resume_from_last_line(std::string_view line) {
  BW_ASSIGN(const ParsedLine parsed, parse_line(line));
  if (parsed.computed_hash() != parsed.hash) return malformed("the last line does not fit its own hash");
  return ChainTail{parsed.stage, parsed.partition, parsed.of,
                   parsed.round, parsed.is_seal(), {parsed.seq + 1, parsed.hash}};
}

}  // namespace brushwatch
