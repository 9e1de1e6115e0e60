#pragma once
/// The credit archive of one subject: what is on record, and a score whose every term is shown.
///
/// The score is a function of the items on record and of a date: 600 to begin with, between 0 and 1000. A machine's alert is on
/// record and moves nothing: only what people did, said or decided counts. A victim loses nothing by having been attacked.
///
/// State  counts by kind and month for three years, commitments, list spans and ninety days of scores: ≤ ~3 KiB, a hundred
///        bytes for most. The items themselves are lines of the credit output.
/// Time   items may come in any order of their dates; a score for a date counts what is dated up to its month's end in
///        whole months, and to the day for lists. `archive_of_lines` (view.h) gives the exact archive of a past date.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "alliance/machine/entry_machine.h"

namespace brushwatch {

enum class ItemKind : std::uint8_t {
  kIdentity,            ///< registered; a shop was linked
  kCommitment,          ///< a commitment was signed
  kBreach,              ///< and broken
  kRating,              ///< a rating of a platform, an association or a rating firm
  kComplaint,           ///< hotline, platform or carrier
  kReport,              ///< a member reports a breach of trust (plan art. 5)
  kAlert,               ///< the engine raised or withdrew an alert
  kCase,                ///< a case was confirmed or closed
  kPenalty,             ///< a regulator's decision
  kList,                ///< an entry came into force, changed its weight or ended
};
inline constexpr std::size_t kItemKinds = 10;
std::string_view item_name(ItemKind kind);

/// One thing on record.
struct Item {
  ItemKind kind = ItemKind::kIdentity;
  std::string code;      ///< "empty_parcel", "no_brushing", "fake_trade", "confirmed", "BLACK listed"
  std::string from;      ///< "12315", "taobao": channel or source
  std::string id;        ///< of the complaint, report, alert, case or entry
  std::string document;
  std::int64_t value_milli = 0;  ///< rating: stars × 1000
  EventTime at{};
};

/// The kinds of report that plan art. 5 names, and "rating", "inspection_passed", "inspection_failed".
bool known_report(std::string_view kind);

struct ScoreTerm {
  std::string_view name;
  std::int64_t points = 0, count = 0;
};
enum class Trend : std::uint8_t { kSteady, kUp, kDown };  ///< 增信, 降信
struct Score {
  std::int64_t value = 0;
  std::vector<ScoreTerm> terms;   ///< those that are not zero, in a fixed order
  std::int64_t change = 0;        ///< against ninety days before
  Trend trend = Trend::kSteady;
};
std::string_view trend_name(Trend trend);   ///< "steady", "up", "down"
std::string_view trend_zh(Trend trend);     ///< "平稳", "增信", "降信"

struct Identity {
  std::string name;            ///< of an organisation; empty when it was never registered
  std::uint32_t region6 = 0;
  std::string parent;          ///< a shop's keeper, a courier's outlet, an outlet's carrier
  std::vector<std::string> links;  ///< an operator's shops
  std::uint32_t links_total = 0;
  bool told = false;           ///< in a line: with the first item on record, and after each change from then on
  bool uscc_warning = false;   ///< the credit code does not fit its check digits: issued codes can, so a warning
};
inline constexpr std::size_t kLinksMax = 64;

class Archive {
 public:
  struct Bucket {
    std::int64_t month = 0;  ///< year × 12 + month − 1
    ItemKind kind = ItemKind::kIdentity;
    std::uint32_t count = 0;
    std::int64_t sum = 0;    ///< of value_milli
  };
  struct Commitment {
    std::string kind, document;
    EventTime signed_at{};
    std::uint32_t breaches = 0;
  };
  struct Span {
    std::string id;
    List list = List::kBlack;
    EventTime from{};
    EventTime to = EventTime::max();
    bool corrected = false;
  };
  struct Point { std::int64_t day = 0, score = 0; };

  /// Puts an item on record. kList: code is "<LIST> listed", "<LIST> rectified" or "<LIST> <how it ended>". kCase "reversed" takes
  /// the confirmation of the moment value_milli back.
  void add(const Item& item);
  /// The score at a date, and remembers it for the trend.
  Score score(Date today);
  /// Without remembering.
  [[nodiscard]] Score score_at(Date today) const;

  Identity identity;
  std::uint64_t total = 0;                    ///< items
  std::array<std::uint64_t, kItemKinds> counts{};
  std::vector<Bucket> buckets;                ///< by (month, kind)
  std::vector<Commitment> commitments;        ///< by first signing
  std::vector<Span> spans;                    ///< by (from, id)
  std::vector<Point> past;                    ///< by day

 private:
  void list(const Item& item);
};
inline constexpr std::size_t kCommitmentsMax = 32, kSpansMax = 32;

}  // namespace brushwatch
