#include "alliance/case_line.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <bit>

#include "alliance/alert_line.h"

namespace brushwatch {
namespace {

/// A writer whose members that say nothing are left out.
class Json {
 public:
  Json() : json_(buffer_) { json_.StartObject(); }
  std::string fields() {
    json_.EndObject();
    return {buffer_.GetString() + 1, buffer_.GetSize() - 2};
  }
  void key(std::string_view name) { json_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
  void value(std::string_view text) { json_.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }
  void text(std::string_view name, std::string_view v) {
    if (v.empty()) return;
    key(name);
    value(v);
  }
  void must(std::string_view name, std::string_view v) {
    key(name);
    value(v);
  }
  void number(std::string_view name, std::int64_t v) {
    key(name);
    json_.Int64(v);
  }
  void truth(std::string_view name, bool v) {
    if (!v) return;
    key(name);
    json_.Bool(true);
  }
  void time(std::string_view name, EventTime t) {
    if (t.ms == 0 || t == EventTime::max()) return;
    must(name, format_time(t));
  }
  void date(std::string_view name, EventTime t) {
    if (t.ms == 0 || t == EventTime::max()) return;
    must(name, format_date(date_of(t)));
  }
  void day(std::string_view name, std::int64_t day) {
    if (day == INT64_MAX) return;
    must(name, format_date({day}));
  }
  template <class Body> void object(std::string_view name, Body&& body) {
    key(name);
    json_.StartObject();
    body();
    json_.EndObject();
  }
  template <class Body> void list(std::string_view name, Body&& body) {
    key(name);
    json_.StartArray();
    body();
    json_.EndArray();
  }
  template <class Body> void element(Body&& body) {
    json_.StartObject();
    body();
    json_.EndObject();
  }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> json_;
};

void document(Json& json, std::string_view no, std::string_view issuer, EventTime date) {
  if (no.empty()) return;
  json.object("document", [&] {
    json.must("no", no);
    json.text("issuer", issuer);
    json.date("date", date);
  });
}

void due(Json& json, std::string_view name, const Due& d) {
  if (!d.runs()) return;
  json.object(name, [&] {
    json.must("kind", due_name(d.kind));
    // The last day of the term, and the moment it is over.
    json.must("last_day", format_date(date_of(d.at - 1)));
    json.must("until", format_time(d.at));
    json.number("calendar_version", d.calendar);
    json.truth("provisional", d.provisional);
  });
}

void officer(Json& json, std::string_view name, Role role, std::string_view actor) {
  if (actor.empty()) return;
  json.object(name, [&] {
    json.must("role", role_name(role));
    json.must("actor", actor);
  });
}

void families(Json& json, std::uint8_t bits) {
  std::string letters;
  for (std::size_t i = 0; i < kFamilies; ++i) if ((bits >> i & 1U) != 0) letters += family_letter(static_cast<Family>(i));
  json.must("families", letters);
}

void whole(Json& json, const AlertFile& a) {
  json.object("alert", [&] {
    json.must("state", state_name(a.state));
    json.number("version", a.version);
    json.must("direction", direction_name(a.direction));
    json.must("week", format_time(a.week));
    json.must("severity", severity_name(static_cast<Severity>(a.severity)));
    json.number("posterior_permille", a.posterior_permille);
    families(json, a.families);
    json.truth("possibly_framed", a.possibly_framed);
    json.truth("retracted", a.retracted);
    json.text("taken_by", a.taken_by);
    json.text("reason", a.reason);
    json.time("raised_at", a.raised_at);
    due(json, "due", a.due);
  });
}

void whole(Json& json, const CaseFile& c) {
  json.object("case", [&] {
    json.must("state", state_name(c.state));
    json.number("version", c.version);
    json.text("alert", c.alert);
    json.truth("possibly_framed", c.possibly_framed);
    json.list("analysts", [&] { for (const std::string& a : c.analysts) json.value(a); });
    json.list("evidence", [&] { for (const std::string& e : c.evidence) json.value(e); });
    json.text("asked", c.asked);
    json.text("dossier", c.dossier);
    json.text("confirmed_by", c.confirmed_by);
    json.text("behaviour", c.behaviour);
    json.text("reason", c.reason);
    if (!c.penalty_document.empty()) {
      json.object("penalty", [&] {
        json.must("no", c.penalty_document);
        json.text("issuer", c.penalty_issuer);
        json.date("date", c.penalty_date);
      });
    }
    json.text("entry", c.entry);
    json.time("opened_at", c.opened_at);
    if (c.reopened > 0) json.number("reopened", c.reopened);
    due(json, "due", c.due);
  });
}

/// The unified social credit code of the subject, or of who keeps the shop; "" when no register told it.
std::string_view uscc_of(const SubjectFile& file) {
  constexpr std::string_view kCode = "USCC:";
  for (const std::string_view id : {std::string_view(file.id()), std::string_view(file.archive().identity.parent)}) {
    if (id.starts_with(kCode)) return id.substr(kCode.size());
  }
  return {};
}

void whole(Json& json, const Entry& e, const SubjectFile& file) {
  json.object("entry", [&] {
    json.must("list", list_name(e.list));
    json.must("state", state_name(e.state));
    json.number("version", e.version);
    json.number("level", e.level);
    json.truth("in_force", in_force(e.state));
    json.text("name", file.archive().identity.name);
    json.text("uscc", uscc_of(file));
    if (file.archive().identity.region6 != 0) json.number("region6", file.archive().identity.region6);
    json.text("behaviour", e.behaviour);
    json.text("facts", e.facts);
    json.text("basis", e.basis);
    document(json, e.document, e.issuer, e.document_date);
    json.text("class", grade_name(e.grade));
    officer(json, "proposer", e.proposer_role, e.proposer);
    json.list("reviewers", [&] {
      if (e.reviewers.actor_a.empty()) return;
      for (const auto& [role, actor] : {std::pair(e.reviewers.role_a, &e.reviewers.actor_a), std::pair(e.reviewers.role_b, &e.reviewers.actor_b)}) {
        json.element([&, role = role, actor = actor] {
          json.must("role", role_name(role));
          json.must("actor", *actor);
        });
      }
    });
    if (e.pending.given()) {
      json.object("awaits_second", [&] {
        json.must("command", verb_name(e.pending.verb));
        json.must("role", role_name(e.pending.role));
        json.must("actor", e.pending.actor);
        json.time("at", e.pending.at);
      });
    }
    json.text("case", e.case_id);
    json.time("proposed_at", e.proposed_at);
    json.time("noticed_at", e.noticed_at);
    json.time("listed_at", e.listed_at);
    json.time("served_at", e.served_at);
    json.day("min_until", e.min_until);
    json.day("max_until", e.max_until);
    due(json, "due", e.due);
    due(json, "rectify_due", e.rectify);
    if (e.commitment) {
      json.object("commitment", [&] {
        json.must("document", e.commitment_document);
        json.time("at", e.commitment_at);
      });
    }
    json.truth("corrected", e.corrected);
    if (e.objections > 0) json.number("objections", e.objections);
    json.text("objection", e.objection);
    json.text("answer", e.answer);
    json.text("interview", e.interview);
    json.text("posting", e.level >= 2 ? std::string_view(e.posting) : std::string_view());
    if (e.extensions > 0) json.number("extensions", e.extensions);
    if (e.repair_requests > 0) json.number("repair_requests", e.repair_requests);
    if (e.corrections > 0) json.number("corrections", e.corrections);
    json.list("flags", [&] {
      if (e.notice_late) json.value("NOTICE_LATE");
      if (e.answer_late) json.value("ANSWER_LATE");
      if (e.verify_late) json.value("VERIFY_LATE");
      if (e.interview_late) json.value("INTERVIEW_LATE");
      if (e.repair_late) json.value("REPAIR_LATE");
      if (e.uncorrected_at_end) json.value("UNCORRECTED_AT_END");
    });
    json.list("measures", [&] {
      for (const Measure& m : e.measures) {
        json.element([&] {
          json.must("code", m.code);
          json.must("role", role_name(m.role));
          json.must("actor", m.actor);
          json.text("basis", m.basis);
          json.time("from", m.from);
          json.time("to", m.to);
        });
      }
    });
    json.text("evidence", e.evidence);
    json.time("ended_at", e.ended_at);
    json.text("end_reason", e.end_reason);
  });
}

void subject(Json& json, const SubjectFile& file) {
  json.object("subject", [&] {
    json.must("kind", subject_kind_name(file.kind()));
    json.must("id", file.id());
  });
}

void caused_by(Json& json, const LineCause& cause) {
  if (!cause.caused_by || cause.sources == nullptr) return;
  const std::string_view name = cause.sources->name(cause.caused_by->source());
  json.object("caused_by", [&] {
    json.must("source", name.empty() ? fmt::format("#{}", cause.caused_by->source()) : std::string(name));
    json.number("offset", static_cast<std::int64_t>(cause.caused_by->offset()));
  });
}

void act_members(Json& json, const Act& act) {
  json.must("command", verb_name(act.verb));
  json.object("by", [&] {
    json.must("role", role_name(act.role));
    json.must("actor", act.actor);
  });
  json.text("reason", act.papers.reason);
  json.text("note", act.papers.note);
  document(json, act.papers.document, act.papers.issuer, act.papers.document_date);
  json.text("basis", act.papers.basis);
  json.text("evidence", act.papers.evidence);
  json.text("measure", act.papers.measure);
  json.text("member", act.papers.member);
}

}  // namespace

Output output_of(const Change& change) {
  switch (change.what) {
    case Change::What::kEntry: return Output::kList;
    case Change::What::kItem: return Output::kCredit;
    default: return Output::kCase;
  }
}

std::string change_fields(const Change& change, const SubjectFile& file, const LineCause& cause) {
  constexpr std::string_view kTypes[] = {"alert_state", "case", "entry", "refused", "credit"};
  Json json;
  json.must("type", kTypes[static_cast<unsigned>(change.what)]);
  if (change.what == Change::What::kItem) {
    // The archive is the subject's: its newest line is what a compacted topic keeps.
    json.must("id", fmt::format("{}:{}", subject_kind_name(file.kind()), file.id()));
    subject(json, file);
    const Item& item = *change.item;
    json.object("item", [&] {
      json.must("kind", item_name(item.kind));
      json.text("code", item.code);
      json.text("from", item.from);
      json.text("id", item.id);
      json.text("document", item.document);
      if (item.value_milli != 0) json.number("value_milli", item.value_milli);
      json.must("at", format_time(item.at));
    });
    json.object("score", [&] {
      json.number("value", change.score->value);
      json.list("terms", [&] {
        for (const ScoreTerm& t : change.score->terms) {
          json.element([&] {
            json.must("term", t.name);
            json.number("points", t.points);
            json.number("count", t.count);
          });
        }
      });
      json.number("change_90d", change.score->change);
      json.must("trend", trend_name(change.score->trend));
    });
    json.number("items", static_cast<std::int64_t>(file.archive().total));
    caused_by(json, cause);
    return json.fields();
  }
  // A refusal must not take the place of its target in a compacted topic.
  const bool refused = change.what == Change::What::kRefused;
  json.must("id", refused ? fmt::format("{}#refused", change.target) : std::string(change.target));
  subject(json, file);
  json.text("rule", change.outcome.rule);
  if (refused) {
    json.must("refused", change.outcome.reason);
  } else {
    json.must("from", change.from);
    json.must("to", change.to);
    json.truth("awaits_second", change.outcome.verdict == Verdict::kHalf);
  }
  act_members(json, *change.act);
  json.must("at", format_time(change.act->at));
  if (change.what == Change::What::kAlert) whole(json, *change.alert);
  if (change.what == Change::What::kCase) whole(json, *change.case_file);
  if (change.what == Change::What::kEntry) whole(json, *change.entry, file);
  // What the engine did because time passed has no cause in the input.
  if (change.act->verb != Verb::kElapse && change.act->verb != Verb::kExpire) caused_by(json, cause);
  return json.fields();
}

std::string_view member_of(const CommandEvent& command) { return command.member ? command.member.text : command.actor.text; }

std::string sighting_fields(const CommandEvent& command, const SubjectFile& file, std::string_view direction, EventTime at, const LineCause& cause) {
  Json json;
  json.must("type", "sighting");
  // One line a member and object is the newest: what the member says now.
  json.must("id", fmt::format("{}#{}", command.target.text, member_of(command)));
  subject(json, file);
  json.must("command", kSight);
  json.object("by", [&] {
    json.must("role", command.role.text);
    json.must("actor", command.actor.text);
  });
  json.must("member", member_of(command));
  json.must("sighting", command.reason.text);
  json.text("direction", direction);
  json.text("note", command.note);
  json.must("at", format_time(at));
  caused_by(json, cause);
  return json.fields();
}

std::string receipt_fields(const CommandEvent& command, EventTime at, const LineCause& cause) {
  Json json;
  json.must("type", "receipt");
  json.must("id", fmt::format("receipt#{}#{}", member_of(command), command.measure.text));
  json.must("command", kAcknowledge);
  json.object("by", [&] {
    json.must("role", command.role.text);
    json.must("actor", command.actor.text);
  });
  json.must("member", member_of(command));
  json.must("channel", command.measure.text);
  json.must("reached", command.evidence.text);
  json.must("at", format_time(at));
  caused_by(json, cause);
  return json.fields();
}

std::string control_fields(EventTime week, const WeekBar& bar, const DiscoveryRules& rules, EventTime at, const LineCause& cause) {
  Json json;
  json.must("type", "control");
  json.must("id", control_id(week));
  json.must("command", "count");
  json.object("by", [&] {
    json.must("role", role_name(Role::kSystem));
    json.must("actor", "engine");
  });
  json.object("control", [&] {
    json.must("week", format_time(week));
    json.number("alpha_permille", rules.alpha_permille);
    json.number("hypotheses", rules.hypotheses);
    json.number("alerts", static_cast<std::int64_t>(bar.alerts));
    json.number("discoveries", static_cast<std::int64_t>(bar.discoveries));
    json.number("bar_milli", bar.bar_milli);
  });
  json.must("at", format_time(at));
  caused_by(json, cause);
  return json.fields();
}

std::string identity_fields(const SubjectFile& file, EventTime at, const LineCause& cause) {
  const Identity& identity = file.archive().identity;
  Json json;
  json.must("type", "identity");
  json.must("id", fmt::format("{}:{}#identity", subject_kind_name(file.kind()), file.id()));
  subject(json, file);
  json.object("identity", [&] {
    json.text("name", identity.name);
    if (identity.region6 != 0) json.number("region6", identity.region6);
    json.text("parent", identity.parent);
    json.list("links", [&] { for (const std::string& link : identity.links) json.value(link); });
    json.number("links_total", identity.links_total);
    json.truth("uscc_warning", identity.uscc_warning);
  });
  json.must("at", format_time(at));
  caused_by(json, cause);
  return json.fields();
}

}  // namespace brushwatch
