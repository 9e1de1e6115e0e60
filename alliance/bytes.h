#pragma once
/// How a subject's file is kept in its row: a visitor that writes and one that reads the same list of members.
///
/// `fields(v, object)` names the members once, in the order of the bytes (docs/formats/case.md). Integers are LEB128 varints,
/// signed ones zigzag first; texts and lists a count and the elements. The row's own varints: the frame's format may change
/// with the wire version, a row must outlive that.

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "alliance/calendar.h"
#include "engine/base/time.h"

namespace brushwatch {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  void operator()(std::uint64_t v) {
    for (; v >= 0x80; v >>= 7) out_.push_back(static_cast<char>(v | 0x80));
    out_.push_back(static_cast<char>(v));
  }
  void operator()(std::int64_t v) { (*this)((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63)); }
  void operator()(EventTime t) { (*this)(t.ms); }
  void operator()(Date d) { (*this)(d.day); }
  void operator()(bool v) { (*this)(std::uint64_t{v}); }
  template <class T> requires(std::is_enum_v<T> || (std::is_unsigned_v<T> && sizeof(T) < 8 && !std::is_same_v<T, bool>))
  void operator()(T v) { (*this)(static_cast<std::uint64_t>(v)); }
  void operator()(std::string_view text) {
    (*this)(static_cast<std::uint64_t>(text.size()));
    out_ += text;
  }
  void operator()(const std::string& text) { (*this)(std::string_view(text)); }
  template <class T> void operator()(const std::vector<T>& list) {
    (*this)(static_cast<std::uint64_t>(list.size()));
    for (const T& item : list) one(item);
  }
  template <class T> requires std::is_class_v<T> void operator()(const T& object) { fields(*this, object); }

 private:
  template <class T> void one(const T& item) { (*this)(item); }
  std::string& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}
  /// False once something was cut short or out of range; what was read since is worthless.
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return in_.empty(); }

  void operator()(std::uint64_t& v) {
    v = 0;
    for (unsigned shift = 0; shift < 64 && !in_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      v |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return;
    }
    ok_ = false;
  }
  void operator()(std::int64_t& v) {
    std::uint64_t raw = 0;
    (*this)(raw);
    v = static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
  }
  void operator()(EventTime& t) { (*this)(t.ms); }
  void operator()(Date& d) { (*this)(d.day); }
  void operator()(bool& v) {
    std::uint64_t raw = 0;
    (*this)(raw);
    v = raw != 0;
  }
  template <class T> requires(std::is_enum_v<T> || (std::is_unsigned_v<T> && sizeof(T) < 8 && !std::is_same_v<T, bool>))
  void operator()(T& v) {
    std::uint64_t raw = 0;
    (*this)(raw);
    v = static_cast<T>(raw);
    if (static_cast<std::uint64_t>(v) != raw) ok_ = false;
  }
  void operator()(std::string& text) {
    std::uint64_t n = 0;
    (*this)(n);
    if (n > in_.size()) {
      ok_ = false;
      return;
    }
    text.assign(in_.substr(0, n));
    in_.remove_prefix(n);
  }
  template <class T> void operator()(std::vector<T>& list) {
    std::uint64_t n = 0;
    (*this)(n);
    // Every element takes at least one byte.
    if (n > in_.size()) {
      ok_ = false;
      return;
    }
    list.resize(n);
    for (T& item : list) (*this)(item);
  }
  template <class T> requires std::is_class_v<T> void operator()(T& object) { fields(*this, object); }

 private:
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace brushwatch
