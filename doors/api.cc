#include "doors/api.h"

#include <algorithm>

#include "alliance/view.h"
#include "doors/answer.h"
#include "doors/event_stream.h"
#include "doors/graph.h"
#include "doors/json.h"
#include "doors/proof_routes.h"
#include "doors/query.h"
#include "doors/webhook_api.h"
#include "doors/stix_route.h"

namespace brushwatch::doors {
namespace {

constexpr std::int64_t kLimitMost = 200, kLimitDefault = 50;
/// Alerts of others that a graph looks through for shared evidence: some 10 ms.
constexpr std::size_t kGraphOthers = 100;
constexpr std::size_t kCursorMost = 128;

/// False when the cursor is none of ours.
bool read_cursor(Query& query, std::optional<StreamKey>& before) {
  const std::string text = query.text("cursor", kCursorMost);
  if (text.empty()) return true;
  before = key_from_text(text);
  return before.has_value();
}
HttpReply bad_cursor(const HttpRequest& request) {
  return problem(400, "bad_cursor", "not a cursor of this service; begin without one", request.trace_id, {{"cursor", "unknown"}});
}

void items(JsonOut& json, const std::vector<Served>& served) {
  json.begin_array();
  for (const Served& s : served) json.raw(s.json);
  json.end_array();
}
void next_cursor(JsonOut& json, const std::optional<StreamKey>& next) {
  json.key("next_cursor");
  if (next) json.text(to_text(*next));
  else json.null();
}
void kinds(JsonOut& json, const SubjectSummary& subject) {
  json.member("id", subject.id).key("kinds").begin_array();
  for (const std::string& kind : subject.kinds) json.text(kind);
  json.end_array();
}

}  // namespace

std::string both(std::string_view a, std::string_view b) { return to_hex(sha256(a, b)); }

std::vector<HttpRoute> Api::routes(ApiParts parts) {
  const std::shared_ptr<Api> api(new Api(std::move(parts)));
  std::vector<HttpRoute> out;
  for (const Route& route : doors::routes()) {
    const bool of_trees = route.verb == Verb::kHeads || route.verb == Verb::kInclusion || route.verb == Verb::kConsistency;
    if (of_trees && api->parts_.trees == nullptr) continue;
    HttpRoute r;
    r.method = route.method;
    r.path = route.path;
    if (route.method == "POST") r.content_types = {"application/json"};
    // A graph takes some ms; asking must not hold up whoever sends events.
    r.aside = route.method == "GET" || route.verb == Verb::kOprf;
    r.refused_while_draining = route.verb == Verb::kCommand || route.verb == Verb::kStream;
    r.admit = [api, &route](const HttpRequest& request) { return api->admit(route, request); };
    r.handler = [api, &route](const HttpRequest& request, const HttpDone& done) { api->serve(route, request, done); };
    out.push_back(std::move(r));
  }
  return out;
}

std::function<std::optional<HttpReply>(const HttpRequest&)> Api::admit_events(ApiParts parts) {
  return [api = std::shared_ptr<Api>(new Api(std::move(parts)))](const HttpRequest& request) { return api->admit(events_route(), request); };
}

std::optional<HttpReply> Api::admit(const Route& route, const HttpRequest& request) {
  const Identity identity = parts_.authenticator.identify(request);
  if (!identity.who) {
    HttpReply reply = problem(401, "unauthenticated", "a valid bearer token is needed", request.trace_id);
    reply.headers.emplace_back("WWW-Authenticate", identity.error.empty() ? "Bearer realm=\"brushwatch\""
                                                                          : "Bearer realm=\"brushwatch\", error=\"" + std::string(identity.error) + "\"");
    return reply;
  }
  if (!route.roles.has(identity.who->role)) return problem(403, "forbidden", "this route is not for your role", request.trace_id);
  if (const int wait = limiter_.ask(identity.who->name); wait > 0) {
    HttpReply reply = problem(429, "rate_limited", "more requests than your share", request.trace_id);
    reply.retry_after_s = wait;
    return reply;
  }
  return std::nullopt;
}

void Api::serve(const Route& route, const HttpRequest& request, const HttpDone& done) {
  const Identity identity = parts_.authenticator.identify(request);
  // Between admission and here the body was read, which may take a token over its end.
  if (!identity.who || !route.roles.has(identity.who->role)) {
    HttpReply reply = problem(401, "unauthenticated", "a valid bearer token is needed", request.trace_id);
    reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"brushwatch\", error=\"invalid_token\"");
    return done(std::move(reply));
  }
  Call call{request, *identity.who, {}};
  if (!request.captured.empty()) {
    const auto id = percent_decoded(request.captured.front());
    if (!id) return done(problem(400, "bad_request", "the path is not percent-encoded UTF-8 text", request.trace_id));
    call.id = *id;
  }
  switch (route.verb) {
    case Verb::kHealth: return done(health());
    case Verb::kListAlerts: return done(list(call, Topic::kAlert));
    case Verb::kGetAlert: return done(one(call, Topic::kAlert));
    case Verb::kAlertHistory: return done(history(call, Topic::kAlert));
    case Verb::kListSubjects: return done(subjects(call));
    case Verb::kGetSubject: return done(subject(call));
    case Verb::kSubjectGraph: return done(graph(call));
    case Verb::kDetectors: return done(detectors(call));
    case Verb::kSubjectEvidence: return evidence(call, done);
    case Verb::kListCases: return done(list(call, Topic::kCase));
    case Verb::kGetCase: return done(one(call, Topic::kCase));
    case Verb::kCaseHistory: return done(history(call, Topic::kCase));
    case Verb::kListEntries: return done(list(call, Topic::kList));
    case Verb::kGetEntry: return done(one(call, Topic::kList));
    case Verb::kEntryHistory: return done(history(call, Topic::kList));
    case Verb::kStream: return done(stream(call));
    case Verb::kCommand: return command(call, done);
    case Verb::kAlertSightings: return done(sightings(call, Topic::kAlert));
    case Verb::kEntrySightings: return done(sightings(call, Topic::kList));
    case Verb::kSightAlert: return sight(call, Topic::kAlert, done);
    case Verb::kSightEntry: return sight(call, Topic::kList, done);
    case Verb::kSightings: return done(sighted());
    case Verb::kAcknowledge: return acknowledge(call, done);
    case Verb::kEntryReceipts: return done(receipts(call));
    case Verb::kOprf: return done(oprf(call));
    case Verb::kListWebhooks: case Verb::kAddWebhook: case Verb::kGetWebhook: case Verb::kActWebhook:
      return serve_webhook(route.verb, parts_.webhooks, parts_.model, {call.request, call.who, call.id}, done);
    case Verb::kRules: case Verb::kListBacktests: case Verb::kBeginBacktest: case Verb::kGetBacktest: case Verb::kCancelBacktest:
      return done(serve_backtest(route.verb, parts_.backtests, request, call.who, call.id));
    case Verb::kHeads: return done(tree_heads(*parts_.trees, request));
    case Verb::kInclusion: return done(inclusion_proof(*parts_.trees, request));
    case Verb::kConsistency: return done(consistency_proof(*parts_.trees, request));
    case Verb::kStix: return done(stix_of_lists(parts_.model, parts_.publisher, call.who, request));
    case Verb::kEvents: break;  // connectors/http's
  }
}

