#include "connectors/codec/json_walk.h"

#include <simdjson.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "connectors/codec/personal_data.h"
#include "engine/base/hash.h"
#include "engine/event/event.h"

namespace brushwatch {
namespace {

namespace od = simdjson::ondemand;

/// Members of one object. A generous multiple of the contract's; keeps the search for duplicates short.
constexpr std::size_t kMembersMax = 256;
/// Digits of a number. 2^64 has 20, a double 17; the rest is an attack or a mistake.
constexpr std::size_t kNumberBytesMax = 64;

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' || token.back() == '\t')) {
    token.remove_suffix(1);
  }
  return token;
}

constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

/// The first quote or backslash from `p` on; nullptr when there is none before `end`. Reads whole words of 16 bytes: `p` points
/// into a buffer whose padding is longer than that.
const char* quote_or_escape(const char* p, const char* end) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"'), escape = _mm_set1_epi8('\\');
  for (; p + 16 <= end; p += 16) {
    const __m128i word = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const auto hits = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(word, quote), _mm_cmpeq_epi8(word, escape))));
    if (hits != 0) return p + std::countr_zero(hits);
  }
#endif
  for (; p < end; ++p) {
    if (*p == '"' || *p == '\\') return p;
  }
  return nullptr;
}

/// RFC 8259 §6, and within double's range: what no other reader could represent is refused here as well.
bool valid_number(std::string_view t) {
  if (t.size() > kNumberBytesMax) return false;
  // Nearly all numbers are plain ones: times, amounts, counts.
  if (t.size() == 1 || t[0] != '0') {
    std::size_t digits = 0;
    while (digits < t.size() && digit(t[digits])) ++digits;
    if (digits == t.size()) return digits > 0;
  }
  std::size_t i = 0;
  if (i < t.size() && t[i] == '-') ++i;
  if (i == t.size() || !digit(t[i])) return false;
  if (t[i] == '0') ++i;
  else while (i < t.size() && digit(t[i])) ++i;
  bool exponent = false;
  if (i < t.size() && t[i] == '.') {
    const std::size_t first = ++i;
    while (i < t.size() && digit(t[i])) ++i;
    if (i == first) return false;
  }
  if (i < t.size() && (t[i] == 'e' || t[i] == 'E')) {
    exponent = true;
    if (++i < t.size() && (t[i] == '+' || t[i] == '-')) ++i;
    const std::size_t first = i;
    while (i < t.size() && digit(t[i])) ++i;
    if (i == first) return false;
  }
  if (i != t.size()) return false;
  if (!exponent) return true;  // 64 digits are within 1e308
  double value = 0;
  return std::from_chars(t.data(), t.data() + t.size(), value).ec == std::errc{};
}

}  // namespace

struct JsonWalker::Impl {
  JsonWalkOptions options;
  od::parser parser;
  std::unique_ptr<char[]> buffer;
  std::size_t buffer_bytes = 0;
  std::vector<std::uint64_t> unknown;  ///< hashes of the unknown names of the objects that are open
  std::size_t personal = 0;
  JsonRecord* out = nullptr;

  ErrorCode code = ErrorCode::kNone;
  std::string_view text;
  std::string pointer;

  bool fault(ErrorCode c, std::string_view t) {
    code = c;
    text = t;
    pointer.clear();
    return false;
  }
  bool fault(simdjson::error_code e) {
    switch (e) {
      case simdjson::UTF8_ERROR: return fault(ErrorCode::kBadUtf8, "not valid UTF-8");
      case simdjson::EMPTY: return fault(ErrorCode::kEmptyRecord, "the record is empty");
      case simdjson::DEPTH_ERROR: return fault(ErrorCode::kTooDeep, "nested too deeply");
      case simdjson::CAPACITY: return fault(ErrorCode::kTooLarge, "the record is too large");
      case simdjson::UNCLOSED_STRING: return fault(ErrorCode::kNotJson, "a string is not closed");
      case simdjson::UNESCAPED_CHARS: return fault(ErrorCode::kNotJson, "a control character stands in a string");
      case simdjson::STRING_ERROR: return fault(ErrorCode::kNotJson, "a bad escape in a string");
      default: return fault(ErrorCode::kNotJson, "not JSON");
    }
  }
  /// Puts one step in front of the pointer while the recursion unwinds.
  bool below(std::string_view step) {
    pointer.insert(0, step);
    pointer.insert(0, "/");
    return false;
  }

  /// What an object is to us.
  enum class Level { kTop, kData, kItem, kOther };

