#pragma once
/// The HTTP routes of reading and commanding, made from the one table (routes.h): every route is admitted by role before its
/// body is read, and every object by its marking.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connectors/http/http_source.h"
#include "connectors/http/server.h"
#include "doors/answer_book.h"
#include "doors/backtest_api.h"
#include "doors/event_stream.h"
#include "doors/evidence.h"
#include "doors/identity.h"
#include "doors/limiter.h"
#include "doors/read_model.h"
#include "doors/routes.h"
#include "doors/webhooks.h"
#include "doors/tree_book.h"

namespace brushwatch::doors {

struct ApiParts {
  ReadModel& model;
  Authenticator& authenticator;
  Clock& clock;
  Limits limits;
  int streams_most = 768;  ///< three quarters of the default connection limit: requests keep getting in
  const TreeBook* trees = nullptr;  ///< none: no heads and no proofs
  std::string publisher;            ///< the alliance's name, in exports
  EvidenceReader* evidence = nullptr;  ///< reads the ledger; none: there is no evidence to be had here
  HttpSource* commands = nullptr;  ///< where commands go; none: they are refused with no_pipeline_input
  std::string oprf_key;            ///< 32 bytes; "" = none is held here
  Limits oprf_limits{.per_second = 100, .burst = 100};  ///< evaluations of one party
  AnswerBook* answers = nullptr;   ///< none: used Idempotency-Keys are known for the life of the process
  Webhooks* webhooks = nullptr;    ///< none: their routes answer no_webhooks
  Backtests* backtests = nullptr;  ///< none: their routes answer no_backtests
  std::shared_ptr<std::atomic<int>> stream_clients = std::make_shared<std::atomic<int>>(0);  ///< counts those of the live stream
  std::shared_ptr<const StreamLag> stream_lag;  ///< hears of what the live stream has written; none: nobody measures
  std::function<std::string_view()> status = [] { return std::string_view("ok"); };  ///< "ok", "restoring", "draining"
};

/// A command.issued of the public contract, in `who`'s name.
std::string command_event(std::string_view id, EventTime at, const Principal& who, const std::map<std::string_view, std::string>& members);
/// The members of the command that says that `who` holds everything up to `reached` (alliance/case_line.h).
std::map<std::string_view, std::string> receipt_of(const Principal& who, std::string_view channel, const StreamKey& reached);

/// The ETag of an object that two lines make up.
std::string both(std::string_view a, std::string_view b);

/// Threads: reading routes run on the server's readers' thread, all others on its I/O thread, and so does admission.
class Api : public std::enable_shared_from_this<Api> {
 public:
  /// What `parts` refers to outlives the server that runs the routes; the Api itself lives in them.
  static std::vector<HttpRoute> routes(ApiParts parts);
  /// Admission to POST /api/v1/events under the same tokens, roles and shares.
  static std::function<std::optional<HttpReply>(const HttpRequest&)> admit_events(ApiParts parts);

 private:
  explicit Api(ApiParts parts) : parts_(std::move(parts)), limiter_(parts_.limits, parts_.clock), oprf_budget_(parts_.oprf_limits, parts_.clock) {}
  struct Call {
    const HttpRequest& request;
    const Principal& who;
    std::string id;  ///< the path's {id}, decoded
  };
  std::optional<HttpReply> admit(const Route& route, const HttpRequest& request);
  void serve(const Route& route, const HttpRequest& request, const HttpDone& done);
  HttpReply health();
  HttpReply list(const Call& call, Topic topic);
  HttpReply one(const Call& call, Topic topic);
  HttpReply history(const Call& call, Topic topic);
  HttpReply subjects(const Call& call);
  HttpReply subject(const Call& call);
  HttpReply graph(const Call& call);
  HttpReply stream(const Call& call);
  HttpReply detectors(const Call& call);                  // verdicts.cc
  void evidence(const Call& call, const HttpDone& done);  // evidence.cc
  void command(const Call& call, const HttpDone& done);
  HttpReply oprf(const Call& call);  // oprf_route.cc
  // sightings.cc
  HttpReply sightings(const Call& call, Topic of);
  void sight(const Call& call, Topic of, const HttpDone& done);
  HttpReply sighted();
  void acknowledge(const Call& call, const HttpDone& done);
  HttpReply receipts(const Call& call);

  /// The event's own members, by name.
  using CommandMembers = std::map<std::string_view, std::string>;
  /// Nullopt: the Idempotency-Key is new, go on; else what to answer.
  std::optional<HttpReply> answered(const Call& call);
  /// Puts a command.issued into the ledger in the caller's name and answers 202 when it is durable. After answered().
  void submit(const Call& call, const CommandMembers& command, const HttpDone& done);

  ApiParts parts_;
  Limiter limiter_;       // I/O thread
  Limiter oprf_budget_;   // readers' thread
  std::shared_ptr<StreamFan> fan_ = std::make_shared<StreamFan>(parts_.model);
  AnswerBook own_answers_;
  AnswerBook& answers_ = parts_.answers != nullptr ? *parts_.answers : own_answers_;
};

}  // namespace brushwatch::doors
