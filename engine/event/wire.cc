#include "engine/event/wire.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include "engine/event/body.h"
#include "engine/event/encode.h"
#include "engine/event/fields.h"

namespace brushwatch {
namespace {

// A writer and a reader are copied into the function that walks over one kind of body, and everything small is inlined there, so that their
// place in the bytes stays in a register; what is long gets that place and gives the new one back.

[[gnu::noinline]] char* put_long_varint(char* at, std::uint64_t v) {
  if (v >> 56 == 0) {
    // Times, positions and amounts are of three to six bytes: their groups of seven bits moved apart half by half, no loop whose end could
    // not be foretold.
    v = (v & 0x000000000FFFFFFF) | (v & 0x00FFFFFFF0000000) << 4;
    v = (v & 0x00003FFF00003FFF) | (v & 0x0FFFC0000FFFC000) << 2;
    v = (v & 0x007F007F007F007F) | (v & 0x3F803F803F803F80) << 1;
    const int last = (63 - std::countl_zero(v)) / 8;
    v |= 0x8080808080808080 & ((std::uint64_t{1} << 8 * last) - 1);
    std::memcpy(at, &v, sizeof v);
    return at + last + 1;
  }
  for (; v >= 0x80; v >>= 7) *at++ = static_cast<char>(v | 0x80);
  *at++ = static_cast<char>(v);
  return at;
}
/// Two overlapping words instead of a call: names are short, and there are many.
[[gnu::noinline]] char* put_name(char* at, const char* p, std::size_t n) {
  *at++ = static_cast<char>(n);
  if (n >= 16) {
    for (std::size_t i = 0; i + 16 < n; i += 16) std::memcpy(at + i, p + i, 16);
    std::memcpy(at + n - 16, p + n - 16, 16);
  } else if (n >= 8) {
    std::memcpy(at, p, 8);
    std::memcpy(at + n - 8, p + n - 8, 8);
  } else {
    for (std::size_t i = 0; i < n; ++i) at[i] = p[i];
  }
  return at + n;
}
/// What the header and the fields of any body take without its lists and byte strings: at most 15 names of 65 bytes (a command), 16 hashes
/// of 8, 32 varints of 10 (no body has the most of all), with a margin (wire_test.cc asks the widest body of each kind).
constexpr std::size_t kBodyBytes = 1536;
constexpr std::size_t kElementBytes = 64;  ///< an element of a list: at most 8 + 4 × 10 bytes
constexpr std::size_t kCountBytes = 10;    ///< of a list or a byte string: a varint
/// Adds up what a body's lists and byte strings take; nothing at all for a body that has none.
struct ListBytes {
  std::size_t bytes = 0;
  template <class T> void operator()(const char*, const T&) {}
  void operator()(const char*, std::string_view text) { bytes += kCountBytes + text.size(); }
  template <class T> void operator()(const char*, const std::vector<T>& list) { bytes += kCountBytes + kElementBytes * list.size(); }
};
constexpr std::uint64_t zigzag(std::int64_t v) { return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63); }
/// Differences of times wrap: whatever two times a record holds, both come back, and no sum overflows.
constexpr std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
constexpr std::int64_t wrapping_subtract(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
constexpr std::int64_t unzigzag(std::uint64_t v) { return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1); }

/// Writes to memory that has room for all that comes (encoded_bytes_max).
struct Writer {
  char* at;

