#include "apps/read_doors.h"

#include <filesystem>

#include "apps/deployment.h"
#include "apps/key_file.h"
#include "apps/member_topics.h"
#include "connectors/http/events_route.h"
#include "doors/certificate.h"
#include "doors/public_routes.h"
#include "doors/sender_guard.h"
#include "doors/token.h"
#include "state/rocksdb/rocksdb_store.h"

namespace brushwatch::app {
namespace {

/// A sink that lets somebody look at what it already holds.
class WatchedSink final : public LineSink {
 public:
  using Look = std::function<void(std::string_view)>;
  /// `look` sees what is there at the start, `look_new` what other processes write later.
  WatchedSink(std::unique_ptr<LineSink> inner, Look look, Look look_new) : inner_(std::move(inner)), look_(std::move(look)), look_new_(std::move(look_new)) {}
  Result<void> append(std::uint32_t partition, std::string_view line) override { return inner_->append(partition, line); }
  Result<void> flush() override { return inner_->flush(); }
  Result<void> for_each_existing(const std::function<Result<void>(std::string_view)>& visit) override {
    return inner_->for_each_existing([&](std::string_view line) -> Result<void> {
      BW_TRY(visit(line));
      look_(line);
      return {};
    });
  }
  Result<void> for_each_new(bool to_end, const std::function<Result<void>(std::string_view)>& visit) override {
    return inner_->for_each_new(to_end, [&](std::string_view line) -> Result<void> {
      BW_TRY(visit(line));
      look_new_(line);
      return {};
    });
  }
  [[nodiscard]] bool keeps_all() const override { return inner_->keeps_all(); }
  /// begins_with() is not passed on: whoever looks wants to see every line.
  [[nodiscard]] std::optional<SinkMark> mark() const override { return inner_->mark(); }
  [[nodiscard]] bool waits() const override { return false; }  // the read model is built by one thread
  void serve() override { inner_->serve(); }

