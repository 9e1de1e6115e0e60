// `case` and `list`: what is under way, and the commands that officers, members and subjects give.

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "alliance/machine/act.h"
#include "alliance/machine/reasons.h"
#include "alliance/view.h"
#include "apps/desk.h"
#include "apps/exit_codes.h"
#include "apps/terminal.h"

namespace brushwatch::app {
namespace {

Result<Book> open_book(const Desk& desk) {
  Book book;
  for (const Output output : {Output::kCase, Output::kList}) {
    BW_TRY(desk.each_line(output, [&](std::string_view line) { book.add(line); }));
  }
  return book;
}

/// The one id that begins so. Errors: kNotFound, kUsage when several do.
Result<std::string> whole_id(const Book& book, const std::string& beginning) {
  const auto ids = book.ids(beginning);
  if (ids.empty()) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "no alert, case or entry of this id").in(beginning));
  if (ids.size() > 1 && ids.front() != beginning) {
    std::string all;
    for (const std::string& id : ids) all += " " + id;
    return tl::unexpected<Error>(Error(ErrorCode::kUsage, "several ids begin so; give more of it").in(beginning + ":" + all));
  }
  return ids.front();
}

std::string subject_of(const BookLine& line) { return line.subject_kind + ":" + line.subject_id; }

std::string state_colour(std::string_view state) {
  if (state == "NEW" || state == "OVERDUE" || state == "SANCTIONED" || state == "LISTED") return "1;31";
  if (state.starts_with("CLOSED") || state == "REPAIRED" || state == "WITHDRAWN" || state == "DISMISSED" || state == "EXPIRED") return "2";
  return "33";
}

void print_row(const BookLine& line, bool colour) {
  std::printf("%-18s %s %-30s %-6s %-12s %s\n", line.id.c_str(), paint(fmt::format("{:<16}", line.state), state_colour(line.state), colour).c_str(),
              subject_of(line).c_str(), line.list.c_str(), line.due.c_str(), line.at.substr(0, 16).c_str());
}
void print_head() { std::printf("%-18s %-16s %-30s %-6s %-12s %s\n", "ID", "STATE", "SUBJECT", "LIST", "DUE", "SINCE"); }

bool is_over(std::string_view state) {
  constexpr std::string_view kOver[] = {"WITHDRAWN", "EXPIRED", "DISMISSED", "IN_CASE", "LINKED", "REJECTED", "REPAIRED", "REVOKED", "REMOVED"};
  return state.starts_with("CLOSED") || std::find(std::begin(kOver), std::end(kOver), state) != std::end(kOver);
}

/// Prints the newest lines of the types that fit the options; the number of them.
std::size_t print_lines(const Book& book, const BrowseOptions& options, std::initializer_list<std::string_view> types) {
  const bool colour = !options.desk.json && colour_on(STDOUT_FILENO);
  std::size_t shown = 0, hidden = 0;
  if (!options.desk.json) print_head();
  for (const std::string_view type : types) {
    for (const BookLine* line : book.newest(type)) {
      if (!options.state.empty() && line->state != options.state) continue;
      if (!options.list.empty() && line->list != options.list) continue;
      if (!options.subject.empty() && subject_of(*line) != options.subject && line->subject_id != options.subject) continue;
      if (!options.all && options.state.empty() && is_over(line->state)) {
        ++hidden;
        continue;
      }
      ++shown;
      if (options.desk.json) std::printf("%s\n", line->line.c_str());
      else print_row(*line, colour);
    }
  }
  if (!options.desk.json && hidden > 0) std::printf("%zu more are over; --all shows them\n", hidden);
  return shown;
}

/// The alarm of the holiday table: on stderr, where no program reads lines.
void warn_of_the_calendar() {
  const Calendar& newest = Calendar::version(Calendar::newest());
  const Date today = date_of(system_clock().now());
  if (!newest.expires_soon(today)) return;
  std::fprintf(stderr, "brushwatch: the holiday table ends with %d, in %lld days: terms beyond it are provisional\n  next: install the program with the next year's table, then set the rule alliance.calendar_version\n",
               newest.last_year(), static_cast<long long>(newest.days_left(today)));
}

int browse(const BrowseOptions& options, std::initializer_list<std::string_view> types) {
  const auto desk = Desk::open(options.desk);
  if (!desk) return report(desk.error());
  const auto book = open_book(*desk);
  if (!book) return report(book.error());
  print_lines(*book, options, types);
  warn_of_the_calendar();
  return kExitOk;
}

void pretty(const std::string& line) {
  rapidjson::Document doc;
  doc.Parse(line.c_str());
  for (const char* chain : {"seq", "task", "of", "round", "prev", "hash"}) doc.EraseMember(chain);
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  doc.Accept(writer);
  std::printf("%s\n", buffer.GetString());
}