  void varint(std::uint64_t v) {
    if (v < 0x80) *at++ = static_cast<char>(v);
    else at = put_long_varint(at, v);
  }
  void operator()(const char*, const NamedId& id) {
    if (id.text.empty()) *at++ = 0;
    else at = put_name(at, id.text.data(), id.text.size() < kNamedIdMax ? id.text.size() : kNamedIdMax);
  }
  void operator()(const char*, std::uint64_t hash) {
    std::memcpy(at, &hash, sizeof hash);
    at += sizeof hash;
  }
  void operator()(const char*, EventTime t) { varint(zigzag(t.ms)); }
  void operator()(const char*, EvidenceRef r) { varint(r.packed); }
  void operator()(const char*, std::int64_t v) { varint(zigzag(v)); }
  void operator()(const char*, std::int32_t v) { varint(zigzag(v)); }
  void operator()(const char*, bool v) { *at++ = v ? 1 : 0; }
  template <class T> requires(std::is_enum_v<T> || (std::is_unsigned_v<T> && !std::is_same_v<T, std::uint64_t> && !std::is_same_v<T, bool>))
  void operator()(const char*, T v) { varint(static_cast<std::uint64_t>(v)); }
  /// The raw bytes of a dead letter, a note.
  void operator()(const char*, std::string_view bytes) {
    varint(bytes.size());
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  }
  template <class T, std::size_t N> void operator()(const char* name, const std::array<T, N>& a) {
    for (const T& v : a) (*this)(name, v);
  }
  template <class T> void operator()(const char* name, const std::vector<T>& list) {
    static_assert(std::is_same_v<T, EvidenceRef> || sizeof(T) <= 48, "kElementBytes holds an element");
    varint(list.size());
    for (const T& v : list) {
      if constexpr (std::is_same_v<T, EvidenceRef>) (*this)(name, v);
      else fields(*this, v);
    }
  }
};

struct LongVarint {
  std::uint64_t value;
  const char* after;  ///< nullptr when the bytes end early or it is of more than 64 bits
};
[[gnu::noinline]] LongVarint take_long_varint(const char* at, const char* end) {
  std::uint64_t v = 0;
  // Times, positions and amounts are of four to six bytes: taken at once, their seven bits moved together pair by pair.
  if (end - at >= 8) {
    std::memcpy(&v, at, 8);
    if (const std::uint64_t last = ~v & 0x8080808080808080; last != 0) {
      at += std::countr_zero(last) / 8 + 1;
      v &= (last ^ (last - 1)) & 0x7F7F7F7F7F7F7F7F;
      v = (v & 0x007F007F007F007F) | (v & 0x7F007F007F007F00) >> 1;
      v = (v & 0x00003FFF00003FFF) | (v & 0x3FFF00003FFF0000) >> 2;
      return {(v & 0x000000000FFFFFFF) | (v & 0x0FFFFFFF00000000) >> 4, at};
    }
    v = 0;
  }
  for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    v |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return {v, at};
  }
  return {0, nullptr};
}

struct Reader {
  const char* at;
  const char* end;
  bool ok = true;

