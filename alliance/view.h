#pragma once
/// What the lines of the case, list and credit outputs say today, or said on a past day: for commands, doors and members.
///
/// A reader needs no state of the pipeline: the newest line of an id is the whole object, and an archive is the fold of its
/// subject's credit lines. Lines are taken in the order of their output; seals, identities of others and lines of other outputs
/// are passed over.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alliance/archive/archive.h"

namespace brushwatch {

/// One line of a case or list output, with the members that a list of lines shows.
struct BookLine {
  std::string type;          ///< "alert_state", "case", "entry", "refused"
  std::string id;            ///< of the alert, case or entry; of a refusal its target
  std::string subject_kind, subject_id;
  std::string state, list;   ///< of a refusal `state` is empty
  std::string at;            ///< RFC 3339
  std::string due;           ///< last day of the running term, "" when none runs
  std::string refused;       ///< a refusal's reason
  std::string line;          ///< as it stands in the output
};
/// Nullopt when it is a line of another kind or none at all.
std::optional<BookLine> read_book_line(std::string_view line);

/// All lines of cases and lists, by id.
class Book {
 public:
  void add(std::string_view line);
  /// The newest line of each id of a type, in order of the ids' first lines. `until`: RFC 3339; later lines do not count.
  [[nodiscard]] std::vector<const BookLine*> newest(std::string_view type, std::string_view until = {}) const;
  /// All lines of an id, oldest first; refusals among them.
  [[nodiscard]] std::vector<const BookLine*> history(std::string_view id) const;
  /// The ids that begin so.
  [[nodiscard]] std::vector<std::string> ids(std::string_view beginning) const;
  /// What changed after a moment: for each id that has a later line, the state then (empty: none) and now.
  struct Difference { const BookLine* before = nullptr; const BookLine* now = nullptr; };
  [[nodiscard]] std::vector<Difference> since(std::string_view type, std::string_view moment) const;

 private:
  std::vector<BookLine> lines_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_id_;
  std::vector<std::string> order_;
};

/// What closed cases found, for the detectors: a `ref.confirmed_shop` record (JSON, one line) for each shop that a case confirmed, in order
/// of the cases' first lines. It counts from the confirmation for a year (`kSeedDays`), or until the confirmation was reversed. Given again
/// they change nothing.
inline constexpr std::int64_t kSeedDays = 365;
std::vector<std::string> confirmed_shop_records(const Book& book);

/// A subject's archive as of the end of a day.
struct ArchiveView {
  SubjectKind kind = SubjectKind::kShop;
  std::string id;
  Archive archive;
  std::vector<Item> items;   ///< oldest first, by their dates
  Score score;               ///< at that day
};
/// Collects the credit lines of one subject.
class ArchiveReader {
 public:
  ArchiveReader(SubjectKind kind, std::string_view id, Date as_of) : as_of_(as_of) {
    view_.kind = kind;
    view_.id = id;
  }
  void add(std::string_view line);
  /// Nullopt when no line named the subject up to that day.
  [[nodiscard]] std::optional<ArchiveView> finish();

 private:
  Date as_of_;
  ArchiveView view_;
  bool known_ = false;
};

/// The whole archive as one JSON object, for `archive show --json` and the HTTP door. Empty members are left out.
std::string archive_json(const ArchiveView& view, Date as_of);

/// "shop:taobao:S-1", "operator:USCC:…", "carrier:zto". Nullopt when no kind stands before the first colon.
std::optional<std::pair<SubjectKind, std::string>> parse_subject(std::string_view text);

}  // namespace brushwatch
