#pragma once
/// All that the alliance keeps about one subject: its alerts, cases, list entries and credit archive.
///
/// The file changes only by acts: of people (commands), of the engine (alerts raised and withdrawn) and of time (deadlines).
/// Each change is told as one record for the case, list or credit output; so is a refusal, with its reason. The file is a
/// function of the acts in their order: no clock, no chance.
///
/// State  some hundred bytes for most subjects; alerts that are over are dropped 400 days later, entries and cases never
///        (list audit is kept for ever).
/// Bytes  docs/formats/case.md, "The subject's file".

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "alliance/archive/archive.h"
#include "alliance/machine/alert_machine.h"
#include "alliance/machine/case_machine.h"
#include "alliance/machine/entry_machine.h"

namespace brushwatch {

/// "C-" / "L-" + 16 hex digits of SHA-256 over what they were made from: the same in every run.
std::string case_id(std::string_view alert, std::size_t ordinal);
std::string entry_id(SubjectKind kind, std::string_view subject, List list, std::size_t ordinal);

class SubjectFile;

/// What has happened, for the outputs. References live during the call.
struct Change {
  enum class What : std::uint8_t { kAlert, kCase, kEntry, kRefused, kItem };
  What what = What::kRefused;
  const Act* act = nullptr;         ///< null for kItem
  Outcome outcome;                  ///< of the act
  std::string_view target;          ///< id of the alert, case or entry; of a refusal: what the command named
  std::string_view from, to;        ///< states' names; empty for refusals and items
  const AlertFile* alert = nullptr;
  const CaseFile* case_file = nullptr;
  const Entry* entry = nullptr;
  const Item* item = nullptr;
  const Score* score = nullptr;     ///< of the archive after the item
};
using Tell = std::function<void(const Change&)>;

class SubjectFile {
 public:
  SubjectFile() = default;
  SubjectFile(SubjectKind kind, std::string_view id) : kind_(kind), id_(id) {}

  /// False when the bytes are no file of this version.
  bool read(std::string_view bytes);
  [[nodiscard]] std::string write() const;

  [[nodiscard]] SubjectKind kind() const { return kind_; }
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::vector<AlertFile>& alerts() const { return alerts_; }
  [[nodiscard]] const std::vector<CaseFile>& cases() const { return cases_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] const Archive& archive() const { return archive_; }
  /// The latest moment that an act was dated; later acts are not dated before it.
  [[nodiscard]] EventTime last() const { return last_; }

  /// A command about `target` (alert, case, entry; for a proposal a case or the subject itself). Lets deadlines up to act.at pass first.
  void command(std::string_view target, Act act, const Policy& policy, const Tell& tell);
  /// A command that could not be read as an act, or that names nothing of this file.
  void refuse(std::string_view target, const Act& act, std::string_view reason, const Tell& tell);
  /// What the engine told about an alert.
  void alert_told(const AlertToldEvent& told, EventTime at, const Policy& policy, const Tell& tell);
  /// Something for the archive.
  void record(const Item& item, EventTime now, const Tell& tell);
  /// Lets every deadline at or before `now` pass, oldest first. Returns whether anything changed.
  bool advance(EventTime now, const Policy& policy, const Tell& tell);
  /// The next moment at which time alone changes the file; max: none.
  [[nodiscard]] EventTime next_due() const;

  [[nodiscard]] Archive& mutable_archive() { return archive_; }
  [[nodiscard]] bool empty() const { return alerts_.empty() && cases_.empty() && entries_.empty() && archive_.total == 0; }

 private:
  template <class Object>
  Outcome run(Object& object, const Act& act, const Policy& policy, const Facts& facts, const Tell& tell);
  void open_case(AlertFile& alert, const Act& act, const Policy& policy, const Tell& tell);
  void propose(std::string_view target, const Act& act, const Policy& policy, const Tell& tell);
  void after(const AlertFile& alert, const Act& act, const Tell& tell);
  void after(const CaseFile& file, const Act& act, const Tell& tell);
  void after(Entry& entry, const Act& act, const Policy& policy, const Tell& tell);
  [[nodiscard]] Facts facts_for(const CaseFile* file, EventTime at, const Policy& policy) const;
  template <class V, class F> friend void fields(V& v, F& f) requires std::is_same_v<std::remove_const_t<F>, SubjectFile>;

  SubjectKind kind_ = SubjectKind::kShop;
  std::string id_;
  EventTime last_{};
  std::vector<AlertFile> alerts_;   // by arrival
  std::vector<CaseFile> cases_;
  std::vector<Entry> entries_;
  Archive archive_;
};

}  // namespace brushwatch