 private:
  std::unique_ptr<LineSink> inner_;
  Look look_, look_new_;
};

doors::Progress progress_of(const TickEvent& tick) { return {tick.round, tick.watermark, tick.processing_time}; }

}  // namespace

ReadDoors::ReadDoors(const Config& config, Clock& clock)
    : config_(config), clock_(clock), stream_lag_(std::make_shared<doors::StreamLag>(clock)), keeps_dead_letters_(!parties_with_topics(config).empty()), dead_letters_(parties_with_topics(config)) {}

Result<std::unique_ptr<ReadDoors>> ReadDoors::open(const Operators& operators, const Config& config, const std::string& data, Clock& clock) {
  std::unique_ptr<ReadDoors> doors(new ReadDoors(config, clock));
  const std::string directory = data + "/read";
  std::error_code code;
  std::filesystem::remove_all(directory, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot empty the read model's directory", code.value()).in(directory));
  RocksDbOptions options;
  options.directory = directory;
  options.cache_bytes = 32ULL << 20;  // newest lines are what everybody reads
  options.write_buffer_bytes = 8ULL << 20;
  BW_ASSIGN(doors->store_, open_rocksdb_store(options));
  doors->model_ = std::make_unique<doors::ReadModel>(*doors->store_);
  BW_TRY(doors->open_rows(data + "/doors"));
  BW_TRY(doors->open_webhooks());
  doors->member_topics_ = std::make_unique<doors::MemberTopics>(*doors->rows_, *doors->model_, doors->dead_letters_, clock, member_sinks(config));
  if (!config.oprf.key.empty()) {
    BW_ASSIGN(doors->oprf_key_, read_oprf_key(config.oprf.key));
  }
  BW_TRY(doors->open_trees(data));
  doors->feed_ = std::make_unique<doors::ModelFeed>(*doors->model_);
  doors->backtests_ = std::make_unique<BacktestDesk>(operators, BacktestDeskOptions{[&config] { return open_ledger_to_read(config); }, data + "/backtest"}, clock);
  doors->evidence_ = std::make_unique<doors::EvidenceReader>([&config] { return open_ledger_to_read(config); });
  doors->model_->on_published([raw = doors.get()] {
    raw->stream_lag_->published(raw->model_->newest());
    if (!raw->publish_trees(false)) ++raw->unreadable_;
    const std::lock_guard lock(raw->server_mutex_);
    if (raw->server_ != nullptr) raw->server_->wake_streams();
    if (raw->webhooks_) raw->webhooks_->wake();
    if (raw->member_topics_) raw->member_topics_->wake();
  });
  if (const auto role = doors::role_from_name(config.access.anonymous_role)) {
    doors->authenticator_ = std::make_unique<doors::EverybodyAuthenticator>(doors::Principal{*role, "anonymous", ""});
  } else {
    std::unique_ptr<doors::Authenticator> tokens;
    if (!config.access.jwks.empty()) {
      BW_ASSIGN(tokens, doors::TokenAuthenticator::open({config.access.jwks, config.access.issuer, config.access.audience}, clock));
    }
    std::vector<doors::CertificateRule> rules;
    for (const std::string& line : config.access.certificates) {
      if (auto rule = doors::read_certificate_rule(line)) rules.push_back(std::move(*rule));
    }
    if (!rules.empty()) doors->authenticator_ = std::make_unique<doors::CertificateAuthenticator>(rules, std::move(tokens));
    else if (tokens) doors->authenticator_ = std::move(tokens);
    else doors->authenticator_ = std::make_unique<doors::NobodyAuthenticator>();
  }
  return doors;
}

Result<void> ReadDoors::open_rows(const std::string& directory) {
  RocksDbOptions options;
  options.directory = directory;
  options.cache_bytes = 8ULL << 20;  // some thousand endpoints, what was not taken, and used keys
  options.write_buffer_bytes = 4ULL << 20;
  BW_ASSIGN(rows_, open_rocksdb_store(options));
  if (config_.standby.enabled) {
    auto shared = std::make_unique<SharedRows>(std::move(rows_), [this] {
      KafkaSinkOptions topic;
      topic.bootstrap = config_.bootstrap_of(config_.ledger.bootstrap);
      topic.topic = config_.standby.doors;
      topic.replication = static_cast<int>(config_.ledger.replication);
      topic.config = config_.kafka_properties();
      topic.keep_forever = false;
      topic.settings = doors_topic_settings();
      return open_kafka_sink(topic);
    });
    shared_ = shared.get();
    rows_ = std::move(shared);
  }
  // It holds the secrets that sign: nobody else's to read.
  std::error_code code;
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot close the doors' directory to others", code.value()).in(directory));
  // Where another instance may lead in between, an offset alone does not say whose command it is: then keys last as long as the process.
  answers_ = std::make_unique<doors::AnswerBook>(config_.standby.enabled ? nullptr : rows_.get());
  return answers_->load();
}

Result<void> ReadDoors::open_webhooks() {
  const WebhooksConfig& config = config_.webhooks;
  if (!config.enabled) return {};
  WebhookPosterOptions post;
  post.rule = config.allow_loopback ? AddressRule::kAlsoLoopback : AddressRule::kPublicOnly;
  post.ca_file = config.ca_file;
  post.resolve = config.resolve;
  BW_ASSIGN(poster_, make_webhook_poster(post));
  doors::WebhookLimits limits;
  limits.endpoints_each = config.endpoints_per_owner;
  limits.posts_most = config.max_posts;
  limits.jitter_percent = config.jitter_percent;
  limits.disable_after_days = config.disable_after_days;
  BW_ASSIGN(webhooks_, doors::Webhooks::open(*rows_, *model_, *poster_, clock_, post.rule, limits));
  return {};
}

Result<void> ReadDoors::open_trees(const std::string& data) {
  doors::TreeBookOptions options;
  options.directory = data + "/trees";
  if (!config_.signing.key.empty()) {
    BW_ASSIGN(options.key, read_signing_key(config_.signing.key));
  }
  BW_ASSIGN(trees_, doors::TreeBook::open(std::move(options)));
  BW_ASSIGN(public_log_, doors::PublicLog::open(data + "/public", *trees_));
  // A tree that cannot be kept is counted; readers get the line all the same.
  model_->on_line([this](Output output, const doors::Record& record, std::string_view line) {
    if (!trees_->add(output, line) || (output == Output::kList && !public_log_->add(line))) ++unreadable_;
    aggregates_.add(record);
  });
  return {};
}

ReadDoors::~ReadDoors() {
  feed_.reset();
  if (public_log_) (void)publish_trees(true);  // what could not be written is written at the next start
}

Result<void> ReadDoors::publish_trees(bool final) {
  BW_TRY(public_log_->publish());
  return trees_->flush(final);
}

std::vector<HttpRoute> ReadDoors::public_routes() {
  if (!config_.publication.enabled) return {};
  return doors::public_routes({*public_log_, *trees_, aggregates_, [this] { return model_->counts().progress.processing_time; }, {config_.publication.publisher, config_.publication.url}});
}

doors::ApiParts ReadDoors::parts() {
  doors::ApiParts parts{*model_, *authenticator_, clock_};
  parts.limits = {config_.http.rate_per_s, config_.http.rate_burst, config_.http.quota_per_day};
  parts.evidence = evidence_.get();
  parts.streams_most = static_cast<int>(config_.http.max_streams);
  parts.webhooks = webhooks_.get();
  parts.backtests = backtests_.get();
  parts.stream_clients = stream_clients_;
  parts.stream_lag = stream_lag_;
  parts.answers = answers_.get();
  parts.oprf_key = oprf_key_;
  parts.oprf_limits = {config_.oprf.per_second, config_.oprf.per_second, config_.oprf.per_day};
  parts.trees = trees_.get();
  parts.publisher = config_.publication.publisher;
  parts.status = [this] { return std::string_view(status_.load()); };
  return parts;
}

std::vector<HttpRoute> ReadDoors::routes(HttpSource* commands) {
  doors::ApiParts parts = this->parts();
  parts.commands = commands;
  return doors::Api::routes(std::move(parts));
}

void ReadDoors::guard_events(HttpRoutes& routes, HttpSource& events) {
  if (config_.access.jwks.empty() && config_.access.certificates.empty()) return;
  routes.admit_events = doors::Api::admit_events(parts());
  routes.on_events = make_events_handler(events, [this](const HttpRequest& request) -> RecordHeaders {
    const auto identity = authenticator_->identify(request);
    // An office speaks for others: hotlines and registers name whom they name. A token that ended meanwhile speaks for nobody.
    if (identity.who && identity.who->party.empty()) return {};
    return {{std::string(kPartyHeader), identity.who ? identity.who->party : std::string(kNoParty)}};
  });
}

ChainedHub::Sinks ReadDoors::watched(ChainedHub::Sinks sinks) {
  for (std::size_t o = 0; o < kOutputs; ++o) {
    const auto output = static_cast<Output>(o);
    if (!sinks[o]) continue;
    if (output == Output::kDeadLetter && keeps_dead_letters_) {
      const auto look = [this, output](std::string_view line) { this->line(output, line); };
      sinks[o] = std::make_unique<WatchedSink>(std::move(sinks[o]), look, look);
    }
    if (!doors::is_read(output)) continue;
    sinks[o] = std::make_unique<WatchedSink>(std::move(sinks[o]), [this, output](std::string_view line) {
      if (!model_->add(output, line)) ++unreadable_;
    }, [this, output](std::string_view line) { feed_->line(output, line); });
  }
  return sinks;
}

Result<void> ReadDoors::lead(HttpSource* commands, const TickEvent* last) {
  // Webhooks give up what cannot be read, and their rows may speak of the newest line: what was heard since we were last level comes first.
  if (last != nullptr) round_done(*last);
  feed_->settle();
  if (shared_ != nullptr) {
    BW_TRY(shared_->take_over());
    if (webhooks_) BW_TRY(webhooks_->reload());
  }
  member_topics_->start();
  if (!webhooks_) return {};
  // One receipt a member in ten seconds: the ledger grows by less than a command an officer gives.
  constexpr std::int64_t kReceiptEveryMs = 10'000;
  if (commands != nullptr) {
    webhooks_->on_receipt([this, commands](const doors::Principal& owner, const doors::StreamKey& reached) {
      const std::string id = "R-" + to_hex(sha256(owner.name, owner.party, doors::to_text(reached))).substr(0, 32);
      // A full queue or a pipeline that ends loses this one; the next says more.
      (void)commands->submit_records({doors::command_event(id, clock_.now(), owner, doors::receipt_of(owner, "webhook", reached))}, {});
    }, kReceiptEveryMs);
  }
  webhooks_->start();
  return {};
}

Result<void> ReadDoors::restored(const TickEvent* last) {
  // What was folded again and is new waits in the feed; what the sinks held comes before it.
  BW_TRY(model_->publish());
  if (last != nullptr) round_done(*last);
  set_status("ok");
  return {};
}

void ReadDoors::line(Output output, std::string_view line) {
  if (output == Output::kDeadLetter) {
    if (!dead_letters_.add(line)) ++unreadable_;
  } else {
    feed_->line(output, line);
  }
}

void ReadDoors::round_done(const TickEvent& tick) {
  if (dead_letters_.publish()) member_topics_->wake();
  feed_->hand_over(progress_of(tick));
}

}  // namespace brushwatch::app
