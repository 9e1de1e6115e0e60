#include "apps/read_doors.h"

#include <filesystem>

#include "connectors/http/events_route.h"
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
  [[nodiscard]] bool waits() const override { return false; }  // the read model is built by one thread
  void serve() override { inner_->serve(); }

 private:
  std::unique_ptr<LineSink> inner_;
  Look look_, look_new_;
};

doors::Progress progress_of(const TickEvent& tick) { return {tick.round, tick.watermark, tick.processing_time}; }

}  // namespace

Result<std::unique_ptr<ReadDoors>> ReadDoors::open(const Config& config, const std::string& directory, Clock& clock) {
  std::unique_ptr<ReadDoors> doors(new ReadDoors(config, clock));
  std::error_code code;
  std::filesystem::remove_all(directory, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot empty the read model's directory", code.value()).in(directory));
  RocksDbOptions options;
  options.directory = directory;
  options.cache_bytes = 32ULL << 20;  // newest lines are what everybody reads
  options.write_buffer_bytes = 8ULL << 20;
  BW_ASSIGN(doors->store_, open_rocksdb_store(options));
  doors->model_ = std::make_unique<doors::ReadModel>(*doors->store_);
  doors->feed_ = std::make_unique<doors::ModelFeed>(*doors->model_);
  doors->model_->on_published([raw = doors.get()] {
    const std::lock_guard lock(raw->server_mutex_);
    if (raw->server_ != nullptr) raw->server_->wake_streams();
  });
  if (const auto role = doors::role_from_name(config.access.anonymous_role)) {
    doors->authenticator_ = std::make_unique<doors::EverybodyAuthenticator>(doors::Principal{*role, "anonymous", ""});
  } else if (!config.access.jwks.empty()) {
    BW_ASSIGN(doors->authenticator_, doors::TokenAuthenticator::open({config.access.jwks, config.access.issuer, config.access.audience}, clock));
  } else {
    doors->authenticator_ = std::make_unique<doors::NobodyAuthenticator>();
  }
  return doors;
}

doors::ApiParts ReadDoors::parts() {
  doors::ApiParts parts{*model_, *authenticator_, clock_};
  parts.limits = {config_.http.rate_per_s, config_.http.rate_burst, config_.http.quota_per_day};
  parts.streams_most = static_cast<int>(config_.http.max_streams);
  parts.status = [this] { return std::string_view(status_.load()); };
  return parts;
}

std::vector<HttpRoute> ReadDoors::routes(HttpSource* commands) {
  doors::ApiParts parts = this->parts();
  parts.commands = commands;
  return doors::Api::routes(std::move(parts));
}

void ReadDoors::guard_events(HttpRoutes& routes, HttpSource& events) {
  if (config_.access.jwks.empty()) return;
  routes.admit_events = doors::Api::admit_events(parts());
  routes.on_events = make_events_handler(events, [this](const HttpRequest& request) -> RecordHeaders {
    const auto identity = authenticator_->identify(request);
    // An office speaks for others: hotlines and registers name whom they name. A token that ended meanwhile speaks for nobody.
    if (identity.who && identity.who->party.empty()) return {};
    return {{std::string(doors::kPartyHeader), identity.who ? identity.who->party : "-"}};
  });
}

ChainedHub::Sinks ReadDoors::watched(ChainedHub::Sinks sinks) {
  for (std::size_t o = 0; o < kOutputs; ++o) {
    const auto output = static_cast<Output>(o);
    if (!sinks[o] || !doors::is_read(output)) continue;
    sinks[o] = std::make_unique<WatchedSink>(std::move(sinks[o]), [this, output](std::string_view line) {
      if (!model_->add(output, line)) ++unreadable_;
    }, [this, output](std::string_view line) { feed_->line(output, line); });
  }
  return sinks;
}

Result<void> ReadDoors::restored(const TickEvent* last) {
  // What was folded again and is new waits in the feed; what the sinks held comes before it.
  BW_TRY(model_->publish());
  if (last != nullptr) round_done(*last);
  set_status("ok");
  return {};
}

void ReadDoors::round_done(const TickEvent& tick) { feed_->hand_over(progress_of(tick)); }

}  // namespace brushwatch::app