/// One step of a history: "2026-11-12T10:00  SR li.na   confirm    OPEN → CONFIRMED".
void print_step(const BookLine& line, bool colour) {
  rapidjson::Document doc;
  doc.Parse(line.line.c_str());
  const auto text = [&](const rapidjson::Value& v, const char* name) { return v.HasMember(name) && v[name].IsString() ? std::string(v[name].GetString()) : std::string(); };
  const std::string rule = text(doc, "rule"), command = text(doc, "command");
  const std::string by = text(doc["by"], "role") + " " + text(doc["by"], "actor");
  if (!line.refused.empty()) {
    const Refusal why = refusal(line.refused);
    std::printf("  %s  %-24s %-4s %-18s %s %s\n", line.at.substr(0, 16).c_str(), by.c_str(), rule.c_str(), command.c_str(),
                paint("refused:", "31", colour).c_str(), std::string(why.en).c_str());
    return;
  }
  const std::string from = text(doc, "from"), to = text(doc, "to");
  const bool half = doc.HasMember("awaits_second");
  const std::string what = half ? to + ", awaits the second person" : from == to ? to : from + " → " + to;
  std::printf("  %s  %-24s %-4s %-18s %s\n", line.at.substr(0, 16).c_str(), by.c_str(), rule.c_str(), command.c_str(), what.c_str());
}

class Record {
 public:
  Record() : json_(buffer_) { json_.StartObject(); }
  void text(const char* name, std::string_view value) {
    if (value.empty()) return;
    json_.Key(name);
    json_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  std::string finish() {
    json_.EndObject();
    return {buffer_.GetString(), buffer_.GetSize()};
  }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> json_;
};

/// A date or moment option, as the contract wants it.
Result<std::string> moment_text(const std::string& option) {
  if (option.empty()) return std::string();
  if (const auto date = parse_date(option)) return format_time(start_of(*date));
  BW_ASSIGN(const EventTime t, parse_moment(option));
  return format_time(t);
}

/// Prints what came of it; the exit code: 3 when something was refused.
int print_answer(const Desk::Answer& answer, bool json) {
  const bool colour = !json && colour_on(STDOUT_FILENO);
  bool refused = false;
  for (const auto& [output, line] : answer.lines) {
    if (json) std::printf("%s\n", line.c_str());
    const auto read = read_book_line(line);
    if (!read) continue;
    refused = refused || !read->refused.empty();
    if (json) continue;
    if (read->refused.empty()) {
      std::printf("%s  %s  %s%s\n", read->id.c_str(), paint(read->state, state_colour(read->state), colour).c_str(), subject_of(*read).c_str(),
                  read->due.empty() ? "" : ("  due " + read->due).c_str());
      print_step(*read, colour);
    } else {
      const Refusal why = refusal(read->refused);
      std::fprintf(stderr, "brushwatch: refused (%s): %s\n  next: %s\n", std::string(why.key).c_str(), std::string(why.en).c_str(), std::string(why.next).c_str());
    }
  }
  return refused ? kExitFindings : kExitOk;
}

}  // namespace

int case_ls(const BrowseOptions& options) { return browse(options, {"alert_state", "case"}); }
/// Records on stdout, one a line, to be given to a source that an office feeds.
int case_seeds(const BrowseOptions& options) {
  const auto desk = Desk::open(options.desk);
  if (!desk) return report(desk.error());
  const auto book = open_book(*desk);
  if (!book) return report(book.error());
  for (const std::string& record : confirmed_shop_records(*book)) std::printf("%s\n", record.c_str());
  return kExitOk;
}
int list_ls(const BrowseOptions& options) { return browse(options, {"entry"}); }

int desk_show(const BrowseOptions& options) {
  const auto desk = Desk::open(options.desk);
  if (!desk) return report(desk.error());
  const auto book = open_book(*desk);
  if (!book) return report(book.error());
  const auto id = whole_id(*book, options.id);
  if (!id) return report(id.error());
  const auto lines = book->history(*id);
  const BookLine* newest = nullptr;
  for (const BookLine* line : lines) if (line->refused.empty()) newest = line;
  if (newest == nullptr) return report(Error(ErrorCode::kNotFound, "only refused commands name this id").in(std::string(*id)));
  if (options.desk.json) {
    if (!options.history) std::printf("%s\n", newest->line.c_str());
    else for (const BookLine* line : lines) std::printf("%s\n", line->line.c_str());
    return kExitOk;
  }
  pretty(newest->line);
  std::printf("history\n");
  const bool colour = colour_on(STDOUT_FILENO);
  for (const BookLine* line : lines) print_step(*line, colour);
  return kExitOk;
}

