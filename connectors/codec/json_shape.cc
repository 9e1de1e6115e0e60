#include "connectors/codec/json_shape.h"

#include <simdjson.h>

#include <cstring>

#include "connectors/codec/json_token.h"
#include "connectors/codec/json_walk.h"

namespace brushwatch {
namespace {

/// Reads the number, true, false or null at `at` as a member of this name; its end, nullptr when it is none of them.
[[gnu::always_inline]] inline const char* take_token(const char* at, const char* end, Field field, Members& members) {
  const auto add = [&](Lexeme kind, std::size_t size) {
    if (field != Field::kUnknown) members.add(field, kind, {at, size});
    return at + size;
  };
  const auto word = [&](std::string_view text, Lexeme kind) -> const char* {
    const bool there = static_cast<std::size_t>(end - at) >= text.size() && same_bytes(at, text.data(), text.size());
    return there ? add(kind, text.size()) : nullptr;
  };
  const char first = *at;
  if (first == 't') return word("true", Lexeme::kTrue);
  if (first == 'f') return word("false", Lexeme::kFalse);
  if (first == 'n') return word("null", Lexeme::kNull);
  if (!digit(first) && first != '-') return nullptr;
  const char* to = digits_end(at, end);
  const auto size = static_cast<std::size_t>(to - at);
  const auto goes_on = [](char c) { return digit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E'; };
  if (size != 0 && size <= 16 && to != end && !goes_on(*to) && (first != '0' || size == 1)) {
    if (field != Field::kUnknown) members.add_plain(field, {at, size}, plain_number(at, size, end));
    return to;
  }
  while (to != end && goes_on(*to)) ++to;
  const std::string_view text(at, static_cast<std::size_t>(to - at));
  return valid_number(text) ? add(Lexeme::kNumber, text.size()) : nullptr;
}

}  // namespace

bool RecordShapes::Step::operator==(const Step& other) const {
  // What the text does and where it leads follows from it and from the way to it.
  return leads == other.leads && size == other.size && same_bytes(text.data(), other.text.data(), size);
}

void RecordShapes::forget() {
  steps_.assign(1, Step{});
}

inline bool RecordShapes::matches(const Step& step, const char* at, const char* end) {
  const auto left = static_cast<std::size_t>(end - at);
  if (left < step.size || !same_bytes(at, step.text.data(), step.size)) return false;
  switch (step.leads) {
    case Step::Leads::kToText: return left > step.size;
    // Its text may be the beginning of another step's: of one to a text, a list, an object.
    case Step::Leads::kToToken: return left > step.size && at[step.size] != '"' && at[step.size] != '[' && at[step.size] != '{';
    default: return left == step.size;
  }
}

const RecordShapes::Step* RecordShapes::other_child(Step& step, const char* at, const char* end) {
  for (Index i = step.first; i != kNone; i = steps_[i].sibling) {
    if (i == step.child || !matches(steps_[i], at, end)) continue;
    step.child = i;
    return &steps_[i];
  }
  return nullptr;
}

void RecordShapes::go(const Step& step, Place& place) {
  JsonRecord& out = *place.out;
  for (std::size_t i = 0; i < step.moves; ++i) {
    JsonObject& owner = place.in_data ? out.data : out.top;
    switch (step.move[i]) {
      case Move::kOpenData:
        out.top.members.add(Field::kData, Lexeme::kObject);
        place.in_data = true;
        place.members = &out.data.members;
        break;
      case Move::kCloseData:
        place.in_data = false;
        place.members = &out.top.members;
        break;
      case Move::kOpenItems: owner.members.add(Field::kItems, Lexeme::kArray); break;
      case Move::kNewItem: place.members = &owner.add_item(); break;
      case Move::kCloseItems: place.members = &owner.members; break;
    }
  }
}

bool RecordShapes::read(std::string_view bytes, JsonRecord& out) {
  if (steps_.front().child == kNone) return false;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  Place place{&out, false, &out.top.members};
  bool ascii = true;
  // A step that leads to a value has a child: a way is learned to its end.
  for (Step* before = &steps_.front();;) {
    const Step* step = &steps_[before->child];
    if (!matches(*step, at, end)) {
      step = other_child(*before, at, end);
      if (step == nullptr) return false;
    }
    if (step->leads == Step::Leads::kToEnd) break;
    if (step->moves != 0) go(*step, place);
    at += step->size;
    if (step->leads == Step::Leads::kToText) {
      const char* const to = plain_text_end(at, end, ascii);
      if (to == end || *to != '"') return false;
      if (step->field != Field::kUnknown) place.members->add(step->field, Lexeme::kString, {at, static_cast<std::size_t>(to - at)});
      at = to;
    } else {
      at = take_token(at, end, step->field, *place.members);
      if (at == nullptr) return false;
    }
    before = &steps_[static_cast<std::size_t>(step - steps_.data())];
  }
  return ascii || simdjson::validate_utf8(bytes.data(), bytes.size());
}

RecordShapes::Index RecordShapes::child(Index parent, const Step& step) {
  for (Index i = steps_[parent].first; i != kNone; i = steps_[i].sibling) if (steps_[i] == step) return i;
  const auto index = static_cast<Index>(steps_.size());
  steps_.push_back(step);
  steps_[index].sibling = steps_[parent].first;
  steps_[parent].first = steps_[parent].child = index;
  return index;
}

void RecordShapes::learn(std::string_view bytes, std::span<const std::uint32_t> tokens) {
  if (misses_++ % kLearnEvery != 0) return;
  // A step ends at a token, so there are fewer of them.
  if (tokens.size() > kStepsMax / 2) return;
  if (steps_.size() + tokens.size() > kStepsMax) forget();
  enum class In : std::uint8_t { kTop, kData, kItems, kItem, kOther };
  std::array<In, 64> open;  // deeper than any form of the contract
  std::size_t depth = 0;
  Field name = Field::kUnknown;
  Step step;
  std::size_t from = 0;  // of the step's text
  way_.clear();
  const auto move = [&](Move m) {
    if (step.moves == kMovesMax) return false;
    step.move[step.moves++] = m;
    return true;
  };
  const auto end_step = [&](std::size_t to, Step::Leads leads) {
    if (to - from > kTextMax) return false;
    std::memcpy(step.text.data(), bytes.data() + from, to - from);
    step.size = static_cast<std::uint8_t>(to - from);
    step.leads = leads;
    step.field = depth > 0 && open[depth - 1] != In::kOther && open[depth - 1] != In::kItems ? name : Field::kUnknown;
    way_.push_back(step);
    step = {};
    return true;
  };
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    const std::size_t here = tokens[i];
    const auto in = [&](In what) { return depth > 0 && open[depth - 1] == what; };
    // A list or an object where the contract knows the name is a fault that its reader will find: no form of anybody.
    const auto nobodys = [&] { return in(In::kOther) || name == Field::kUnknown; };
    bool known = true;
    switch (bytes[here]) {
      case ',': case ':': break;
      case '{':
        if (depth == open.size()) return;
        if (depth == 0) open[depth++] = In::kTop;
        else if (in(In::kTop) && name == Field::kData) known = move(Move::kOpenData), open[depth++] = In::kData;
        else if (in(In::kItems)) known = move(Move::kNewItem), open[depth++] = In::kItem;
        else known = nobodys(), open[depth++] = In::kOther;
        break;
      case '[':
        if (depth == open.size()) return;
        if ((in(In::kTop) || in(In::kData)) && name == Field::kItems) known = move(Move::kOpenItems), open[depth++] = In::kItems;
        else known = nobodys(), open[depth++] = In::kOther;
        break;
      case '}': case ']':
        if (in(In::kData)) known = move(Move::kCloseData);
        else if (in(In::kItems)) known = move(Move::kCloseItems);
        --depth;
        break;
      case '"':
        if (bytes[tokens[i + 1]] == ':') {
          const std::string_view text = bytes.substr(here + 1, bytes.find('"', here + 1) - here - 1);
          if (text.find('\\') != std::string_view::npos) return;  // a name in disguise
          name = field_from_name(text);
          break;
        }
        known = end_step(here + 1, Step::Leads::kToText);
        from = bytes.rfind('"', tokens[i + 1] - 1);
        break;
      default: {
        known = end_step(here, Step::Leads::kToToken);
        const std::size_t last = bytes.find_last_not_of(" \t\r\n", tokens[i + 1] - 1);
        from = last + 1;
      }
    }
    if (!known) return;
  }
  if (!end_step(bytes.size(), Step::Leads::kToEnd)) return;
  Index at = 0;
  for (const Step& next : way_) at = child(at, next);
}

}  // namespace brushwatch
