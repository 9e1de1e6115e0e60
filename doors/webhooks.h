#pragma once
/// Webhooks: every line that a member may see, posted to the member's endpoint until it is taken.
///
/// Queue    the read model itself: an endpoint is a place in the stream (StreamKey) and at most `window` messages beyond it that
///          are not settled yet. An endpoint that takes nothing stands still at its place; it fills no memory and holds up nobody.
/// Order    a message is sent when its place comes; up to `at_once` run side by side, retries come later: receivers order by id.
/// Promise  at least once: what was not answered 2xx is sent again, over crashes, with the same webhook-id and body, until the
///          schedule ends (then it is a dead letter, kept for `resend`).
/// Durable  endpoints at once; places, retries and dead letters before the next sweep. What a crash loses of that is sent again.
/// Fairness half of the posts that may run at once is for endpoints whose last post was taken; those that are silent or new share
///          the other half.
/// Disabled on request, by 410, or after `disable_after_days` without a success; nothing is lost: it goes on from its place.
/// Threads  all calls from any thread; posts are begun on a thread of its own.
/// Source   Standard Webhooks 1.0.0.

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "connectors/webhook/webhook_poster.h"
#include "doors/read_model.h"
#include "doors/webhook_endpoint.h"
#include "state/store.h"

namespace brushwatch::doors {

struct WebhookLimits {
  std::size_t endpoints_most = 2'000;
  std::size_t endpoints_each = 10;   ///< of one owner; live, test and a spare of each kind fit
  std::size_t window = 64;           ///< unsettled messages of one endpoint
  std::size_t at_once = 4;           ///< posts of one endpoint that run side by side
  std::size_t posts_most = 256;      ///< of all endpoints; a post is some 40 KB while it runs
  std::size_t body_most = 20'000;    ///< bytes; the specification's advice. A longer line is sent thin: its id and where to read it
  unsigned jitter_percent = 20;
  unsigned disable_after_days = 5;
  std::int64_t key_overlap_ms = 86'400'000;  ///< how long the old keys sign beside new ones
  std::int64_t drain_ms = 2'000;     ///< how long stop() waits for answers on their way; as long as the HTTP door lets requests finish
};

struct WebhookView {
  WebhookEndpoint endpoint;  ///< its key epochs are emptied
  std::string place;         ///< everything up to here is settled
  std::uint64_t waiting = 0, dead = 0;
  std::string last_error;    ///< of the last failed post: a status or a word; "" = none yet
};
struct WebhookDead {
  std::string message;  ///< its webhook-id
  std::uint64_t attempts = 0;
  std::int64_t first_ms = 0, last_ms = 0;
  std::string error;
};
/// What is told once: the secret of v1 is not shown again.
struct WebhookSecrets {
  std::string secret, public_key;  ///< whsec_…, whpk_…
};
struct WebhookCounts {
  std::uint64_t delivered = 0, failed = 0, retried = 0, died = 0, resyncs = 0;  ///< since the start; `retried` are posts of a message that was posted before
  std::uint64_t active = 0, disabled = 0, ailing = 0, waiting = 0, dead = 0, running = 0;
  std::int64_t oldest_waiting_ms = 0;  ///< age of the oldest message that was tried and not taken
};

/// Whoever measures posts; either may be empty. Called with a lock held: must be quick and must not call back.
struct WebhookWatch {
  std::function<void(bool taken, double seconds)> post;  ///< one post, from its beginning to the answer or the failure
  std::function<void(double seconds)> delivered;         ///< a message's age when it was taken: since its endpoint came to it, retries included
};

/// "msg_" and the place of the line in the stream.
std::string webhook_message_id(const StreamKey& key);

class Webhooks {
 public:
  /// `store` is this object's alone; all outlive it. Errors: kStateIo; kStateCorrupt for a record that cannot be read.
  static Result<std::unique_ptr<Webhooks>> open(StateStore& store, const ReadModel& model, WebhookPoster& poster, Clock& clock, AddressRule rule, WebhookLimits limits = {});
  ~Webhooks();
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;

  /// Forgets all and reads the store again: what another instance wrote has come into it. Before start(). Errors: as open().
  Result<void> reload();
  /// Before start().
  void watch(WebhookWatch watch) { watch_ = std::move(watch); }
  /// From now on the model is whole and this process leads: posting begins.
  void start();
  /// No new posts; waits a little for the answers on their way, then stops the poster. Idempotent.
  void stop();
  /// There are new lines. Cheap.
  void wake();
  /// Calls `tell` with each owner whose endpoints hold more than when it was last told, at most every `every_ms`; on the posting thread,
  /// with nothing locked that tell() could need. Before start().
  using Receipt = std::function<void(const Principal& owner, const StreamKey& reached)>;
  void on_receipt(Receipt tell, std::int64_t every_ms) { receipt_ = std::move(tell), receipt_every_ms_ = every_ms; }

