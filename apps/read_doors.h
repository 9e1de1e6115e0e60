#pragma once
/// The reading and commanding side of a running pipeline: the read model, what feeds it, and the routes over it.

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "apps/backtest_desk.h"
#include "apps/config.h"
#include "apps/hub.h"
#include "apps/shared_rows.h"
#include "connectors/http/http_source.h"
#include "connectors/http/server.h"
#include "doors/api.h"
#include "doors/aggregate.h"
#include "doors/dead_letters.h"
#include "doors/evidence.h"
#include "doors/feed.h"
#include "doors/member_topics.h"
#include "doors/webhooks.h"
#include "doors/public_log.h"
#include "doors/tree_book.h"
#include "engine/stage/round.h"
#include "state/store.h"

namespace brushwatch::app {

/// Order of life: open → routes() into a server → watched() around the sinks → restored() → lead() → line() and round_done() while
/// the pipeline runs → stop() → the server stops → destruction.
class ReadDoors {
 public:
  /// The lines are kept in `data`/read, which is emptied: they come again from the outputs. Trees and the public record are kept in
  /// `data`/trees and `data`/public, webhooks and used Idempotency-Keys in `data`/doors. Errors: kStateIo, kIo, kStateForeign,
  /// kStateCorrupt, kLogCorrupt. `operators` judge backtests and outlive it.
  static Result<std::unique_ptr<ReadDoors>> open(const Operators& operators, const Config& config, const std::string& data, Clock& clock);

  ~ReadDoors();
  ReadDoors(const ReadDoors&) = delete;
  ReadDoors& operator=(const ReadDoors&) = delete;

  /// `commands` (may be null) and this object outlive the server.
  std::vector<HttpRoute> routes(HttpSource* commands);
  /// What anybody may read; none unless `[public] enabled`.
  std::vector<HttpRoute> public_routes();
  /// Puts who may send events, and in whose name they speak, around the events route; nothing while no tokens are configured.
  void guard_events(HttpRoutes& routes, HttpSource& events);
  /// The same sinks; what they already hold is read into the model while the hub looks through it.
  ChainedHub::Sinks watched(ChainedHub::Sinks sinks);
  /// This process leads and the sinks hold all that was folded, up to `last` (null at the very beginning): once the model is whole, webhooks
  /// begin. What members' endpoints hold is put into the ledger by `commands`, which may be null and outlives stop(). Where instances lead in
  /// turn, what the one before has written of them is read first. Errors: those of SharedRows::take_over() and Webhooks::open().
  Result<void> lead(HttpSource* commands, const TickEvent* last);
  /// Ends webhooks and members' topics; before the server goes.
  void stop() {
    if (webhooks_) webhooks_->stop();
    if (member_topics_) member_topics_->stop();
  }
  [[nodiscard]] const doors::ReadModel& model() const { return *model_; }
  /// Null when there are none.
  [[nodiscard]] const doors::Webhooks* webhooks() const { return webhooks_.get(); }
  /// Everything that the sinks held can be read now. `last` is where the pipeline stands; null at the very beginning.
  Result<void> restored(const TickEvent* last);
  void line(Output output, std::string_view line);
  void round_done(const TickEvent& tick);
  /// Streams of this server are woken by new lines, until null is given; once that has returned, the server may go.
  void wake(HttpServer* server) {
    const std::lock_guard lock(server_mutex_);
    server_ = server;
  }
  [[nodiscard]] doors::VerdictsByDetector verdicts() const { return model_->verdicts(); }
  [[nodiscard]] int stream_clients() const { return *stream_clients_; }
  /// How long lines take to the readers of the live stream, and messages to webhooks; both outlive the server and stop(). Before the server starts.
  void watch_deliveries(std::function<void(double seconds)> stream_lag, doors::WebhookWatch webhooks) {
    stream_lag_->observe(std::move(stream_lag));
    if (webhooks_) webhooks_->watch(std::move(webhooks));
  }
  [[nodiscard]] doors::MemberTopics::Counts member_topics() const { return member_topics_->counts(); }
  [[nodiscard]] BacktestDesk& backtests() { return *backtests_; }
  void set_status(std::string_view word) { status_.store(word.data()); }  ///< static text
  [[nodiscard]] std::uint64_t unreadable() const { return unreadable_ + (feed_ ? feed_->unreadable() : 0); }

 private:
  doors::ApiParts parts();
  Result<void> open_rows(const std::string& directory);
  Result<void> open_webhooks();
  Result<void> open_trees(const std::string& data);
  Result<void> publish_trees(bool final);
  ReadDoors(const Config& config, Clock& clock);
  const Config& config_;
  Clock& clock_;
  std::shared_ptr<doors::StreamLag> stream_lag_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<doors::ReadModel> model_;
  std::unique_ptr<doors::TreeBook> trees_;
  std::unique_ptr<doors::PublicLog> public_log_;
  doors::Aggregates aggregates_;
  std::unique_ptr<doors::Authenticator> authenticator_;
  std::mutex server_mutex_;
  HttpServer* server_ = nullptr;
  std::shared_ptr<std::atomic<int>> stream_clients_ = std::make_shared<std::atomic<int>>(0);
  std::atomic<const char*> status_{"restoring"};
  std::atomic<std::uint64_t> unreadable_{0};
  std::unique_ptr<doors::EvidenceReader> evidence_;
  SharedRows* shared_ = nullptr;      // rows_, where instances lead in turn
  std::unique_ptr<StateStore> rows_;  // what must outlive the process: used keys, webhooks
  std::unique_ptr<doors::AnswerBook> answers_;
  std::unique_ptr<BacktestDesk> backtests_;
  std::string oprf_key_;
  std::unique_ptr<WebhookPoster> poster_;
  std::unique_ptr<doors::Webhooks> webhooks_;
  const bool keeps_dead_letters_;
  doors::DeadLetters dead_letters_;
  std::unique_ptr<doors::MemberTopics> member_topics_;
  std::unique_ptr<doors::ModelFeed> feed_;  // last: its thread ends first
};

}  // namespace brushwatch::app
