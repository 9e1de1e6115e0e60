#include "alliance/archive/archive.h"

#include <algorithm>

namespace brushwatch {
namespace {

constexpr std::string_view kItemNames[] = {"identity", "commitment", "breach", "rating", "complaint",
                                           "report",   "alert",      "case",   "penalty", "list"};
constexpr std::string_view kReports[] = {"malicious_review", "fake_trade", "fake_traffic", "description_mismatch", "fake_goods",
                                         "price_fraud", "empty_parcel", "data_trafficking", "rating", "inspection_passed",
                                         "inspection_failed"};

/// The score's arithmetic. Weights are the alliance's to choose and show; these keep the order of the plan's means: a
/// decision weighs more than a report, a report more than a complaint, and no heap of the lesser makes one of the greater.
constexpr std::int64_t kBase = 600, kLow = 0, kHigh = 1000;
struct Weight {
  std::string_view name;
  ItemKind kind;
  std::int64_t points, most;  ///< a piece, and all together at most
  std::int64_t months;        ///< how long a piece counts
};
constexpr Weight kWeights[] = {
    {"commitments_broken", ItemKind::kBreach, -60, -180, 36},  // a word given in public and not kept
    {"complaints", ItemKind::kComplaint, -2, -80, 12},         // one proves little; sixty in 100,000 orders are usual
    {"member_reports", ItemKind::kReport, -15, -90, 12},       // seen by one member, decided by nobody
    {"cases_confirmed", ItemKind::kCase, -100, -200, 36},      // two persons and the evidence
    {"penalties", ItemKind::kPenalty, -120, -240, 36},         // a regulator's document
};
constexpr std::int64_t kCommitmentPoints = 15, kCommitmentMost = 45;
constexpr std::int64_t kBlackPoints = -250, kCorrectedPoints = 60, kWatchPoints = -80, kRedPoints = 120;
/// A rating of 4 stars is taken for usual; half a star more or less are 25 points, 50 at most.
constexpr std::int64_t kUsualRatingMilli = 4000, kRatingMost = 50, kRatingMonths = 12;
constexpr std::int64_t kTrendDays = 90, kTrendStep = 20;
constexpr std::int64_t kMonthsKept = 36;

std::int64_t month_of(Date date) {
  const YearMonthDay c = civil(date);
  return static_cast<std::int64_t>(c.year) * 12 + c.month - 1;
}
std::int64_t clamped(std::int64_t points, std::int64_t most) { return most < 0 ? std::max(points, most) : std::min(points, most); }

}  // namespace

std::string_view item_name(ItemKind kind) { return kItemNames[static_cast<unsigned>(kind)]; }
std::string_view trend_name(Trend trend) {
  constexpr std::string_view kNames[] = {"steady", "up", "down"};
  return kNames[static_cast<unsigned>(trend)];
}
std::string_view trend_zh(Trend trend) {
  constexpr std::string_view kNames[] = {"平稳", "增信", "降信"};
  return kNames[static_cast<unsigned>(trend)];
}
bool known_report(std::string_view kind) {
  return std::find(std::begin(kReports), std::end(kReports), kind) != std::end(kReports);
}

void Archive::add(const Item& item) {
  ++total;
  ++counts[static_cast<std::size_t>(item.kind)];
  if (item.kind == ItemKind::kCommitment || item.kind == ItemKind::kBreach) {
    const auto known = std::find_if(commitments.begin(), commitments.end(), [&](const Commitment& c) { return c.kind == item.code; });
    if (known != commitments.end()) {
      if (item.kind == ItemKind::kBreach) ++known->breaches;
      else *known = {item.code, item.document, item.at, 0};
    } else if (item.kind == ItemKind::kCommitment && commitments.size() < kCommitmentsMax) {
      commitments.push_back({item.code, item.document, item.at, 0});
    }
  }
  if (item.kind == ItemKind::kList) return list(item);
  if (item.kind == ItemKind::kCase && item.code == "reversed") {
    const std::int64_t then = month_of(date_of({item.value_milli}));
    for (Bucket& b : buckets) if (b.month == then && b.kind == ItemKind::kCase && b.count > 0) --b.count;
    return;
  }
  // What weighs nothing needs no bucket: identity, alerts, signed commitments, list spans, victims' cases.
  if (item.kind == ItemKind::kIdentity || item.kind == ItemKind::kAlert || item.kind == ItemKind::kCommitment) return;
  if (item.kind == ItemKind::kCase && item.code != "confirmed") return;
  if (item.kind == ItemKind::kReport && item.code == "inspection_passed") return;
  const std::int64_t month = month_of(date_of(item.at));
  const auto before = [](const Bucket& b, const std::pair<std::int64_t, ItemKind>& key) { return std::pair(b.month, b.kind) < key; };
  const auto at = std::lower_bound(buckets.begin(), buckets.end(), std::pair(month, item.kind), before);
  const bool there = at != buckets.end() && at->month == month && at->kind == item.kind;
  Bucket& bucket = there ? *at : *buckets.insert(at, Bucket{month, item.kind, 0, 0});
  ++bucket.count;
  bucket.sum += item.value_milli;
  const std::int64_t newest = buckets.back().month;
  std::erase_if(buckets, [&](const Bucket& b) { return b.month + kMonthsKept < newest; });
}

void Archive::list(const Item& item) {
  const std::size_t space = item.code.find(' ');
  const auto kind = list_from_name(item.code.substr(0, space));
  if (!kind || space == std::string::npos) return;
  const std::string_view word = std::string_view(item.code).substr(space + 1);
  const auto known = std::find_if(spans.begin(), spans.end(), [&](const Span& s) { return s.id == item.id; });
  if (word != "listed") {
    if (known == spans.end()) return;
    if (word == "rectified") known->corrected = true;
    else known->to = item.at;
    return;
  }
  if (spans.size() >= kSpansMax) {
    const auto over = std::find_if(spans.begin(), spans.end(), [](const Span& s) { return s.to != EventTime::max(); });
    if (over != spans.end()) spans.erase(over);
  }
  spans.push_back({item.id, *kind, item.at, EventTime::max(), false});
}

Score Archive::score_at(Date today) const {
  Score score;
  score.value = kBase;
  const auto term = [&](std::string_view name, std::int64_t points, std::int64_t count) {
    if (points == 0 && count == 0) return;
    score.terms.push_back({name, points, count});
    score.value += points;
  };
  std::int64_t kept = 0;
  for (const Commitment& c : commitments) if (c.breaches == 0 && date_of(c.signed_at) <= today) ++kept;
  term("commitments_kept", clamped(kept * kCommitmentPoints, kCommitmentMost), kept);

  const std::int64_t month = month_of(today);
  const auto within = [&](const Bucket& b, std::int64_t months) { return b.month <= month && b.month + months > month; };
  std::int64_t ratings = 0, stars = 0;
  for (const Bucket& b : buckets) {
    if (b.kind != ItemKind::kRating || !within(b, kRatingMonths)) continue;
    ratings += b.count;
    stars += b.sum;
  }
  if (ratings > 0) {
    const std::int64_t points = (stars / ratings - kUsualRatingMilli) * kRatingMost / 1000;
    term("ratings", std::clamp(points, -kRatingMost, kRatingMost), ratings);
  }
  for (const Weight& w : kWeights) {
    std::int64_t count = 0;
    for (const Bucket& b : buckets) if (b.kind == w.kind && within(b, w.months)) count += b.count;
    term(w.name, clamped(count * w.points, w.most), count);
  }
  std::int64_t black = 0, corrected = 0, watch = 0, red = 0;
  for (const Span& s : spans) {
    if (date_of(s.from) > today || (s.to != EventTime::max() && date_of(s.to) <= today)) continue;
    if (s.list == List::kBlack) ++black, corrected += s.corrected ? 1 : 0;
    else if (s.list == List::kWatch) ++watch;
    else ++red;
  }
  // One list weighs once: two entries of one subject are one standing.
  term("black_list", black > 0 ? kBlackPoints : 0, black);
  term("rectified", black > 0 && corrected == black ? kCorrectedPoints : 0, corrected);
  term("watch_list", watch > 0 ? kWatchPoints : 0, watch);
  term("red_list", red > 0 ? kRedPoints : 0, red);
  score.value = std::clamp(score.value, kLow, kHigh);

  // The newest score that is ninety days old; without one, what a subject begins with.
  std::int64_t then = kBase;
  for (const Point& p : past) if (p.day <= today.day - kTrendDays) then = p.score;
  score.change = score.value - then;
  score.trend = score.change >= kTrendStep ? Trend::kUp : score.change <= -kTrendStep ? Trend::kDown : Trend::kSteady;
  return score;
}

Score Archive::score(Date today) {
  // Items may be dated before the last one: what is remembered is the score of the newest day seen.
  if (!past.empty() && today.day < past.back().day) today.day = past.back().day;
  Score score = score_at(today);
  if (!past.empty() && past.back().day == today.day) past.back().score = score.value;
  else if (past.empty() || past.back().score != score.value) past.push_back({today.day, score.value});
  // One older than the window stays: it is what the trend compares with.
  while (past.size() > 1 && past[1].day <= today.day - kTrendDays) past.erase(past.begin());
  return score;
}

}  // namespace brushwatch
