#pragma once
/// The HTTP door as a source: a bounded queue between requests and the pipeline, that knows when a record is durable.
///
/// Shape   one source partition, "http"; the offset is a sequence number, one a record, dense.
/// Bound   max_records and max_bytes count from submit() until the record is durable; a full source refuses.
/// Threads submit() and close() from any thread; poll(), seek() and durable_up_to() from the pipeline's ingest thread.
/// Order   batches keep the order in which submit() took them; a batch is never torn by another one.
/// Fails   a client that is not answered (crash, timeout) cannot know whether its batch was kept: it sends again, and the
///         events' own ids tell the repeats.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "connectors/http/split.h"
#include "engine/base/time.h"
#include "engine/base/token_bucket.h"
#include "engine/log/source.h"

namespace brushwatch {

/// Records as slices of one body: the body is kept once, no record is copied.
struct HttpBatch {
  std::string body;
  std::vector<BodySlice> records;
  std::vector<std::pair<std::string, std::string>> headers;  ///< of each record: content-type, ce_*
};

struct SubmitTicket {
  std::uint64_t first_offset = 0;
  std::uint64_t count = 0;
};

/// Tells a sender that all its records are durable.
using HttpDurable = std::function<void(const SubmitTicket&)>;

class HttpSource final : public Source {
 public:
  struct Options {
    std::string name = "http";
    std::size_t max_records = 1 << 18;          ///< about half a second of ingest at full speed
    std::size_t max_bytes = 64ULL << 20;        ///< eight of the largest requests
    /// Refuse until seek() has said where the ledger ends: an offset given before that would be a wrong one.
    bool wait_for_position = false;
    /// Quota of all senders together; 0 = none. A batch passes whole and is paid for by those after it.
    std::uint64_t events_per_s = 0, bytes_per_s = 0;
    Clock* clock = nullptr;  ///< of the quota; the system's when null
  };
  HttpSource();
  explicit HttpSource(Options options);

  /// Takes all records or none. `on_durable` is called once, on the thread of durable_up_to(), never from here.
  /// Errors: kBackpressure (try again later), kQuotaExceeded (likewise, after `number` ms), kTooLarge (more than an empty queue holds), kNotReady
  /// (no position yet), kUnsupported (closed).
  /// `before` is called with the ticket while nobody can see the records yet; its error refuses them.
  using HttpTaken = std::function<Result<void>(const SubmitTicket&)>;
  Result<SubmitTicket> submit(HttpBatch batch, HttpDurable on_durable, const HttpTaken& before = {});
  Result<SubmitTicket> submit_records(const std::vector<std::string>& records, HttpDurable on_durable, const HttpTaken& before = {});
  /// Where this process went on (seek()); nullopt before that.
  [[nodiscard]] std::optional<std::uint64_t> began_at() const;
  /// Answers the senders of all records below `next_offset`, outside the lock.
  void durable_up_to(std::uint64_t next_offset) override;
  /// No more submissions; at_end() once everything was polled. Wakes a waiting poll().
  void close();

  [[nodiscard]] const std::string& name() const override { return options_.name; }
  /// The next record gets this offset: after a restart, where the ledger ends. Errors: kUnsupported once records were taken.
  Result<void> seek(std::uint64_t offset) override;
  Result<void> poll(std::size_t max, int wait_ms, std::vector<SourceRecord>& out) override;
  [[nodiscard]] bool at_end() const override;
  [[nodiscard]] std::optional<std::uint64_t> backlog() const override;

  [[nodiscard]] std::size_t pending_records() const;  ///< taken, not yet durable
  [[nodiscard]] std::size_t pending_bytes() const;
  /// Batches that the quota refused so far.
  [[nodiscard]] const std::atomic<std::uint64_t>& throttled() const { return throttled_; }

 private:
  struct Queued {
    HttpBatch batch;
    std::size_t next = 0;  ///< first record not yet polled
  };
  struct Waiting {
    SubmitTicket ticket;
    std::size_t bytes;
    HttpDurable on_durable;
  };

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Queued> queue_;
  std::deque<Waiting> waiting_;   // in offset order
  std::uint64_t submit_offset_ = 0;
  std::uint64_t poll_offset_ = 0;
  std::size_t pending_records_ = 0;
  std::size_t pending_bytes_ = 0;
  Clock& clock_;
  Quota quota_;
  std::atomic<std::uint64_t> throttled_{0};
  bool closed_ = false;
  bool positioned_ = false;
  std::uint64_t began_at_ = 0;
  std::vector<HttpBatch> in_use_;  // finished batches whose views the last poll() gave away; only the poller touches it
};

}  // namespace brushwatch
