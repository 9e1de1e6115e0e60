// `verify`, `explain`, `tap`, `dlq ls`: commands that only read.

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "alliance/discovery.h"
#include "alliance/explain.h"
#include "alliance/json_member.h"
#include "alliance/verify.h"
#include "apps/commands.h"
#include "apps/exit_codes.h"
#include "apps/key_file.h"
#include "apps/ledger_address.h"
#include "apps/terminal.h"
#include "apps/top_screen.h"
#include "doors/ledger_finder.h"
#include "doors/read_model.h"
#include "engine/base/base64.h"
#include "engine/event/wire.h"
#include "engine/log/frame.h"
#include "engine/stage/round.h"
#include "state/memory_store.h"

namespace brushwatch::app {
namespace {

Error missing(const std::string& file) { return Error(ErrorCode::kNotFound, "there is no such file").in(std::string(file)); }

/// Visits every event of a ledger in round order; stops when `visit` returns false.
Result<void> for_each_event(const std::string& address, const std::function<bool(const Event&)>& visit) {
  BW_ASSIGN(auto log, open_ledger_to_read(address));
  LedgerReader reader(*log, {}, 0);
  Event event;
  for (;;) {
    BW_ASSIGN(auto round, reader.next());
    if (!round) return {};
    for (const auto& frames : round->frames) {
      for (const std::string& frame : frames) {
        BW_ASSIGN(FrameReader records, FrameReader::open(frame));
        Stage stage{};
        std::uint64_t key = 0;
        for (;;) {
          BW_ASSIGN(const bool more, records.next(stage, key, event));
          if (!more) break;
          if (!visit(event)) return {};
        }
      }
    }
  }
}

/// The events behind the alert, as they stand in the ledger.
Result<void> print_evidence(const std::string& ledger, const std::string& line) {
  rapidjson::Document alert;
  alert.Parse(line.c_str());
  std::set<doors::Place> wanted;
  if (!alert.HasMember("reasons")) return {};
  for (const auto& reason : alert["reasons"].GetArray()) {
    for (const auto& e : reason["evidence"].GetArray()) wanted.insert({std::string(text_of(e, "source")), e["offset"].GetUint64()});
  }
  BW_ASSIGN(auto log, open_ledger_to_read(ledger));
  doors::LedgerFinder finder(std::move(log));
  std::set<doors::Place> printed;
  BW_TRY(finder.find(wanted, SIZE_MAX, [&](const doors::Place& at, const Event& event) {
    if (printed.insert(at).second) std::printf("  %s@%llu  %s\n", at.source.c_str(), static_cast<unsigned long long>(at.offset), to_json(event).c_str());
  }));
  return {};
}

/// What members say of the alert, and what their words come to for the detectors that speak in it; from the cases beside the alerts.
Result<void> print_sightings(const std::string& alerts, const std::string& id, bool zh) {
  const std::string cases = (std::filesystem::path(alerts).parent_path() / "cases.jsonl").string();
  std::ifstream in(cases, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (line.find("\"type\":\"sighting\"") != std::string::npos) lines.push_back(line);
  }
  if (lines.empty()) return {};
  const auto store = make_memory_store();
  doors::ReadModel model(*store);
  std::ifstream again(alerts, std::ios::binary);
  for (std::string line; std::getline(again, line);) BW_TRY(model.add(Output::kAlert, line));
  for (const std::string& line : lines) BW_TRY(model.add(Output::kCase, line));
  BW_TRY(model.publish());
  const doors::Principal reader{doors::Role::kAuditor, "explain", ""};
  BW_ASSIGN(const auto said, model.under(doors::Topic::kSighting, id + "#", 1'000, reader));
  BW_ASSIGN(const auto alert, model.find(doors::Topic::kAlert, id, reader));
  if (said.empty() || !alert) return {};
  std::map<std::string, int> words;
  for (const auto& s : said) ++words[s.record.state];
  std::printf("\n%s", zh ? "  成员反馈" : "  members ");
  for (const auto& [word, n] : words) std::printf("  %s %d", word.c_str(), n);
  std::printf("\n");
  const std::vector<std::string>& voices = alert->record.voices;
  for (const auto& d : model.sighted()) {
    const auto precision = d.precision_permille();
    if (!precision || std::find(voices.begin(), voices.end(), d.detector) == voices.end()) continue;
    std::printf("%s  %s  %.1f %% (%llu / %llu)\n", zh ? "  实况精度" : "  so far  ", d.detector.c_str(), static_cast<double>(*precision) / 10, static_cast<unsigned long long>(d.confirmed),
                static_cast<unsigned long long>(d.confirmed + d.false_positive));
  }
  return {};
}

/// Where the alert stands beside the bar of its week; from the cases beside the alerts. Nothing when they tell no bar.
Result<void> print_control(const std::string& alerts, const std::string& line, Lang lang) {
  rapidjson::Document alert;
  alert.Parse(line.c_str());
  const auto window = alert.FindMember("window");
  if (window == alert.MemberEnd()) return {};
  const auto week = parse_time(text_of(window->value, "start"));
  if (!week) return {};
  const std::string wanted = fmt::format("\"type\":\"control\",\"id\":\"{}\"", control_id(*week));
  // `run` writes .jsonl, a replay .ndjson.
  const std::filesystem::path beside(alerts);
  std::ifstream in((beside.parent_path() / ("cases" + beside.extension().string())).string(), std::ios::binary);
  std::string newest;
  for (std::string one; std::getline(in, one);) {
    if (one.find(wanted) != std::string::npos) newest = one;
  }
  if (newest.empty()) return {};
  BW_ASSIGN(const std::string told, control_text(line, newest, lang));
  std::printf("%s", told.c_str());
  return {};
}

}  // namespace

int verify(const ReadOptions& options) {
  if (options.file.empty()) return report(Error(ErrorCode::kUsage, "name the output file, or a proof (--proof)"));
  std::ifstream in(options.file, std::ios::binary);
  if (!in) return report(missing(options.file));
  VerifyOptions how;
  how.open_ended = options.open_ended;
  SignatureBook book;
  if (!options.key.empty()) {
    const auto keys = read_public_keys(options.key);
    if (!keys) return report(keys.error());
    for (const std::string& key : *keys) {
      if (const auto trusted = book.trust(key); !trusted) return report(trusted.error());
    }
    const std::string beside = options.signatures.empty() ? options.file + ".sig" : options.signatures;
    std::ifstream signatures(beside, std::ios::binary);
    if (!signatures) return report(missing(beside));
    std::uint64_t number = 0;
    for (std::string line; std::getline(signatures, line);) {
      ++number;
      // A torn last signature is no forgery: its writer died, and signs again when it comes back.
      if (signatures.eof()) break;
      if (const auto added = book.add(line); !added) {
        std::printf("NOT INTACT  %s line %llu: %.*s\n", beside.c_str(), static_cast<unsigned long long>(number), static_cast<int>(added.error().text.size()), added.error().text.data());
        return kExitFindings;
      }
    }
    how.signatures = &book;
  }
  how.topic = options.topic;
  // An output of people's work may be empty, and has no seals: its name says so before its first line can.
  const std::string stem = std::filesystem::path(options.file).stem().string();
  if (stem == "cases" || stem == "lists" || stem == "credit") how.open_ended = true;
  const VerifyReport result = verify_lines(
      [&](std::string& line) {
        if (!std::getline(in, line)) return false;
        // A line without its end is torn: give the verifier something that cannot pass.
        if (in.eof()) line += "\\torn";
        return true;
      },
      how);
  if (options.json) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> w(buffer);
    const auto text = [&](const char* name, std::string_view v) { w.Key(name); w.String(v.data(), static_cast<rapidjson::SizeType>(v.size())); };
    w.StartObject();
    text("file", options.file);
    w.Key("intact"); w.Bool(result.ok());
    w.Key("lines"); w.Uint64(result.lines);
    w.Key("alerts"); w.Uint64(result.alerts);
    if (options.topic) { w.Key("repeats"); w.Uint64(result.repeats); }
    w.Key("faults"); w.Uint64(result.faults);
    w.Key("findings");
    w.StartArray();
    for (const VerifyFinding& f : result.findings) {
      w.StartObject();
      w.Key("line"); w.Uint64(f.line);
      text("task", f.task);
      w.Key("seq"); w.Uint64(f.seq);
      text("what", fault_name(f.what));
      text("sentence", f.sentence);
      w.EndObject();
    }
    w.EndArray();
    w.Key("heads");
    w.StartArray();
    for (const TaskHead& t : result.tasks) {
      w.StartObject();
      text("task", t.task);
      w.Key("lines"); w.Uint64(t.lines);
      text("head", to_hex(t.head));
      w.Key("sealed"); w.Bool(t.sealed);
      w.EndObject();
    }
    w.EndArray();
    w.EndObject();
    std::printf("%s\n", buffer.GetString());
    return result.ok() ? kExitOk : kExitFindings;
  }
  const bool colour = colour_on(STDOUT_FILENO);
  for (const VerifyFinding& f : result.findings) {
    std::printf("%s line %llu  %s seq %llu  %s\n", paint(fmt::format("{:<18}", fault_name(f.what)), "31", colour).c_str(), static_cast<unsigned long long>(f.line),
                f.task.c_str(), static_cast<unsigned long long>(f.seq), f.sentence.c_str());
  }
  if (result.ok()) {
    std::printf("%s  %s lines, %s alerts, %zu chains, each dense, linked and %s\n", paint("intact", "32", colour).c_str(), grouped(result.lines).c_str(),
                grouped(result.alerts).c_str(), result.tasks.size(), options.open_ended ? "so far unbroken" : "sealed");
    for (const TaskHead& t : result.tasks) std::printf("  %-12s %8s lines  head %s\n", t.task.c_str(), grouped(t.lines).c_str(), to_hex(t.head).c_str());
    return kExitOk;
  }
  std::printf("%s  %s faults in %s lines\n  next: fetch the file again from its source and compare the heads with what was published\n",
              paint("NOT INTACT", "1;31", colour).c_str(), grouped(result.faults).c_str(), grouped(result.lines).c_str());
  return kExitFindings;
}

int explain(const ReadOptions& options) {
  std::ifstream in(options.file, std::ios::binary);
  if (!in) return report(missing(options.file));
  std::string line, newest;
  std::vector<std::string> ids;
  std::vector<double> course;  // the posterior of each line, ‰
  while (std::getline(in, line)) {
    const auto at = line.find("\"id\":\"");
    if (at == std::string::npos) continue;
    const std::string id = line.substr(at + 6, line.find('"', at + 6) - at - 6);
    if (id.starts_with(options.id)) {
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
      newest = line;
      const auto posterior = line.find("\"posterior_permille\":");
      if (posterior != std::string::npos) course.push_back(std::strtod(line.c_str() + posterior + 21, nullptr));
    }
  }
  if (ids.empty()) return report(Error(ErrorCode::kNotFound, "no alert of this id in the file").in(options.id + " in " + options.file));
  if (ids.size() > 1) {
    std::fprintf(stderr, "brushwatch: %zu alerts begin with %s:", ids.size(), options.id.c_str());
    for (const std::string& id : ids) std::fprintf(stderr, " %s", id.c_str());
    std::fprintf(stderr, "\n  next: give more of the id\n");
    return kExitUsage;
  }
  if (options.json) {
    std::printf("%s\n", newest.c_str());
    return kExitOk;
  }
  const auto told = explain_text(newest, options.lang == "zh" ? Lang::kZh : Lang::kEn, colour_on(STDOUT_FILENO) ? Colour::kAnsi : Colour::kNone);
  if (!told) return report(told.error());
  const std::string& text = *told;
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!text.ends_with('\n')) std::printf("\n");
  if (course.size() > 1) {
    const bool zh = options.lang == "zh";
    std::printf("\n%s  %s  %.1f → %.1f %%, %zu %s\n", zh ? "  经过    " : "  course  ", sparkline(course, 40).c_str(), course.front() / 10, course.back() / 10, course.size(), zh ? "行" : "lines");
  }
  if (const auto shown = print_control(options.file, newest, options.lang == "zh" ? Lang::kZh : Lang::kEn); !shown) return report(shown.error());
  if (const auto shown = print_sightings(options.file, ids.front(), options.lang == "zh"); !shown) return report(shown.error());
  if (!options.ledger.empty()) {
    auto printed = print_evidence(options.ledger, newest);
    if (!printed) return report(printed.error());
  }
  return kExitOk;
}

int tap(const ReadOptions& options) {
  std::uint64_t left = options.limit == 0 ? UINT64_MAX : options.limit;
  auto read = for_each_event(options.ledger, [&](const Event& event) {
    if (stop_requested()) return false;
    const std::string_view name = event_type_name(event.type);
    if (!options.type.empty() && name != options.type && !(options.type.ends_with('.') && name.starts_with(options.type))) return true;
    std::printf("%s\n", to_json(event).c_str());
    return --left > 0;
  });
  return read ? kExitOk : report(read.error());
}

int dlq_ls(const ReadOptions& options) {
  std::ifstream in(options.file, std::ios::binary);
  if (!in) return report(missing(options.file));
  std::uint64_t shown = 0, total = 0;
  std::map<std::string, std::uint64_t> by_error;
  std::string line;
  if (!options.json && !options.bytes) std::printf("%-22s %-28s %12s %9s  %s\n", "ERROR", "SOURCE", "OFFSET", "BYTES", "FIELD");
  while (std::getline(in, line)) {
    rapidjson::Document letter;
    letter.Parse(line.c_str());
    if (letter.HasParseError() || text_of(letter, "type") != "dead_letter") continue;
    ++total;
    ++by_error[std::string(text_of(letter, "error"))];
    if (options.limit != 0 && shown >= options.limit) continue;
    ++shown;
    if (options.json) {
      std::printf("%s\n", line.c_str());
    } else if (options.bytes) {
      const auto bytes = from_base64(text_of(letter, "bytes_base64"));
      if (bytes) std::fwrite(bytes->data(), 1, bytes->size(), stdout);
      std::fputc('\n', stdout);
    } else {
      std::printf("%-22s %-28s %12llu %9llu  %s\n", std::string(text_of(letter, "error")).c_str(), std::string(text_of(letter, "source")).c_str(),
                  static_cast<unsigned long long>(letter["offset"].GetUint64()), static_cast<unsigned long long>(letter["length"].GetUint64()),
                  std::string(text_of(letter, "field")).c_str());
    }
  }
  if (!options.json && !options.bytes) {
    std::printf("%s dead letters", grouped(total).c_str());
    if (shown < total) std::printf(", %s shown", grouped(shown).c_str());
    std::printf("\n");
    for (const auto& [error, n] : by_error) std::printf("  %-22s %s\n", error.c_str(), grouped(n).c_str());
    if (total > 0) std::printf("next: `brushwatch dlq ls --file %s --bytes` prints the records as they came\n", options.file.c_str());
  }
  return kExitOk;
}

}  // namespace brushwatch::app
