#include "connectors/codec/json_walk.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "connectors/codec/json_shape.h"
#include "connectors/codec/json_token.h"
#include "connectors/codec/personal_data.h"
#include "engine/base/hash.h"
#include "engine/event/event.h"

namespace brushwatch {
namespace {

/// Members of one object. A generous multiple of the contract's; keeps the search for duplicates short.
constexpr std::size_t kMembersMax = 256;

std::string_view trimmed(std::string_view token) {
  // One comparison for nearly all tokens: little stands below the blank.
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ' &&
         (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' || token.back() == '\t')) {
    token.remove_suffix(1);
  }
  return token;
}

}  // namespace

/// A record of a known shape is read by that (json_shape.h). For the others simdjson's first stage finds in one vectorised pass where
/// every token begins, and proves UTF-8, closed strings and no raw control characters in them. The second stage is ours: it needs the
/// *texts* of numbers (money is exact) and keeps only members that the contract knows, so neither simdjson's tape nor its on-demand
/// cursor fits; this walk takes a third of the latter's instructions.
struct JsonWalker::Impl {
  JsonWalkOptions options;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  std::size_t capacity = 0;
  const char* base = nullptr;            ///< the record
  const std::uint32_t* last = nullptr;   ///< behind the last token; the parser puts the record's length there
  bool escapes = false;                  ///< a backslash stands somewhere in the record
  std::unique_ptr<char[]> unescaped;     ///< texts of the strings that held escapes
  std::size_t unescaped_bytes = 0, unescaped_used = 0;
  std::vector<std::uint64_t> unknown;    ///< hashes of the unknown names of the objects that are open
  std::size_t personal = 0;
  JsonRecord* out = nullptr;
  RecordShapes shapes;
  std::uint64_t by_shape = 0;

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
      case simdjson::CAPACITY: return fault(ErrorCode::kTooLarge, "the record is too large");
      case simdjson::UNCLOSED_STRING: return fault(ErrorCode::kNotJson, "a string is not closed");
      case simdjson::UNESCAPED_CHARS: return fault(ErrorCode::kNotJson, "a control character stands in a string");
      default: return not_json();
    }
  }
  bool not_json() { return fault(ErrorCode::kNotJson, "not JSON"); }
  /// Puts one step in front of the pointer while the recursion unwinds.
  bool below(std::string_view step) {
    pointer.insert(0, step);
    pointer.insert(0, "/");
    return false;
  }

  /// What an object is to us.
  enum class Level { kTop, kData, kItem, kOther };

  /// Where the walk stands: the next token of the index. Functions take it and return where they ended, nullptr after a fault:
  /// so it stays in a register.
  using At = const std::uint32_t*;
  At no(ErrorCode c, std::string_view t) { return fault(c, t), nullptr; }
  At no_json() { return not_json(), nullptr; }

  /// First byte of a token; NUL, which begins none, when there is no more.
  [[nodiscard]] char peek(At at) const { return at < last ? base[*at] : '\0'; }

  /// The text of the string token at `at`.
  bool string_at(At at, std::string_view& result) {
    // Stage 1 has proved that the string ends, and that it is one token: only white space stands between it and the next.
    const char* const begin = base + at[0];
    const char* end = base + at[1];
    while (end[-1] != '"') --end;
    result = {begin + 1, static_cast<std::size_t>(end - begin) - 2};
    if (!escapes || result.find('\\') == std::string_view::npos) return true;
    return unescape({begin, static_cast<std::size_t>(end - begin)}, result);
  }
  bool unescape(std::string_view raw, std::string_view& result) {
    // The parser reads and writes whole vectors: both places have room behind them. A text never grows by unescaping.
    char* const from = unescaped.get() + unescaped_used;
    std::memcpy(from, raw.data(), raw.size());
    auto* const begin = reinterpret_cast<std::uint8_t*>(from) + raw.size() + simdjson::SIMDJSON_PADDING;
    const std::uint8_t* const end = parser->parse_string(reinterpret_cast<const std::uint8_t*>(from) + 1, begin);
    if (end == nullptr) return fault(ErrorCode::kNotJson, "a bad escape in a string");
    const auto size = static_cast<std::size_t>(end - begin);
    std::memmove(from, begin, size);
    result = {from, size};
    unescaped_used += size;
    // Older parsers let half a surrogate pair through; its bytes would not be UTF-8.
    return simdjson::validate_utf8(result) || fault(ErrorCode::kBadUtf8, "half a surrogate pair in a string");
  }

  /// A scalar: its lexeme and text.
  bool scalar(At at, Lexeme& kind, std::string_view& result) {
    const char first = peek(at);
    if (first == '"') {
      kind = Lexeme::kString;
      return string_at(at, result);
    }
    if (at >= last) return not_json();
    result = trimmed({base + at[0], at[1] - at[0]});
    if (digit(first) || first == '-') {
      kind = Lexeme::kNumber;
      return valid_number(result) || fault(ErrorCode::kBadNumber, "not a number that a double can hold");
    }
    if (result == "true") kind = Lexeme::kTrue;
    else if (result == "false") kind = Lexeme::kFalse;
    else if (result == "null") kind = Lexeme::kNull;
    else return not_json();
    return true;
  }

  At any_value(At at, int depth) {
    switch (peek(at)) {
      case '{': return walk_object(at, Level::kOther, nullptr, nullptr, depth);
      case '[': return walk_array(at, nullptr, depth);
      default: break;
    }
    Lexeme kind{};
    std::string_view ignored;
    return scalar(at, kind, ignored) ? at + 1 : nullptr;
  }

  /// `at` is the opening bracket. `owner` gets the members of the list's objects as its items; nullptr only checks them.
  At walk_array(At at, JsonObject* owner, int depth) {
    if (depth > options.max_depth) return no(ErrorCode::kTooDeep, "nested too deeply");
    if (peek(++at) == ']') return at + 1;
    for (std::size_t index = 0;; ++index) {
      at = owner == nullptr ? any_value(at, depth + 1) : item(at, *owner, index, depth + 1);
      if (at == nullptr) return below(std::to_string(index)), nullptr;
      const char c = peek(at);
      if (c != ',' && c != ']') return no_json();
      ++at;
      if (c == ']') return at;
    }
  }
  At item(At at, JsonObject& owner, std::size_t index, int depth) {
    if (index == kOrderItemsMax) return no(ErrorCode::kTooLarge, "more than 64 items");
    if (peek(at) != '{') {
      // Whatever it is, it has to be JSON before it can be of the wrong type.
      return any_value(at, depth) != nullptr ? no(ErrorCode::kBadType, "an item is an object") : nullptr;
    }
    return walk_object(at, Level::kItem, &owner.add_item(), nullptr, depth);
  }

  /// `at` is the opening brace. `members` gets what the contract knows; `owner` is the object whose `items` and `data` matter (top
  /// and data only).
  At walk_object(At at, Level level, Members* members, JsonObject* owner, int depth) {
    if (depth > options.max_depth) return no(ErrorCode::kTooDeep, "nested too deeply");
    if (peek(++at) == '}') return at + 1;
    const std::size_t first_unknown = unknown.size();
    for (std::size_t count = 1;; ++count) {
      // A member is at least a name, a colon, a value and what follows it.
      if (last - at < 4 || base[at[0]] != '"' || base[at[1]] != ':') return no_json();
      if (count > kMembersMax) return no(ErrorCode::kTooLarge, "more than 256 members in one object");
      std::string_view key;
      if (!string_at(at, key)) return nullptr;
      const Field known = field_from_name(key);
      at = one_member(at + 2, known, key, level, members, owner, depth, first_unknown);
      if (at == nullptr) {
        return below(known == Field::kUnknown && code != ErrorCode::kRawPersonalData ? std::string_view("?") : key), nullptr;
      }
      const char c = peek(at);
      if (c != ',' && c != '}') return no_json();
      ++at;
      if (c == '}') break;
    }
    unknown.resize(first_unknown);
    return at;
  }

  At one_member(At at, Field known, std::string_view key, Level level, Members* members, JsonObject* owner, int depth,
                std::size_t first_unknown) {
    const bool wanted = known != Field::kUnknown && members != nullptr;
    if (!wanted && !unwanted(known, key, level, first_unknown)) return nullptr;
    const char first = base[*at];
    if (first != '{' && first != '[') {
      Lexeme kind{};
      std::string_view scalar_text;
      if (!scalar(at, kind, scalar_text)) return nullptr;
      if (wanted && !members->add(known, kind, scalar_text)) return no(ErrorCode::kDuplicateKey, "a member stands twice");
      return at + 1;
    }
    if (wanted && !members->add(known, first == '{' ? Lexeme::kObject : Lexeme::kArray)) {
      return no(ErrorCode::kDuplicateKey, "a member stands twice");
    }
    if (first == '[') return walk_array(at, known == Field::kItems ? owner : nullptr, depth + 1);
    if (known == Field::kData && level == Level::kTop) {
      return walk_object(at, Level::kData, &out->data.members, &out->data, depth + 1);
    }
    return walk_object(at, Level::kOther, nullptr, nullptr, depth + 1);
  }
  /// A member that is only checked: no name for personal data, and not twice.
  bool unwanted(Field known, std::string_view key, Level level, std::size_t first_unknown) {
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
    return true;
  }

  bool document(std::string_view bytes) {
    if (bytes.size() > options.max_bytes) return fault(ErrorCode::kTooLarge, "the record is too large");
    if (bytes.starts_with("\xEF\xBB\xBF")) return fault(ErrorCode::kNotJson, "a byte order mark; RFC 8259 forbids it");
    const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return fault(ErrorCode::kEmptyRecord, "the record is empty");

    if (capacity < bytes.size()) {
      capacity = std::bit_ceil(bytes.size());
      const auto depth = static_cast<std::size_t>(options.max_depth);  // of its second stage, which is not used
      if (const auto e = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, depth, parser)) return fault(e);
    }
    // Stage 1 reads its last block through a copy of its own: the record needs no padding.
    if (const auto e = parser->stage1(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), simdjson::stage1_mode::regular)) {
      return fault(e);
    }
    base = bytes.data();
    const At first = parser->structural_indexes.get();
    last = first + parser->n_structural_indexes;
    escapes = std::memchr(base, '\\', bytes.size()) != nullptr;
    unescaped_used = 0;
    // The texts of all strings, and behind them one raw string and one result with the padding of each.
    if (const std::size_t need = 3 * bytes.size() + 2 * simdjson::SIMDJSON_PADDING; escapes && unescaped_bytes < need) {
      unescaped_bytes = std::bit_ceil(need);
      unescaped = std::make_unique<char[]>(unescaped_bytes);
    }
    if (bytes[begin] != '{') {
      const bool value = std::string_view("[\"-0123456789tfn").find(bytes[begin]) != std::string_view::npos;
      return value ? fault(ErrorCode::kBadType, "the record is not an object") : not_json();
    }
    const At end = walk_object(first, Level::kTop, &out->top.members, &out->top, 1);
    if (end == nullptr) return false;
    if (end != last) return fault(ErrorCode::kNotJson, "bytes follow the object");
    if (personal == 0) shapes.learn(bytes, {first, last + 1});
    return true;
  }
};

JsonWalker::JsonWalker(JsonWalkOptions options) : impl_(std::make_unique<Impl>()) { impl_->options = options; }
JsonWalker::~JsonWalker() = default;

Result<void> JsonWalker::walk(std::string_view bytes, JsonRecord& out) {
  out.clear();
  impl_->personal = 0;
  if (bytes.size() <= impl_->options.max_bytes && impl_->shapes.read(bytes, out)) {
    ++impl_->by_shape;
    return {};
  }
  out.clear();
  impl_->out = &out;
  impl_->unknown.clear();
  if (impl_->document(bytes)) return {};
  Error error(impl_->code, impl_->text);
  return tl::unexpected<Error>(impl_->pointer.empty() ? std::move(error) : std::move(error).in(impl_->pointer));
}

std::size_t JsonWalker::personal_members() const { return impl_->personal; }
std::uint64_t JsonWalker::records_by_shape() const { return impl_->by_shape; }

}  // namespace brushwatch