  std::uint64_t varint() {
    // Most fields of most events are small or absent.
    if (at < end && static_cast<signed char>(*at) >= 0) return static_cast<unsigned char>(*at++);
    const LongVarint read = take_long_varint(at, end);
    if (read.after == nullptr) {
      ok = false;
      at = end;
      return 0;
    }
    at = read.after;
    return read.value;
  }
  /// A varint beyond `last` is damage: cut to the field's size it would be another value.
  std::uint64_t up_to(std::uint64_t last) {
    const std::uint64_t v = varint();
    if (v <= last) return v;
    ok = false;
    return 0;
  }
  std::string_view take(std::uint64_t n) {
    if (n > static_cast<std::uint64_t>(end - at)) {
      ok = false;
      return {};
    }
    const std::string_view view(at, n);
    at += n;
    return view;
  }
  void operator()(const char*, NamedId& id) {
    const std::string_view n = take(1);
    if (!ok) return;
    const auto length = static_cast<unsigned char>(n[0]);
    if (length == 0) id = {};
    else if (length > kNamedIdMax) ok = false;
    else id = NamedId::of(take(length));
  }
  void operator()(const char*, std::uint64_t& hash) {
    if (end - at < static_cast<std::ptrdiff_t>(sizeof hash)) {
      ok = false;
      return;
    }
    std::memcpy(&hash, at, sizeof hash);
    at += sizeof hash;
  }
  void operator()(const char*, EventTime& t) { t.ms = unzigzag(varint()); }
  void operator()(const char*, EvidenceRef& r) { r.packed = varint(); }
  void operator()(const char*, std::int64_t& v) { v = unzigzag(varint()); }
  void operator()(const char*, std::int32_t& v) {
    const std::int64_t n = unzigzag(varint());
    if (n < INT32_MIN || n > INT32_MAX) ok = false;
    else v = static_cast<std::int32_t>(n);
  }
  void operator()(const char*, bool& v) {
    const std::string_view b = take(1);
    v = ok && b[0] != 0;
  }
  template <class T> requires(std::is_enum_v<T> || (std::is_unsigned_v<T> && !std::is_same_v<T, std::uint64_t> && !std::is_same_v<T, bool>))
  void operator()(const char*, T& v) {
    std::uint64_t last = 0;
    if constexpr (std::is_enum_v<T>) last = static_cast<std::uint64_t>(last_of(T{}));
    else last = std::numeric_limits<T>::max();
    v = static_cast<T>(up_to(last));
  }
  void operator()(const char*, std::string_view& bytes) { bytes = take(varint()); }
  template <class T, std::size_t N> void operator()(const char* name, std::array<T, N>& a) {
    for (T& v : a) (*this)(name, v);
  }
  template <class T> void operator()(const char* name, std::vector<T>& list) {
    const std::uint64_t n = varint();
    // Every element takes at least one byte: a count beyond the rest of the buffer is damage, not a reason to allocate.
    if (n > static_cast<std::uint64_t>(end - at)) {
      ok = false;
      return;
    }
    list.resize(n);
    for (T& v : list) {
      if constexpr (std::is_same_v<T, EvidenceRef>) (*this)(name, v);
      else fields(*this, v);
    }
  }
};

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

/// Prints every field that is not empty; hashes as 16 hex digits so that no tool rounds them.
struct Printer {
  Json& json;
  void key(const char* name) { json.Key(name); }
  void hex(std::uint64_t v) {
    char text[17];
    static constexpr char kDigits[] = "0123456789abcdef";
    for (int i = 15; i >= 0; --i, v >>= 4) text[i] = kDigits[v & 15];
    text[16] = 0;
    json.String(text, 16);
  }
  void operator()(const char* name, const NamedId& id) {
    if (!id) return;
    key(name);
    json.String(id.text.data(), static_cast<rapidjson::SizeType>(id.text.size()));
  }
  void operator()(const char* name, std::uint64_t v) {
    if (v == 0) return;
    key(name);
    // Counters read better as numbers; everything else of 64 bits is a hash.
    const std::string_view n(name);
    if (n == "round" || n == "next" || n == "length") json.Uint64(v);
    else hex(v);
  }
  void operator()(const char* name, EventTime t) {
    if (t.ms == 0) return;
    key(name);
    json.String(format_time(t).c_str());
  }
  void operator()(const char* name, EvidenceRef r) {
    key(name);
    evidence(r);
  }
  void evidence(EvidenceRef r) {
    json.StartArray();
    json.Uint(r.source());
    json.Uint64(r.offset());
    json.EndArray();
  }
  void operator()(const char* name, std::int64_t v) { if (v != 0) { key(name); json.Int64(v); } }
  void operator()(const char* name, std::int32_t v) { if (v != 0) { key(name); json.Int(v); } }
  void operator()(const char* name, bool v) { if (v) { key(name); json.Bool(v); } }
  template <class T> requires(std::is_enum_v<T> || (std::is_unsigned_v<T> && !std::is_same_v<T, std::uint64_t> && !std::is_same_v<T, bool>))
  void operator()(const char* name, T v) {
    if (static_cast<std::uint64_t>(v) == 0) return;
    key(name);
    json.Uint64(static_cast<std::uint64_t>(v));
  }
  void operator()(const char* name, std::string_view bytes) {
    if (std::string_view(name) == "note") {
      if (bytes.empty()) return;
      key(name);
      json.String(bytes.data(), static_cast<rapidjson::SizeType>(bytes.size()));
      return;
    }
    json.Key("bytes_length");
    json.Uint64(bytes.size());
  }
  template <class T, std::size_t N> void operator()(const char* name, const std::array<T, N>& a) {
    key(name);
    json.StartArray();
    for (const T& v : a) json.Int64(v);
    json.EndArray();
  }
  template <class T> void operator()(const char* name, const std::vector<T>& list) {
    if (list.empty()) return;
    key(name);
    json.StartArray();
    for (const T& v : list) {
      if constexpr (std::is_same_v<T, EvidenceRef>) evidence(v);
      else {
        json.StartObject();
        fields(*this, v);
        json.EndObject();
      }
    }
    json.EndArray();
  }
};

}  // namespace