HttpReply Api::health() {
  const ModelCounts counts = parts_.model.counts();
  const auto time = [](EventTime t) { return t == EventTime::min() || t == EventTime::max() ? std::string() : format_time(t); };
  JsonOut json;
  const auto optional = [&json](std::string_view name, const std::string& value) {
    json.key(name);
    if (value.empty()) json.null();
    else json.text(value);
  };
  json.begin_object().member("status", parts_.status()).member("round", static_cast<std::int64_t>(counts.progress.round));
  optional("watermark", counts.has_progress ? time(counts.progress.watermark) : "");
  optional("processing_time", counts.has_progress ? time(counts.progress.processing_time) : "");
  const auto count = [&json](std::string_view name, std::uint64_t n) { json.member(name, static_cast<std::int64_t>(n)); };
  count("lines", counts.lines);
  count("alerts_standing", counts.alerts_standing);
  count("alerts_withdrawn", counts.alerts_withdrawn);
  count("subjects", counts.subjects);
  count("cases", counts.cases);
  count("list_entries", counts.list_entries);
  json.member("stream_clients", parts_.stream_clients->load());
  optional("oldest_id", counts.oldest ? to_text(*counts.oldest) : "");
  optional("newest_id", counts.newest ? to_text(*counts.newest) : "");
  json.end_object();
  return {200, json.take()};
}

