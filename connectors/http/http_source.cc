#include "connectors/http/http_source.h"

#include <chrono>

#include "engine/base/check.h"

namespace brushwatch {

HttpSource::HttpSource() : HttpSource(Options{}) {}
HttpSource::HttpSource(Options options)
    : options_(std::move(options)), clock_(options_.clock != nullptr ? *options_.clock : system_clock()),
      quota_(options_.events_per_s, options_.bytes_per_s, clock_.monotonic_ns()), positioned_(!options_.wait_for_position) {}

Result<SubmitTicket> HttpSource::submit(HttpBatch batch, HttpDurable on_durable, const HttpTaken& before) {
  BW_CHECK(!batch.records.empty(), "an empty batch is refused by the route");
  const std::size_t records = batch.records.size();
  const std::size_t bytes = batch.body.size();
  if (records > options_.max_records || bytes > options_.max_bytes) {
    return fail(ErrorCode::kTooLarge, "more records in one request than the queue holds", static_cast<std::int64_t>(records));
  }
  SubmitTicket ticket;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return fail(ErrorCode::kUnsupported, "the source is closed");
    if (!positioned_) return fail(ErrorCode::kNotReady, "the ledger's end is not known yet", 0, Retry::kBackoff);
    if (pending_records_ + records > options_.max_records || pending_bytes_ + bytes > options_.max_bytes) {
      return fail(ErrorCode::kBackpressure, "the queue is full", static_cast<std::int64_t>(pending_records_), Retry::kBackoff);
    }
    if (quota_.limited()) {
      const std::int64_t now_ns = clock_.monotonic_ns();
      if (const std::int64_t wait_ns = quota_.wait_ns(now_ns); wait_ns > 0) {
        ++throttled_;
        return fail(ErrorCode::kQuotaExceeded, "the quota of this source is used up, ms to wait", (wait_ns + 999'999) / 1'000'000, Retry::kBackoff);
      }
      quota_.take(records, bytes, now_ns);
    }
    ticket = {submit_offset_, records};
    if (before) BW_TRY(before(ticket));
    submit_offset_ += records;
    pending_records_ += records;
    pending_bytes_ += bytes;
    waiting_.push_back({ticket, bytes, std::move(on_durable)});
    queue_.push_back({std::move(batch), 0});
  }
  arrived_.notify_one();
  return ticket;
}

Result<SubmitTicket> HttpSource::submit_records(const std::vector<std::string>& records, HttpDurable on_durable, const HttpTaken& before) {
  HttpBatch batch;
  for (const std::string& record : records) {
    batch.records.push_back({static_cast<std::uint32_t>(batch.body.size()), static_cast<std::uint32_t>(record.size())});
    batch.body += record;
  }
  batch.headers.emplace_back("content-type", "application/json");
  return submit(std::move(batch), std::move(on_durable), before);
}

void HttpSource::durable_up_to(std::uint64_t next_offset) {
  std::vector<Waiting> answered;
  {
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && waiting_.front().ticket.first_offset + waiting_.front().ticket.count <= next_offset) {
      pending_records_ -= waiting_.front().ticket.count;
      pending_bytes_ -= waiting_.front().bytes;
      answered.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (const Waiting& sender : answered) {
    if (sender.on_durable) sender.on_durable(sender.ticket);
  }
}

void HttpSource::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
}

Result<void> HttpSource::seek(std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  // Tickets name offsets; moving them under a sender that already holds one would tell it a lie.
  if (pending_records_ > 0 || !queue_.empty()) return fail(ErrorCode::kUnsupported, "seek after records were taken");
  submit_offset_ = poll_offset_ = began_at_ = offset;
  positioned_ = true;
  return {};
}

Result<void> HttpSource::poll(std::size_t max, int wait_ms, std::vector<SourceRecord>& out) {
  out.clear();
  in_use_.clear();
  std::unique_lock lock(mutex_);
  if (queue_.empty() && !closed_ && wait_ms > 0) {
    arrived_.wait_for(lock, std::chrono::milliseconds(wait_ms), [this] { return !queue_.empty() || closed_; });
  }
  // A batch is moved out of the queue only when it is used up. Moving it may move a short body (small-string buffer), so
  // views are made after the batches have their place.
  std::size_t want = max;
  std::size_t finished = 0;
  std::size_t first_begin = queue_.empty() ? 0 : queue_.front().next;
  for (const Queued& queued : queue_) {
    const std::size_t left = queued.batch.records.size() - queued.next;
    if (left > want) break;
    want -= left;
    ++finished;
  }
  in_use_.reserve(finished);
  for (std::size_t i = 0; i < finished; ++i) {
    in_use_.push_back(std::move(queue_.front().batch));
    queue_.pop_front();
  }
  const auto give = [this, &out](const HttpBatch& batch, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      SourceRecord& record = out.emplace_back();
      record.bytes = std::string_view(batch.body).substr(batch.records[i].begin, batch.records[i].size);
      record.offset = poll_offset_++;
      record.next_offset = poll_offset_;
      record.headers.assign(batch.headers.begin(), batch.headers.end());
    }
  };
  for (const HttpBatch& batch : in_use_) {
    give(batch, first_begin, batch.records.size());
    first_begin = 0;
  }
  if (want > 0 && !queue_.empty()) {
    // The rest of the round is the beginning of a batch that stays where it is: a deque's elements do not move when
    // others are added at its back.
    Queued& partly = queue_.front();
    give(partly.batch, partly.next, partly.next + want);
    partly.next += want;
  }
  return {};
}

std::optional<std::uint64_t> HttpSource::began_at() const {
  const std::lock_guard lock(mutex_);
  return positioned_ ? std::optional(began_at_) : std::nullopt;
}

bool HttpSource::at_end() const {
  const std::lock_guard lock(mutex_);
  return closed_ && queue_.empty();
}

std::optional<std::uint64_t> HttpSource::backlog() const {
  const std::lock_guard lock(mutex_);
  return submit_offset_ - poll_offset_;
}

std::size_t HttpSource::pending_records() const {
  const std::lock_guard lock(mutex_);
  return pending_records_;
}

std::size_t HttpSource::pending_bytes() const {
  const std::lock_guard lock(mutex_);
  return pending_bytes_;
}

}  // namespace brushwatch