std::size_t encoded_bytes_max(const Event& event) {
  ListBytes lists;
  std::visit([&](const auto& body) { fields(lists, body); }, event.body);
  return kBodyBytes + lists.bytes;
}

char* encode_at(const Event& event, char* out) {
  Writer header{out};
  *header.at++ = static_cast<char>(event.type);
  header.varint(zigzag(event.event_time.ms));
  header.varint(zigzag(wrapping_subtract(event.ingest_time.ms, event.event_time.ms)));
  header.varint(event.position.source());
  header.varint(event.position.offset());
  header.varint(event.platform);
  return std::visit([at = header.at](const auto& body) __attribute__((flatten)) {
    Writer writer{at};
    fields(writer, body);
    return writer.at;
  }, event.body);
}

void encode(const Event& event, std::string& out) {
  const std::size_t most = encoded_bytes_max(event);
  char small[2 * kBodyBytes];
  if (most <= sizeof small) {
    out.append(small, static_cast<std::size_t>(encode_at(event, small) - small));
    return;
  }
  const std::size_t before = out.size();
  out.resize(before + most);
  out.resize(static_cast<std::size_t>(encode_at(event, out.data() + before) - out.data()));
}

Result<void> decode(std::string_view& in, Event& event) {
  Reader reader{in.data(), in.data() + in.size()};
  const std::string_view type = reader.take(1);
  if (!reader.ok) return fail(ErrorCode::kBadFrame, "a record ends before its type");
  // Nothing has to be cleared: every field is read.
  set_body_type(event, static_cast<EventType>(static_cast<unsigned char>(type[0])));
  if (event.body.index() == 0) return fail(ErrorCode::kBadFrame, "unknown record type", type[0]);
  event.event_time.ms = unzigzag(reader.varint());
  event.ingest_time.ms = wrapping_add(event.event_time.ms, unzigzag(reader.varint()));
  const auto source = static_cast<std::uint16_t>(reader.up_to(UINT16_MAX));
  event.position = EvidenceRef::of(source, reader.up_to(EvidenceRef{UINT64_MAX}.offset()));
  event.platform = static_cast<std::uint16_t>(reader.up_to(UINT16_MAX));
  reader = std::visit([before = reader](auto& body) __attribute__((flatten)) {
    Reader here = before;
    fields(here, body);
    return here;
  }, event.body);
  if (!reader.ok) return fail(ErrorCode::kBadFrame, "a record ends before its fields", static_cast<std::int64_t>(event.type));
  in.remove_prefix(static_cast<std::size_t>(reader.at - in.data()));
  return {};
}

std::string to_json(const Event& event) {
  rapidjson::StringBuffer buffer;
  Json json(buffer);
  Printer printer{json};
  json.StartObject();
  json.Key("type");
  const std::string_view name = event_type_name(event.type);
  json.String(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  printer("event_time", event.event_time);
  printer("ingest_time", event.ingest_time);
  printer("position", event.position);
  printer("platform", event.platform);
  std::visit([&](const auto& body) { fields(printer, body); }, event.body);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace brushwatch
