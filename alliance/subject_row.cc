#include "alliance/subject_row.h"

#include <algorithm>
#include <map>

#include "engine/base/check.h"

namespace brushwatch {
namespace {

/// 2 added `counted` to the records; a row of version 1 is read with none counted.
constexpr std::uint8_t kRowVersion = 2, kRowVersionBefore = 1;

// The row's own varints: the frame's format may change with the wire version, a row must outlive that.
void put(std::string& out, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out.push_back(static_cast<char>(v | 0x80));
  out.push_back(static_cast<char>(v));
}
void put_signed(std::string& out, std::int64_t v) {
  put(out, (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63));
}

struct Cursor {
  std::string_view in;
  bool ok = true;

  std::uint64_t take() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(in.front());
      in.remove_prefix(1);
      v |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return v;
    }
    ok = false;
    return 0;
  }
  std::int64_t take_signed() {
    const std::uint64_t v = take();
    return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
  }
  template <class T> void take(T& out) { out = static_cast<T>(take()); }
  /// An enum below `end`.
  template <class T> void take_enum(T& out, unsigned end) {
    const std::uint64_t v = take();
    if (v >= end) ok = false;
    else out = static_cast<T>(v);
  }
  std::string_view bytes(std::uint64_t n) {
    if (n > in.size()) {
      ok = false;
      return {};
    }
    const std::string_view out = in.substr(0, n);
    in.remove_prefix(n);
    return out;
  }
};

constexpr unsigned kDirections = 3, kSubjectKinds = 5, kSeverities = 3;

void put_finding(std::string& out, const FindingEvent& f) {
  put(out, static_cast<unsigned>(f.direction));
  put(out, f.detector);
  put_signed(out, f.window_start.ms);
  put(out, f.scope);
  put_signed(out, f.window_end.ms - f.window_start.ms);
  put(out, f.version);
  put(out, f.reason);
  put(out, static_cast<unsigned>(f.family));
  for (const std::int64_t v : {f.llr_milli, f.value_milli, f.baseline_milli, f.threshold_milli}) put_signed(out, v);
  for (const std::int64_t v : f.params) put_signed(out, v);
  put(out, f.count);
  std::vector<EvidenceRef> refs = f.evidence;
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  if (refs.size() > kEvidenceKept) refs.resize(kEvidenceKept);
  std::string encoded;
  std::uint64_t previous = 0;
  for (const EvidenceRef ref : refs) {
    put(encoded, ref.packed - previous);
    previous = ref.packed;
  }
  put(out, encoded.size());
  out += encoded;
}

bool take_finding(Cursor& c, HeldFinding& f) {
  const char* begin = c.in.data();
  c.take_enum(f.direction, kDirections);
  c.take(f.detector);
  f.window_start.ms = c.take_signed();
  f.scope = c.take();
  f.window_end = f.window_start + c.take_signed();
  c.take(f.version);
  c.take(f.reason);
  c.take_enum(f.family, kFamilies);
  for (std::int64_t* v : {&f.llr_milli, &f.value_milli, &f.baseline_milli, &f.threshold_milli}) *v = c.take_signed();
  for (std::int64_t& v : f.params) v = c.take_signed();
  c.take(f.count);
  f.evidence = c.bytes(c.take());
  f.bytes = {begin, static_cast<std::size_t>(c.in.data() - begin)};
  return c.ok;
}

}  // namespace

std::string_view severity_name(Severity severity) {
  constexpr std::string_view kNames[] = {"notice", "alert", "urgent"};
  return kNames[static_cast<unsigned>(severity)];
}

std::vector<EvidenceRef> evidence_of(const HeldFinding& finding) {
  std::vector<EvidenceRef> out;
  Cursor c{finding.evidence};
  std::uint64_t packed = 0;
  while (c.ok && !c.in.empty()) out.push_back({packed += c.take()});
  return out;
}

bool SubjectRow::read(std::string_view tail) {
  Cursor c{tail};
  const std::uint64_t version = c.take();
  if (version != kRowVersion && version != kRowVersionBefore) return false;
  c.take_enum(kind_, kSubjectKinds);
  subject_ = c.bytes(c.take());
  retractions_ = c.take();
  dropped_ = c.take();
  horizon_.ms = c.take_signed();
  const std::uint64_t records = c.take();
  for (std::uint64_t i = 0; i < records && c.ok; ++i) {
    AlertRecord& r = records_.emplace_back();
    r.week.ms = c.take_signed();
    c.take_enum(r.direction, kDirections);
    c.take(r.version);
    r.standing = c.take() != 0;
    c.take_enum(r.severity, kSeverities);
    c.take(r.posterior_permille);
    c.take(r.families);
    c.take(r.told);
    r.content = c.take();
    r.due.ms = c.take_signed();
    if (version != kRowVersionBefore) c.take(r.counted);
  }
  const std::uint64_t findings = c.take();
  for (std::uint64_t i = 0; i < findings && c.ok; ++i) take_finding(c, findings_.emplace_back());
  return c.ok && c.in.empty();
}

