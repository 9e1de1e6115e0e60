#pragma once
/// The shapes of records: everything that stands between their values. Producers print records from a form, so a record whose shape is
/// known needs no grammar any more: its names, brackets and blanks are compared with those of an earlier record, its values are checked.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "connectors/codec/members.h"

namespace brushwatch {

struct JsonRecord;

/// A tree of shapes. The way from its root to an end is the shape of a record that the walk has accepted: each step is the text up to a
/// value and what that text does (enter `data`, begin an item). So a record that goes such a way is one that the walk would accept, with
/// the same members: no duplicates, no forbidden name, no depth, no grammar has to be looked at again. A record that leaves the way is
/// for the walk.
///
/// Memory  at most kStepsMax steps of ~100 bytes; when it is full it is forgotten and learned anew.
/// Not thread-safe.
class RecordShapes {
 public:
  RecordShapes() { forget(); }
  /// Reads a record of a known shape into `out`, which is clear. False: not of a known shape, or one of its values needs the walk (an
  /// escape, a fault); `out` is then unspecified. Texts point into `bytes`. Cost ~0.3 ns a byte; allocates nothing but items.
  bool read(std::string_view bytes, JsonRecord& out);
  /// Learns the shape of a record that the walk has accepted. `tokens`: where each token begins, and at last the record's length.
  /// Looks at one of kLearnEvery records only, so that a stream without a form costs little more than its walk.
  void learn(std::string_view bytes, std::span<const std::uint32_t> tokens);

 private:
  /// What the text of a step does beside leading to a value, in its order.
  enum class Move : std::uint8_t { kOpenData, kCloseData, kOpenItems, kNewItem, kCloseItems };
  static constexpr std::size_t kTextMax = 64, kMovesMax = 6, kStepsMax = 4096, kLearnEvery = 8;
  using Index = std::uint16_t;
  static constexpr Index kNone = 0xFFFF;

  struct Step {
    std::array<char, kTextMax> text;
    std::uint8_t size = 0, moves = 0;
    std::array<Move, kMovesMax> move;
    Field field = Field::kUnknown;  ///< of the value behind it; unknown ones are only checked
    enum class Leads : std::uint8_t { kToText, kToToken, kToEnd } leads = Leads::kToEnd;
    Index child = kNone;            ///< the one of its children that was taken last
    Index first = kNone, sibling = kNone;
    [[nodiscard]] bool operator==(const Step& other) const;
  };
  /// Where values go while a record is read.
  struct Place {
    JsonRecord* out;
    bool in_data = false;
    Members* members;
  };

  void forget();
  static bool matches(const Step& step, const char* at, const char* end);
  const Step* other_child(Step& step, const char* at, const char* end);
  static void go(const Step& step, Place& place);
  Index child(Index parent, const Step& step);

  std::vector<Step> steps_;  ///< [0] is the root
  std::vector<Step> way_;    ///< of the record that is being learned: it joins the tree whole or not at all
  std::size_t misses_ = 0;
};

}  // namespace brushwatch
