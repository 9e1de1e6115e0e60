#include "doors/graph.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <set>

#include "doors/json.h"

namespace brushwatch::doors {
namespace {

struct Node {
  std::string kind, label, severity, state, family, en, zh;
  std::int64_t weight = 0;
  int hop = -1;
};
struct Edge {
  std::string from, to;
  std::string_view reason;
  std::int64_t weight = 0;
};

std::string text_of(const rapidjson::Value& object, const char* name) {
  const auto it = object.FindMember(name);
  return it != object.MemberEnd() && it->value.IsString() ? std::string(it->value.GetString(), it->value.GetStringLength()) : std::string();
}
std::int64_t number_of(const rapidjson::Value& object, const char* name) {
  const auto it = object.FindMember(name);
  return it != object.MemberEnd() && it->value.IsInt64() ? it->value.GetInt64() : 0;
}

/// Everything that the lines say, whole; cut afterwards.
struct Drawing {
  std::map<std::string, Node> nodes;
  std::vector<Edge> edges;
  std::map<std::string, std::vector<std::size_t>> at;  // node → its edges

  Node& node(const std::string& id, std::string_view kind, std::string label) {
    Node& n = nodes[id];
    n.kind = kind;
    n.label = std::move(label);
    return n;
  }
  void edge(std::string from, std::string to, std::string_view reason, std::int64_t weight) {
    at[from].push_back(edges.size());
    at[to].push_back(edges.size());
    edges.push_back({std::move(from), std::move(to), reason, weight});
  }

  void alert(const Served& served) {
    rapidjson::Document json;
    json.Parse(served.json.data(), served.json.size());
    if (json.HasParseError() || !json.IsObject()) return;
    const Record& r = served.record;
    const std::string subject = "subject:" + r.subject, id = "alert:" + r.id;
    node(subject, "subject", r.subject);
    Node& alert = node(id, "alert", r.pattern);
    alert.severity = r.severity;
    alert.state = r.state;
    alert.weight = r.posterior_permille;
    edge(subject, id, "accused_in", r.posterior_permille);
    const auto reasons = json.FindMember("reasons");
    if (reasons == json.MemberEnd() || !reasons->value.IsArray()) return;
    for (const auto& reason : reasons->value.GetArray()) {
      if (!reason.IsObject()) continue;
      const auto window = reason.FindMember("window");
      // A finding is the same in every alert that tells it: subject, detector, window, scope.
      const std::string finding = "finding:" + r.subject + "|" + text_of(reason, "detector") + "|" +
                                  (window != reason.MemberEnd() && window->value.IsObject() ? text_of(window->value, "start") : "") + "|" + text_of(reason, "scope");
      Node& f = node(finding, "finding", text_of(reason, "name"));
      f.family = text_of(reason, "family");
      f.en = text_of(reason, "en");
      f.zh = text_of(reason, "zh");
      f.weight = number_of(reason, "llr_milli");
      edge(id, finding, "told_by", f.weight);
      const auto evidence = reason.FindMember("evidence");
      if (evidence == reason.MemberEnd() || !evidence->value.IsArray()) continue;
      for (const auto& place : evidence->value.GetArray()) {
        if (!place.IsObject()) continue;
        const std::string label = text_of(place, "source") + "#" + std::to_string(number_of(place, "offset"));
        node("evidence:" + label, "evidence", label).weight = 1;
        edge(finding, "evidence:" + label, "rests_on", 1);
      }
    }
  }
};

std::string dumped(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

std::string findings_of(const std::vector<Served>& alerts) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  std::set<std::string> seen;
  for (const Served& served : alerts) {
    rapidjson::Document json;
    json.Parse(served.json.data(), served.json.size());
    if (json.HasParseError() || !json.IsObject() || !json.HasMember("reasons") || !json["reasons"].IsArray()) continue;
    for (const auto& reason : json["reasons"].GetArray()) {
      if (!reason.IsObject()) continue;
      std::string text = dumped(reason);
      if (seen.insert(text).second) found.emplace_back(number_of(reason, "llr_milli"), std::move(text));
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  JsonOut json;
  json.begin_array();
  for (const auto& [llr, text] : found) json.raw(text);
  json.end_array();
  return json.take();
}

std::string evidence_graph(std::string_view subject, const std::vector<Served>& alerts, const std::vector<Served>& others, std::size_t nodes_most) {
  Drawing drawing;
  for (const Served& a : alerts) drawing.alert(a);
  for (const Served& a : others) drawing.alert(a);
  const std::string root = "subject:" + std::string(subject);
  drawing.node(root, "subject", std::string(subject)).hop = 0;

  // Outward from the root; what cannot be reached has nothing to do with it.
  std::vector<std::string> kept{root}, ring{root};
  std::size_t left_out = 0;
  for (int hop = 1; !ring.empty(); ++hop) {
    std::set<std::string> reached;
    for (const std::string& id : ring) {
      for (const std::size_t e : drawing.at[id]) {
        const std::string& other = drawing.edges[e].from == id ? drawing.edges[e].to : drawing.edges[e].from;
        if (drawing.nodes[other].hop < 0) reached.insert(other);
      }
    }
    std::vector<std::string> next(reached.begin(), reached.end());
    std::stable_sort(next.begin(), next.end(), [&](const std::string& a, const std::string& b) {
      const Node &x = drawing.nodes[a], &y = drawing.nodes[b];
      // A piece of evidence that several findings share ties subjects together: it goes first.
      const std::size_t shared_x = drawing.at[a].size(), shared_y = drawing.at[b].size();
      return x.weight != y.weight ? x.weight > y.weight : shared_x > shared_y;
    });
    // Findings lead back to their alert and on to their subject: three more hops are the other party, then it ends.
    if (hop > 6) {
      left_out += next.size();
      break;
    }
    ring.clear();
    for (const std::string& id : next) {
      if (kept.size() >= nodes_most) {
        ++left_out;
        continue;
      }
      drawing.nodes[id].hop = hop;
      kept.push_back(id);
      ring.push_back(id);
    }
  }

  JsonOut json;
  json.begin_object().member("subject", subject).key("nodes").begin_array();
  for (const std::string& id : kept) {
    const Node& n = drawing.nodes[id];
    json.begin_object().member("id", id).member("kind", n.kind).member("label", n.label).member("hop", n.hop);
    if (n.kind == "alert") json.member("severity", n.severity).member("state", n.state);
    if (n.kind == "finding") json.member("family", n.family).member("en", n.en).member("zh", n.zh);
    json.end_object();
  }
  json.end_array().key("edges").begin_array();
  std::size_t edges_left_out = 0;
  std::set<std::pair<std::string, std::string>> drawn;
  for (const Edge& e : drawing.edges) {
    if (drawing.nodes[e.from].hop < 0 || drawing.nodes[e.to].hop < 0) {
      ++edges_left_out;
      continue;
    }
    if (!drawn.insert({e.from, e.to}).second) continue;
    json.begin_object().member("from", e.from).member("to", e.to).member("reason", e.reason).member("weight", e.weight).end_object();
  }
  json.end_array().member("nodes_left_out", static_cast<std::int64_t>(left_out)).member("edges_left_out", static_cast<std::int64_t>(edges_left_out)).end_object();
  return json.take();
}

}  // namespace brushwatch::doors
