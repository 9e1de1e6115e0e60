#include "doors/stream_key.h"

#include <fmt/format.h>

#include <charconv>

namespace brushwatch::doors {
namespace {

template <class T>
bool number(std::string_view& in, T& out) {
  const auto [end, error] = std::from_chars(in.data(), in.data() + in.size(), out);
  const auto n = static_cast<std::size_t>(end - in.data());
  if (error != std::errc() || n == 0 || (in[0] == '0' && n > 1)) return false;
  in.remove_prefix(n);
  return true;
}
bool dash(std::string_view& in) {
  if (in.empty() || in[0] != '-') return false;
  in.remove_prefix(1);
  return true;
}
template <class T>
void big_endian(std::string& out, T value) {
  for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> shift)));
}

}  // namespace

std::string to_text(const StreamKey& key) {
  return fmt::format("{}-{}-{}-{}-{}", key.round, static_cast<unsigned>(key.stage), key.partition,
                     static_cast<unsigned>(key.output), key.seq);
}

std::optional<StreamKey> key_from_text(std::string_view text) {
  StreamKey key;
  unsigned stage = 0, output = 0;
  if (!number(text, key.round) || !dash(text) || !number(text, stage) || !dash(text) || !number(text, key.partition) ||
      !dash(text) || !number(text, output) || !dash(text) || !number(text, key.seq) || !text.empty())
    return std::nullopt;
  if (stage >= kStages || output >= kOutputs) return std::nullopt;
  key.stage = static_cast<Stage>(stage);
  key.output = static_cast<Output>(output);
  return key;
}

std::string to_bytes(const StreamKey& key) {
  std::string out;
  big_endian(out, key.round);
  out.push_back(static_cast<char>(key.stage));
  big_endian(out, key.partition);
  out.push_back(static_cast<char>(key.output));
  big_endian(out, key.seq);
  return out;
}

}  // namespace brushwatch::doors