HttpReply Api::list(const Call& call, Topic topic) {
  AlertFilter filter;
  const auto read = [&](Query& query) {
    filter.subject = query.text("subject", 128);
    if (topic == Topic::kAlert) {
      filter.subject_kind = query.word("subject_kind", {"shop", "outlet", "courier", "operator", "carrier"});
      filter.pattern = query.word("pattern", {"fake_trade", "malicious_review", "reverse_brushing_victim", "complicit_logistics"});
      filter.direction = query.word("direction", {"promote", "demote", "victim"});
      filter.severity = query.word("severity", {"notice", "alert", "urgent"});
      filter.state = query.word("state", {"standing", "withdrawn"});
      filter.min_posterior_permille = query.number("min_posterior_permille", 0, 1000, 0);
      if (const auto until = query.time("until")) filter.until = *until;
    } else {
      filter.state = query.text("state", 32);
    }
    if (topic == Topic::kList) filter.list = query.word("list", {"BLACK", "WATCH", "RED"});
    if (topic != Topic::kCase) {
      if (const auto since = query.time("since")) filter.since = *since;
    }
  };
  Query query = topic == Topic::kAlert ? Query(call.request.query, {"limit", "cursor", "subject", "subject_kind", "pattern", "direction", "severity", "state",
                                                                    "min_posterior_permille", "since", "until"})
                : topic == Topic::kCase ? Query(call.request.query, {"limit", "cursor", "subject", "state"})
                                        : Query(call.request.query, {"limit", "cursor", "subject", "state", "since", "list"});
  const auto limit = static_cast<std::size_t>(query.number("limit", 1, kLimitMost, kLimitDefault));
  read(query);
  std::optional<StreamKey> before;
  const bool cursor_ok = read_cursor(query, before);
  if (!query.why().empty()) return bad_parameter(call.request, query);
  if (!cursor_ok) return bad_cursor(call.request);
  const auto page = parts_.model.page(topic, filter, before, limit, call.who);
  if (!page) return unreadable(call.request);
  JsonOut json;
  json.begin_object().key("items");
  items(json, page->items);
  next_cursor(json, page->next);
  json.end_object();
  return {200, json.take()};
}

HttpReply Api::one(const Call& call, Topic topic) {
  auto found = parts_.model.find(topic, call.id, call.who);
  if (!found) return unreadable(call.request);
  if (!*found) return not_found(call.request);
  Served& object = **found;
  std::string tag = object.record.hash;
  if (topic == Topic::kAlert) {
    const auto acts = parts_.model.find(Topic::kAlertState, call.id, call.who);
    if (!acts) return unreadable(call.request);
    if (*acts) {
      object.json.pop_back();
      object.json += ",\"procedure\":" + (*acts)->json + "}";
      tag = both(tag, (*acts)->record.hash);
    }
  }
  return tagged(call.request, std::move(object.json), tag);
}

HttpReply Api::history(const Call& call, Topic topic) {
  auto lines = parts_.model.history(topic, call.id, call.who);
  if (!lines) return unreadable(call.request);
  if (!*lines) return not_found(call.request);
  return {200, std::move(**lines), "application/x-ndjson"};
}

HttpReply Api::subjects(const Call& call) {
  Query query(call.request.query, {"limit", "cursor", "q", "kind"});
  const auto limit = static_cast<std::size_t>(query.number("limit", 1, kLimitMost, kLimitDefault));
  const std::string contains = query.text("q", 64);
  const std::string kind = query.word("kind", {"shop", "outlet", "courier", "operator", "carrier"});
  std::optional<StreamKey> before, next;
  const bool cursor_ok = read_cursor(query, before);
  if (!query.why().empty()) return bad_parameter(call.request, query);
  if (!cursor_ok) return bad_cursor(call.request);
  const auto found = parts_.model.subjects(contains, kind, before, limit, call.who, next);
  JsonOut json;
  json.begin_object().key("items").begin_array();
  for (const SubjectSummary& s : found) {
    json.begin_object();
    kinds(json, s);
    json.member("alerts_standing", static_cast<std::int64_t>(s.alerts_standing)).member("alerts_withdrawn", static_cast<std::int64_t>(s.alerts_withdrawn));
    json.member("last_event_time", format_time(s.last_event_time)).end_object();
  }
  json.end_array();
  next_cursor(json, next);
  json.end_object();
  return {200, json.take()};
}