  /// `from` nullopt: only what comes from now on. Errors: kConfigRange (the URL, with the reason), kQuotaExceeded (too many), kNotReady
  /// (not started), kStateIo.
  Result<std::pair<WebhookView, WebhookSecrets>> add(const Principal& owner, const std::string& url, std::set<Topic> topics, std::optional<StreamKey> from);
  [[nodiscard]] std::vector<WebhookView> list(const Principal& who) const;
  /// nullopt when there is none or it is somebody else's.
  [[nodiscard]] std::optional<WebhookView> get(const Principal& who, std::string_view id) const;
  [[nodiscard]] std::vector<WebhookDead> dead(const Principal& who, std::string_view id, std::size_t most) const;

  // Errors of the following: kNotFound as get(); kNotReady; kBackpressure (tests); kStateIo.
  /// New keys; the old ones sign beside them for a while.
  Result<WebhookSecrets> rotate(const Principal& who, std::string_view id);
  Result<void> enable(const Principal& who, std::string_view id);
  Result<void> disable(const Principal& who, std::string_view id);
  Result<void> remove(const Principal& who, std::string_view id);
  /// Dead letters are due again from the first attempt on: one, or ("") all. Gives how many.
  Result<std::uint64_t> resend(const Principal& who, std::string_view id, std::string_view message);
  /// One message of type webhook.test, now, whatever the state; `done` gets what came back.
  Result<void> test(const Principal& who, std::string_view id, WebhookDone done);

  [[nodiscard]] WebhookCounts counts() const;
  /// The last message of each owner up to which one of its endpoints has taken all that it was sent; owners without one are left out.
  struct Reached {
    Principal owner;
    StreamKey key;
  };
  [[nodiscard]] std::vector<Reached> reached() const;

 private:
  struct Delivery {
    std::uint64_t attempts = 0;
    std::int64_t first_ms = 0, due_ms = 0;
    bool kept = false;     // has a row in the store
    bool changed = false;  // that row is to be written
    bool running = false;
    std::int64_t seen_ms = 0;  // when the endpoint came to it; 0: its first post counts (after a restart, or sent again by hand)
  };
  struct Slot {
    WebhookEndpoint endpoint;
    StreamKey taken{}, written{};
    std::optional<StreamKey> first_delivered, last_delivered;  // least and greatest since the start
    std::map<StreamKey, Delivery> waiting;
    std::map<StreamKey, WebhookDead> dead;
    std::vector<StreamKey> settled_rows;  // rows to erase
    std::size_t running = 0;
    bool proven = false, endpoint_changed = false, removed = false;
    std::uint64_t failures_in_a_row = 0;
    std::string last_error;
  };
  using Shared = std::shared_ptr<Slot>;

  Webhooks(StateStore& store, const ReadModel& model, WebhookPoster& poster, Clock& clock, AddressRule rule, WebhookLimits limits)
      : store_(store), model_(model), poster_(poster), clock_(clock), rule_(rule), limits_(limits) {}
  Result<void> load();
  void work();
  /// Takes what is new and begins what is due; the time of the next due delivery.
  std::int64_t sweep();
  void take(Slot& slot);
  void begin(const Shared& slot, const StreamKey& key);
  void answered(const Shared& slot, const StreamKey& key, const WebhookAnswer& answer, double seconds);
  void bury(Slot& slot, const StreamKey& key, std::string error);
  void disable(Slot& slot, std::string why);
  Result<void> flush();
  void tell_receipts(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] std::vector<Reached> reached_now() const;
  [[nodiscard]] static StreamKey settled(const Slot& slot);
  [[nodiscard]] WebhookView view(const Slot& slot) const;
  [[nodiscard]] Shared find(const Principal& who, std::string_view id) const;
  [[nodiscard]] std::int64_t now_ms() const { return clock_.now().ms; }

  StateStore& store_;
  const ReadModel& model_;
  WebhookPoster& poster_;
  Clock& clock_;
  const AddressRule rule_;
  const WebhookLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Shared, std::less<>> slots_;
  StreamKey body_key_{};
  std::string body_;   // of the line at body_key_, as every endpoint gets it
  std::string after_;  // the endpoint that a sweep ended with: the next one begins behind it
  std::size_t running_ = 0, running_unproven_ = 0, tests_running_ = 0;
  std::uint64_t tests_ = 0;
  WebhookCounts totals_;
  bool started_ = false, ending_ = false, woken_ = false;
  WebhookWatch watch_;
  Receipt receipt_;
  std::int64_t receipt_every_ms_ = 0, receipts_told_ms_ = 0;
  std::vector<Reached> told_;
  std::thread thread_;
};

}  // namespace brushwatch::doors
