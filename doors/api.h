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
#include "doors/evidence.h"
#include "doors/identity.h"
#include "doors/limiter.h"
#include "doors/read_model.h"
#include "doors/routes.h"
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
  std::function<std::string_view()> status = [] { return std::string_view("ok"); };  ///< "ok", "restoring", "draining"
};

/// The ETag of an object that two lines make up.
std::string both(std::string_view a, std::string_view b);

/// Threads: the handlers run on the server's I/O thread.
class Api : public std::enable_shared_from_this<Api> {
 public:
  /// What `parts` refers to outlives the server that runs the routes; the Api itself lives in them.
  static std::vector<HttpRoute> routes(ApiParts parts);
  /// Admission to POST /api/v1/events under the same tokens, roles and shares.
  static std::function<std::optional<HttpReply>(const HttpRequest&)> admit_events(ApiParts parts);

 private:
  explicit Api(ApiParts parts) : parts_(std::move(parts)), limiter_(parts_.limits, parts_.clock) {}
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

  /// What was answered to an Idempotency-Key.
  struct Answered {
    std::string body_hash;
    std::optional<HttpReply> reply;  ///< nullopt while the ledger has not said yet
  };
  ApiParts parts_;
  Limiter limiter_;
  std::shared_ptr<std::atomic<int>> clients_ = std::make_shared<std::atomic<int>>(0);
  std::mutex answers_mutex_;
  std::map<std::string, Answered, std::less<>> answers_;
  std::deque<std::string> answers_order_;
};

}  // namespace brushwatch::doors
