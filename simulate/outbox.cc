#include "simulate/outbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "engine/base/check.h"

namespace brushwatch::simulate {
namespace {

/// Shares are compared with 20 random bits: a resolution of one in a million.
bool hit(std::uint64_t bits, double share) { return static_cast<double>(bits & 0xFFFFF) < share * 0x1.0p20; }

}  // namespace

std::string_view stream_name(Stream stream) {
  constexpr std::string_view kNames[] = {"reference", "orders", "reviews", "parcels", "views", "complaints"};
  return kNames[static_cast<std::size_t>(stream)];
}

std::int64_t allowed_lateness_ms(Stream stream) {
  switch (stream) {
    case Stream::kOrders: case Stream::kViews: return kHourMs;
    case Stream::kParcels: return 48 * kHourMs;
    case Stream::kReviews: case Stream::kComplaints: return 24 * kHourMs;
    case Stream::kReference: break;
  }
  return INT64_MAX;
}

void Outbox::put(Stream stream, EventType type, EventTime event_time, EventTime ingest, std::string_view open_line) {
  const std::uint64_t tie = disorder_.next(), dice = disorder_.next();  // always two: a knob changes no other line
  if (stream != Stream::kReference) {
    Chance extra(dice);
    if (hit(dice, options_.late_share)) {
      ++summary_.injected_late;
      const std::int64_t allowed = allowed_lateness_ms(stream);
      ingest = std::max(ingest, event_time + allowed) + extra.between(allowed / 4, allowed);
    } else if (hit(dice >> 20, options_.out_of_order_share)) {
      ++summary_.injected_out_of_order;
      ingest = ingest + extra.between(kMinuteMs, 10 * kMinuteMs);
    }
    if (hit(dice >> 40, options_.duplicate_share)) {
      ++summary_.injected_duplicates;
      hold(stream, type, event_time, ingest + extra.between(kSecondMs, kMinuteMs), mix64(tie), open_line);
    }
  }
  hold(stream, type, event_time, ingest, tie, open_line);
}

void Outbox::hold(Stream stream, EventType type, EventTime event_time, EventTime ingest, std::uint64_t tie,
                  std::string_view open_line) {
  const std::int64_t day = std::max<std::int64_t>(0, floor_div(ingest - options_.start + kLookbackMs, kDayMs));
  BW_CHECK(day >= first_day_, "a line was put into a day that is already written");
  while (days_.size() <= static_cast<std::size_t>(day - first_day_)) days_.emplace_back();
  Bucket& bucket = days_[static_cast<std::size_t>(day - first_day_)][static_cast<std::size_t>(stream)];
  bucket.held.push_back({ingest, event_time, tie, bucket.text.size(), static_cast<std::uint32_t>(open_line.size()), type});
  bucket.text += open_line;
}

Result<void> Outbox::write_first_day() {
  for (std::size_t s = 0; s < kStreams; ++s) {
    Bucket& bucket = days_.front()[s];
    const Stream stream = static_cast<Stream>(s);
    StreamSummary& sum = summary_.streams[s];
    std::sort(bucket.held.begin(), bucket.held.end(), [](const Held& a, const Held& b) {
      return std::tie(a.ingest, a.tie, a.offset) < std::tie(b.ingest, b.tie, b.offset);
    });
    for (const Held& held : bucket.held) {
      line_.assign(bucket.text, held.offset, held.length);
      line_ += R"(,"ingest_time":)";
      const fmt::format_int digits(held.ingest.ms);
      line_.append(digits.data(), digits.size());
      line_ += '}';
      BW_TRY(sink_.write(stream, held.ingest, line_));
      ++sum.lines;
      sum.bytes += line_.size() + 1;
      ++summary_.by_type[static_cast<std::size_t>(held.type)];
      if (held.event_time < newest_[s]) {
        ++sum.out_of_order;
        if (newest_[s] - held.event_time > allowed_lateness_ms(stream)) ++sum.late;
      }
      newest_[s] = std::max(newest_[s], held.event_time);
      summary_.first_ingest = std::min(summary_.first_ingest, held.ingest);
      summary_.last_ingest = std::max(summary_.last_ingest, held.ingest);
    }
    summary_.lines += bucket.held.size();
  }
  days_.pop_front();
  ++first_day_;
  return {};
}

Result<void> Outbox::end_day(std::uint32_t day) {
  while (first_day_ <= day) {
    if (days_.empty()) { ++first_day_; continue; }
    BW_TRY(write_first_day());
  }
  return {};
}

Result<void> Outbox::end_world() {
  while (!days_.empty()) BW_TRY(write_first_day());
  summary_.bytes = 0;
  for (const StreamSummary& s : summary_.streams) summary_.bytes += s.bytes;
  return {};
}

}  // namespace brushwatch::simulate