  bool key_of(od::field& field, std::string_view& key) {
    const char* raw = field.key().raw();
    // Stage 1 has proved that the string ends; a name without escapes needs no copy.
    const char* const stop = quote_or_escape(raw, buffer.get() + buffer_bytes);
    if (stop == nullptr) return fault(ErrorCode::kNotJson, "a string is not closed");
    key = {raw, static_cast<std::size_t>(stop - raw)};
    if (*stop == '"') return true;
    if (const auto e = field.unescaped_key().get(key)) return fault(e);
    if (!simdjson::validate_utf8(key)) return fault(ErrorCode::kBadUtf8, "half a surrogate pair in a name");
    return true;
  }

  bool string_of(od::value& value, std::string_view& result) {
    const std::string_view token = trimmed(value.raw_json_token());
    if (token.size() >= 2 && token.back() == '"' && quote_or_escape(token.data() + 1, buffer.get() + buffer_bytes) == &token.back()) {
      result = token.substr(1, token.size() - 2);
      return true;
    }
    if (const auto e = value.get_string().get(result)) return fault(e);
    // Older parsers let half a surrogate pair through; its bytes would not be UTF-8.
    if (!simdjson::validate_utf8(result)) return fault(ErrorCode::kBadUtf8, "half a surrogate pair in a string");
    return true;
  }

  /// A scalar: its lexeme and text.
  bool scalar(od::value& value, Lexeme& kind, std::string_view& result) {
    const std::string_view token = value.raw_json_token();
    switch (token.empty() ? '\0' : token[0]) {
      case '"':
        kind = Lexeme::kString;
        return string_of(value, result);
      case 't': case 'f': case 'n':
        result = trimmed(token);
        if (result == "true") kind = Lexeme::kTrue;
        else if (result == "false") kind = Lexeme::kFalse;
        else if (result == "null") kind = Lexeme::kNull;
        else return fault(ErrorCode::kNotJson, "not a JSON value");
        return true;
      case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        kind = Lexeme::kNumber;
        result = trimmed(token);
        return valid_number(result) || fault(ErrorCode::kBadNumber, "not a number that a double can hold");
      default: return fault(ErrorCode::kNotJson, "not a JSON value");
    }
  }

  bool any_value(od::value value, int depth) {
    od::json_type type{};
    if (const auto e = value.type().get(type)) return fault(e);
    if (type == od::json_type::object) {
      od::object object;
      if (const auto e = value.get_object().get(object)) return fault(e);
      return walk_object(object, Level::kOther, nullptr, nullptr, depth);
    }
    if (type == od::json_type::array) {
      od::array array;
      if (const auto e = value.get_array().get(array)) return fault(e);
      return walk_array(array, nullptr, depth);
    }
    Lexeme kind{};
    std::string_view ignored;
    return scalar(value, kind, ignored);
  }

  /// `owner` gets the members of the list's objects as its items; nullptr only checks them.
  bool walk_array(od::array& array, JsonObject* owner, int depth) {
    if (depth > options.max_depth) return fault(ErrorCode::kTooDeep, "nested too deeply");
    std::size_t index = 0;
    for (auto element : array) {
      od::value value;
      if (const auto e = std::move(element).get(value)) return fault(e);
      bool ok = true;
      if (owner == nullptr) {
        ok = any_value(value, depth + 1);
      } else if (index == kOrderItemsMax) {
        ok = fault(ErrorCode::kTooLarge, "more than 64 items");
      } else {
        od::json_type type{};
        if (const auto e = value.type().get(type)) return fault(e);
        if (type != od::json_type::object) {
          ok = fault(ErrorCode::kBadType, "an item is an object");
        } else {
          od::object object;
          if (const auto e = value.get_object().get(object)) return fault(e);
          if (owner->item_pool.size() == index) owner->item_pool.emplace_back();
          Members& item = owner->item_pool[index];
          item.clear();
          owner->item_count = index + 1;
          ok = walk_object(object, Level::kItem, &item, nullptr, depth + 1);
        }
      }
      if (!ok) return below(std::to_string(index));
      ++index;
    }
    return true;
  }

  /// `members` gets what the contract knows; `owner` is the object whose `items` and `data` matter (top and data only).
  bool walk_object(od::object& object, Level level, Members* members, JsonObject* owner, int depth) {
    if (depth > options.max_depth) return fault(ErrorCode::kTooDeep, "nested too deeply");
    const std::size_t first_unknown = unknown.size();
    std::size_t count = 0;
    for (auto result : object) {
      od::field field;
      if (const auto e = std::move(result).get(field)) return fault(e);
      std::string_view key;
      if (!key_of(field, key)) return false;
      if (++count > kMembersMax) return fault(ErrorCode::kTooLarge, "more than 256 members in one object");
      const Field known = field_from_name(key);
      if (!one_member(field, known, key, level, members, owner, depth, first_unknown)) {
        return below(known == Field::kUnknown && code != ErrorCode::kRawPersonalData ? std::string_view("?") : key);
      }
    }
    unknown.resize(first_unknown);
    return true;
  }