int list_diff(const BrowseOptions& options) {
  const auto moment = parse_moment(options.since);
  if (!moment) return report(moment.error());
  const auto desk = Desk::open(options.desk);
  if (!desk) return report(desk.error());
  const auto book = open_book(*desk);
  if (!book) return report(book.error());
  const bool colour = colour_on(STDOUT_FILENO);
  std::size_t changes = 0;
  for (const Book::Difference& d : book->since("entry", format_time(*moment))) {
    if (!options.list.empty() && d.now->list != options.list) continue;
    ++changes;
    const std::string before = d.before != nullptr ? d.before->state : "-";
    if (options.desk.json) {
      Record record;
      record.text("id", d.now->id);
      record.text("list", d.now->list);
      record.text("subject", subject_of(*d.now));
      record.text("before", before);
      record.text("now", d.now->state);
      record.text("at", d.now->at);
      std::printf("%s\n", record.finish().c_str());
    } else {
      std::printf("%-18s %-6s %-30s %s → %s  %s\n", d.now->id.c_str(), d.now->list.c_str(), subject_of(*d.now).c_str(), before.c_str(),
                  paint(d.now->state, state_colour(d.now->state), colour).c_str(), d.now->at.substr(0, 16).c_str());
    }
  }
  if (!options.desk.json) std::printf("%zu entries changed since %s\n", changes, format_time(*moment).c_str());
  return kExitOk;
}

int act(const ActOptions& options) {
  const auto verb = verb_from_name(options.verb);
  const auto role = role_from_name(options.role);
  if (!role || *role == Role::kSystem) return report(Error(ErrorCode::kUsage, "--role is one of AN SR PL CR RG CA WG SB").in(std::string(options.role)));
  if (!verb || of_the_engine(*verb)) return report(Error(ErrorCode::kUsage, "no such command").in(std::string(options.verb)));
  std::optional<EventTime> at;
  if (!options.at.empty()) {
    const auto parsed = parse_moment(options.at);
    if (!parsed) return report(parsed.error());
    at = *parsed;
  }
  const auto document_date = moment_text(options.document_date);
  const auto until = moment_text(options.until);
  if (!document_date) return report(document_date.error());
  if (!until) return report(until.error());
  const auto desk = Desk::open(options.desk);
  if (!desk) return report(desk.error());

  // A subject may stand for itself (a proposal); else the target's lines say whose it is.
  std::string target = options.target, subject = options.subject;
  if (subject.empty() && parse_subject(target)) subject = target;
  if (subject.empty()) {
    const auto book = open_book(*desk);
    if (!book) return report(book.error());
    const auto id = whole_id(*book, target);
    if (!id) return report(id.error());
    target = *id;
    subject = subject_of(*book->history(target).front());
  }
  const auto whom = parse_subject(subject);
  if (!whom) return report(Error(ErrorCode::kUsage, "a subject is KIND:ID, for example shop:taobao:S-1").in(std::string(subject)));
  if (target == subject) target = whom->second;

  const auto record = [&](EventTime moment) {
    Record r;
    r.text("type", "command.issued");
    r.text("source", "office");
    r.text("event_time", format_time(moment));
    r.text("command", verb_name(*verb));
    r.text("target", target);
    r.text("actor", options.actor);
    r.text("role", role_name(*role));
    r.text("subject_kind", subject_kind_name(whom->first));
    r.text("subject_id", whom->second);
    r.text("reason", options.reason);
    r.text("list", options.list);
    r.text("document", options.document);
    r.text("issuer", options.issuer);
    r.text("document_date", *document_date);
    r.text("basis", options.basis);
    r.text("behaviour", options.behaviour);
    r.text("class", options.grade);
    r.text("evidence", options.evidence);
    r.text("measure", options.measure);
    r.text("member", options.member);
    r.text("until", *until);
    r.text("note", options.note);
    return r.finish();
  };
  if (!options.to.empty()) {
    const std::string sent = record(at.value_or(system_clock().now()));
    const auto done = send_to_topic(options.to, sent);
    if (!done) return report(done.error());
    if (options.desk.json) std::printf("%s\n", sent.c_str());
    else std::printf("sent to %s; the case output tells what came of it\n", options.to.c_str());
    return kExitOk;
  }
  const auto answer = desk->append(record, at);
  if (!answer) return report(answer.error());
  return print_answer(*answer, options.desk.json);
}

int let_time_pass(const ActOptions& options) {
  const auto until = parse_moment(options.until);
  if (!until) return report(until.error());
  const auto desk = Desk::open(options.desk);
  if (!desk) return report(desk.error());
  const auto answer = desk->append([](EventTime) { return std::string(); }, *until);
  if (!answer) return report(answer.error());
  const int code = print_answer(*answer, options.desk.json);
  if (!options.desk.json) std::printf("the ledger stands at %s\n", format_time(answer->at).c_str());
  return code;
}

}  // namespace brushwatch::app