std::string SubjectRow::write() const {
  std::string out;
  put(out, kRowVersion);
  put(out, static_cast<unsigned>(kind_));
  put(out, subject_.size());
  out += subject_;
  put(out, retractions_);
  put(out, dropped_);
  put_signed(out, horizon_.ms);
  put(out, records_.size());
  for (const AlertRecord& r : records_) {
    put_signed(out, r.week.ms);
    put(out, static_cast<unsigned>(r.direction));
    put(out, r.version);
    put(out, r.standing ? 1 : 0);
    put(out, static_cast<unsigned>(r.severity));
    put(out, static_cast<std::uint64_t>(r.posterior_permille));
    put(out, r.families);
    put(out, r.told);
    put(out, r.content);
    put_signed(out, r.due.ms);
    put(out, r.counted);
  }
  put(out, findings_.size());
  for (const HeldFinding& f : findings_) out += f.bytes;
  return out;
}

bool SubjectRow::apply(const FindingEvent& finding) {
  BW_CHECK(fresh_.empty(), "one finding a row object: views point into fresh_");
  put_finding(fresh_, finding);
  Cursor c{fresh_};
  HeldFinding held;
  BW_CHECK(take_finding(c, held), "a finding just encoded can be read");
  const auto at =
      std::lower_bound(findings_.begin(), findings_.end(), held.identity(),
                       [](const HeldFinding& f, const HeldFinding::Identity& id) { return f.identity() < id; });
  const bool known = at != findings_.end() && at->identity() == held.identity();
  if (finding.retracted) {
    if (!known) return false;
    findings_.erase(at);
    ++retractions_;
    return true;
  }
  if (known && at->bytes == held.bytes) return false;
  if (known) *at = held;
  else findings_.insert(at, held);
  if (findings_.size() > kHeldMax) drop_one();
  return true;
}

void SubjectRow::drop_one() {
  // Judgement reads only the best finding of each (direction, week, family). Those go last: otherwise one talkative
  // family could push the second family's only finding out, and with it the alert.
  using Place = std::tuple<Direction, EventTime, Family>;
  const auto weaker = [](const HeldFinding& a, const HeldFinding& b) {
    return a.llr_milli != b.llr_milli ? a.llr_milli < b.llr_milli : a.identity() > b.identity();
  };
  std::map<Place, const HeldFinding*> best;
  for (const HeldFinding& f : findings_) {
    const HeldFinding*& slot = best[{f.direction, f.week(), f.family}];
    if (slot == nullptr || weaker(*slot, f)) slot = &f;
  }
  auto victim = findings_.end();
  bool victim_is_best = true;
  for (auto it = findings_.begin(); it != findings_.end(); ++it) {
    const bool is_best = best[{it->direction, it->week(), it->family}] == &*it;
    if (victim == findings_.end() || (victim_is_best && !is_best) ||
        (victim_is_best == is_best && weaker(*it, *victim))) {
      victim = it;
      victim_is_best = is_best;
    }
  }
  findings_.erase(victim);
  ++dropped_;
}

void SubjectRow::expire(EventTime horizon) {
  if (horizon <= horizon_) return;
  horizon_ = horizon;
  // The first live week pools the week before it.
  const EventTime keep = horizon - kWeekMs;
  std::erase_if(findings_, [&](const HeldFinding& f) { return f.week() < keep; });
  std::erase_if(records_, [&](const AlertRecord& r) { return r.week < keep; });
}

const AlertRecord* SubjectRow::record(Direction direction, EventTime week) const {
  for (const AlertRecord& r : records_) if (r.direction == direction && r.week == week) return &r;
  return nullptr;
}

AlertRecord& SubjectRow::record_for(Direction direction, EventTime week) {
  const auto key = std::pair(week, direction);
  const auto at = std::lower_bound(records_.begin(), records_.end(), key, [](const AlertRecord& r, const auto& k) {
    return std::pair(r.week, r.direction) < k;
  });
  if (at != records_.end() && std::pair(at->week, at->direction) == key) return *at;
  AlertRecord fresh;
  fresh.direction = direction;
  fresh.week = week;
  return *records_.insert(at, fresh);
}

}  // namespace brushwatch