  bool one_member(od::field& field, Field known, std::string_view key, Level level, Members* members, JsonObject* owner,
                  int depth, std::size_t first_unknown) {
    if (known == Field::kUnknown || members == nullptr) {
      // An item may have a `name`: goods have names. A nested object we do not know may not: it is likely a person.
      if (forbidden_member(key) || (known == Field::kName && level == Level::kOther)) {
        ++personal;
        if (options.refuse_personal_members) return fault(ErrorCode::kRawPersonalData, "a member for raw personal data");
      }
      const std::uint64_t hash = hash64(key);
      if (std::find(unknown.begin() + static_cast<std::ptrdiff_t>(first_unknown), unknown.end(), hash) != unknown.end()) {
        return fault(ErrorCode::kDuplicateKey, "a member stands twice");
      }
      unknown.push_back(hash);
    }
    od::value value = field.value();
    od::json_type type{};
    if (const auto e = value.type().get(type)) return fault(e);
    if (type != od::json_type::object && type != od::json_type::array) {
      Lexeme kind{};
      std::string_view scalar_text;
      if (!scalar(value, kind, scalar_text)) return false;
      if (known == Field::kUnknown || members == nullptr) return true;
      return members->add(known, kind, scalar_text) || fault(ErrorCode::kDuplicateKey, "a member stands twice");
    }
    if (members != nullptr && known != Field::kUnknown) {
      const Lexeme kind = type == od::json_type::object ? Lexeme::kObject : Lexeme::kArray;
      if (!members->add(known, kind)) return fault(ErrorCode::kDuplicateKey, "a member stands twice");
    }
    if (type == od::json_type::array) {
      od::array array;
      if (const auto e = value.get_array().get(array)) return fault(e);
      return walk_array(array, known == Field::kItems ? owner : nullptr, depth + 1);
    }
    od::object object;
    if (const auto e = value.get_object().get(object)) return fault(e);
    if (known == Field::kData && level == Level::kTop) {
      return walk_object(object, Level::kData, &out->data.members, &out->data, depth + 1);
    }
    return walk_object(object, Level::kOther, nullptr, nullptr, depth + 1);
  }

  bool document(std::string_view bytes) {
    if (bytes.size() > options.max_bytes) return fault(ErrorCode::kTooLarge, "the record is too large");
    if (bytes.starts_with("\xEF\xBB\xBF")) return fault(ErrorCode::kNotJson, "a byte order mark; RFC 8259 forbids it");
    const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return fault(ErrorCode::kEmptyRecord, "the record is empty");

    if (buffer_bytes < bytes.size() + simdjson::SIMDJSON_PADDING) {
      buffer_bytes = std::bit_ceil(bytes.size() + simdjson::SIMDJSON_PADDING);
      buffer = std::make_unique<char[]>(buffer_bytes);
      if (const auto e = parser.allocate(buffer_bytes, static_cast<std::size_t>(options.max_depth) + 2)) return fault(e);
    }
    std::memcpy(buffer.get(), bytes.data(), bytes.size());
    std::memset(buffer.get() + bytes.size(), 0, simdjson::SIMDJSON_PADDING);

    od::document doc;
    if (const auto e = parser.iterate(buffer.get(), bytes.size(), buffer_bytes).get(doc)) return fault(e);
    if (bytes[begin] != '{') {
      const bool value = std::string_view("[\"-0123456789tfn").find(bytes[begin]) != std::string_view::npos;
      return value ? fault(ErrorCode::kBadType, "the record is not an object") : fault(ErrorCode::kNotJson, "not JSON");
    }
    od::object object;
    if (const auto e = doc.get_object().get(object)) return fault(e);
    if (!walk_object(object, Level::kTop, &out->top.members, &out->top, 1)) return false;
    // Past the last token there is no location any more.
    return doc.current_location().error() == simdjson::OUT_OF_BOUNDS || fault(ErrorCode::kNotJson, "bytes follow the object");
  }
};

JsonWalker::JsonWalker(JsonWalkOptions options) : impl_(std::make_unique<Impl>()) { impl_->options = options; }
JsonWalker::~JsonWalker() = default;

Result<void> JsonWalker::walk(std::string_view bytes, JsonRecord& out) {
  out.top.clear();
  out.data.clear();
  impl_->out = &out;
  impl_->unknown.clear();
  impl_->personal = 0;
  if (impl_->document(bytes)) return {};
  Error error(impl_->code, impl_->text);
  return tl::unexpected<Error>(impl_->pointer.empty() ? std::move(error) : std::move(error).in(impl_->pointer));
}

std::size_t JsonWalker::personal_members() const { return impl_->personal; }

}  // namespace brushwatch