HttpReply Api::subject(const Call& call) {
  Query query(call.request.query, {"as_of"});
  const auto as_of = query.date("as_of");
  if (!query.why().empty()) return bad_parameter(call.request, query);
  const auto summary = parts_.model.subject(call.id, call.who);
  if (!summary) return not_found(call.request);
  JsonOut json;
  json.begin_object();
  kinds(json, *summary);
  const auto of = [&](Topic topic) { return parts_.model.of_subject(call.id, topic, kLimitMost, call.who); };
  const auto alerts = of(Topic::kAlert), cases = of(Topic::kCase), entries = of(Topic::kList), credit = of(Topic::kCredit);
  if (!alerts || !cases || !entries || !credit) return unreadable(call.request);
  // The archive and what registers say are two objects; the newest of each counts.
  const auto newest = [&](std::string_view name, bool identity) {
    json.key(name);
    const auto it = std::find_if(credit->begin(), credit->end(), [&](const Served& s) { return s.record.id.ends_with("#identity") == identity; });
    if (it == credit->end()) json.null();
    else json.raw(it->json);
  };
  newest("identity", true);
  json.key("alerts");
  items(json, *alerts);
  json.key("findings").raw(findings_of(*alerts));
  json.key("cases");
  // A role that may not read cases at all does not read them here either.
  items(json, route_admits(Verb::kListCases, call.who.role) ? *cases : std::vector<Served>{});
  json.key("lists");
  items(json, *entries);
  newest("archive", false);
  if (as_of) {
    // The archive is the fold of its lines (alliance/view.h): of those that this caller may see.
    SubjectKind kind{};
    std::optional<ArchiveView> then;
    if (!credit->empty() && subject_kind_from_name(credit->front().record.subject_kind, kind)) {
      ArchiveReader reader(kind, call.id, *as_of);
      for (const Served& s : *credit) {
        const auto lines = parts_.model.history(Topic::kCredit, s.record.id, call.who);
        if (!lines) return unreadable(call.request);
        for (std::string_view rest = *lines ? std::string_view(**lines) : std::string_view(); !rest.empty();) {
          const std::size_t end = rest.find('\n');
          reader.add(rest.substr(0, end));
          rest.remove_prefix(end + 1);
        }
      }
      then = reader.finish();
    }
    json.key("archive_as_of");
    if (then) json.raw(archive_json(*then, *as_of));
    else json.null();
  }
  json.end_object();
  std::string body = json.take();
  const Digest digest = sha256(body);
  const std::string tag = to_hex(std::span(digest).first(16));
  return tagged(call.request, std::move(body), tag);
}

HttpReply Api::graph(const Call& call) {
  Query query(call.request.query, {"nodes"});
  const auto nodes = static_cast<std::size_t>(query.number("nodes", 2, static_cast<std::int64_t>(kGraphNodesMost), static_cast<std::int64_t>(kGraphNodesMost)));
  if (!query.why().empty()) return bad_parameter(call.request, query);
  if (!parts_.model.subject(call.id, call.who)) return not_found(call.request);
  const auto own = parts_.model.of_subject(call.id, Topic::kAlert, kGraphOthers, call.who);
  const auto others = parts_.model.page(Topic::kAlert, {}, std::nullopt, kGraphOthers, call.who);
  if (!own || !others) return unreadable(call.request);
  return {200, evidence_graph(call.id, *own, others->items, nodes)};
}

HttpReply Api::stream(const Call& call) {
  Query query(call.request.query, {"topics", "since"});
  EventStreamOptions options;
  options.who = call.who;
  const std::string words = query.text("topics", 64);
  std::string since = query.text("since", 96);
  if (!query.why().empty()) return bad_parameter(call.request, query);
  for (std::string_view rest = words; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const auto topic = topic_from_name(rest.substr(0, comma));
    if (!topic) return problem(400, "bad_parameter", "topics are alert, alert_state, case, refusal, list, credit, sighting, receipt", call.request.trace_id, {{"topics", "unknown"}});
    options.topics.insert(*topic);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (options.topics.empty()) options.topics = {Topic::kAlert, Topic::kAlertState, Topic::kCase, Topic::kRefusal, Topic::kList, Topic::kCredit};
  if (!route_admits(Verb::kListCases, call.who.role)) {
    for (const Topic topic : {Topic::kAlertState, Topic::kCase, Topic::kRefusal}) options.topics.erase(topic);
  }
  // The header is what a reconnecting browser sends; it knows better than the address it was first given.
  if (const std::string_view last = header(call.request, "last-event-id"); !last.empty()) since = last;
  if (since.empty()) {
    options.after = parts_.model.newest();
  } else if (since == "start") {
    options.after = parts_.model.before_oldest();
  } else if (const auto key = key_from_text(since)) {
    options.after = *key;
  } else {
    options.after = parts_.model.before_oldest();
    options.resync = true;
  }
  if (parts_.stream_clients->load() >= parts_.streams_most) {
    HttpReply reply = problem(503, "too_many_streams", "all places for streams are taken", call.request.trace_id);
    reply.retry_after_s = 10;
    return reply;
  }
  HttpReply reply;
  reply.content_type = "text/event-stream";
  reply.headers.emplace_back("X-Accel-Buffering", "no");
  if (call.request.method != "HEAD") reply.stream = make_event_stream(fan_, std::move(options), parts_.stream_clients, parts_.stream_lag);
  return reply;
}

}  // namespace brushwatch::doors
