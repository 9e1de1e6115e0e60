// `demo`: a world, the main job on the embedded log, alerts as they rise, and how they score against the truth.

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>

#include "apps/commands.h"
#include "apps/exit_codes.h"
#include "apps/session.h"
#include "apps/terminal.h"
#include "simulate/truth.h"
#include "simulate/world.h"

namespace brushwatch::app {
namespace {

std::string bar(double share) {
  constexpr int kWidth = 24;
  const int full = std::min(kWidth, static_cast<int>(share * kWidth));
  std::string out;
  for (int i = 0; i < kWidth; ++i) out += i == full ? "■" : "─";
  return out;
}

std::string field(const rapidjson::Value& v, const char* name) {
  const auto it = v.FindMember(name);
  return it == v.MemberEnd() || !it->value.IsString() ? std::string() : std::string(it->value.GetString());
}

}  // namespace

int demo(const DemoOptions& options) {
  namespace fs = std::filesystem;
  const bool colour = colour_on(STDOUT_FILENO);
  std::error_code ignored;
  fs::create_directories(options.out, ignored);
  ProgressLine line(options.json);
  const auto say = [&](const std::string& text) {
    if (options.json) return;
    line.clear();
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
  };

  simulate::WorldOptions world;
  world.seed = options.seed;
  world.shops = options.shops;
  world.days = options.days;
  const std::string world_directory = options.out + "/world";
  fs::remove_all(world_directory, ignored);
  auto generated = simulate::generate_to_directory(world, world_directory, [&](std::uint32_t done, std::uint32_t days, std::uint64_t lines) {
    line.show(fmt::format("  world      day {} of {}  {} events", done, days, grouped(lines)));
  });
  if (!generated) return report(generated.error());
  say(fmt::format("  world      {} shops, {} days, {} events; seed {}; {} planted rings, the truth stays aside", options.shops, options.days,
                  grouped(generated->lines), options.seed, generated->rings.size()));
  say("  pipeline   embedded log, real state store, all detectors; no broker");

  struct Standing { simulate::JudgedAlert judged; std::string pattern; };
  std::map<std::string, Standing> standing;
  const Operators operators;
  SessionOptions session;
  session.input = world_directory;
  for (const char* stale : {"/ledger", "/state"}) fs::remove_all(options.out + stale, ignored);
  for (const char* stale : kOutputFiles) fs::remove_all(options.out + "/" + stale, ignored);
  session.out = options.out;
  session.threads = options.threads;
  session.flush_each_round = true;
  std::string first_alert;
  session.on_alert = [&](const std::string& text) {
    rapidjson::Document alert;
    alert.Parse(text.c_str());
    if (alert.HasParseError() || !alert.HasMember("subject")) return;
    const std::string id = field(alert, "id"), type = field(alert, "type"), direction = field(alert, "direction");
    const std::string subject = field(alert["subject"], "id");
    auto& now = standing[id];
    now.pattern = field(alert, "pattern");
    now.judged.subject = subject;
    now.judged.direction = direction == "victim" ? Direction::kVictim : direction == "demote" ? Direction::kDemote : Direction::kPromote;
    now.judged.withdrawn = type == "alert_withdrawn";
    if (first_alert.empty() && type == "alert" && direction == "promote") first_alert = id;
    if (type == "alert") {
      std::string why;
      if (alert.HasMember("reasons") && !alert["reasons"].Empty()) why = field(alert["reasons"][0], "en");
      const bool victim = direction == "victim";
      say(fmt::format("  {} {}  {:<22} {:<24} {}", paint(victim ? "VICTIM" : "ALERT ", victim ? "1;36" : "1;31", colour), id, subject, now.pattern, why));
    } else if (type == "alert_withdrawn") {
      say(fmt::format("  {} {}  {:<22} {}", paint("TAKEN BACK", "33", colour), id, subject, now.pattern));
    }
  };
  session.on_progress = [&](double share, std::uint64_t events, EventTime watermark) {
    if (line.due()) line.show(fmt::format("  {}  {} {:3.0f} %  events {}", format_time(watermark).substr(0, 16), bar(share), share * 100, grouped(events)));
  };
  auto summary = run_session(operators, session);
  line.clear();
  if (!summary) return report(summary.error());

  auto truth = simulate::read_truth(world_directory + "/truth/truth.ndjson");
  if (!truth) return report(truth.error());
  std::vector<simulate::JudgedAlert> judged;
  for (const auto& [id, s] : standing) judged.push_back(s.judged);
  const simulate::Score score = simulate::score_alerts(*truth, judged);
  const double p50 = static_cast<double>(summary->alert_ns_at(0.5)) / 1e6, p99 = static_cast<double>(summary->alert_ns_at(0.99)) / 1e6;
  if (options.json) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> w(buffer);
    w.StartObject();
    const auto u = [&](const char* name, std::uint64_t v) { w.Key(name); w.Uint64(v); };
    u("found", score.found); u("missed", score.missed); u("rings_found", score.rings_found); u("rings_missed", score.rings_missed);
    u("falsely_accused", score.falsely_accused); u("victims_named", score.victims_named); u("victims_missed", score.victims_missed);
    u("victims_accused", score.victims_accused); u("withdrawn", score.withdrawn);
    w.Key("event_to_alert_p99_ms"); w.Double(p99);
    w.Key("events_per_s"); w.Double(static_cast<double>(summary->events) / summary->wall_s);
    w.Key("false_subjects");
    w.StartArray();
    for (const std::string& s : score.false_subjects) w.String(s.c_str());
    w.EndArray();
    w.Key("missed_subjects");
    w.StartArray();
    for (const std::string& s : score.missed_subjects) w.String(s.c_str());
    w.EndArray();
    const std::string whole = summary->json();
    w.Key("summary");
    w.RawValue(whole.data(), whole.size(), rapidjson::kObjectType);
    w.EndObject();
    std::printf("%s\n", buffer.GetString());
    return summary->complete ? kExitOk : kExitInterrupted;
  }
  std::printf("\n  truth      %s of %u guilty found, %u missed · rings %u of %u · %s falsely accused · victims %u named, %u missed, %s accused\n",
              paint(std::to_string(score.found), "1", colour).c_str(), score.found + score.missed, score.missed, score.rings_found, score.rings_found + score.rings_missed,
              paint(std::to_string(score.falsely_accused), "1", colour).c_str(), score.victims_named, score.victims_missed, paint(std::to_string(score.victims_accused), "1", colour).c_str());
  for (const std::string& s : score.missed_subjects) std::printf("             missed   %s\n", s.c_str());
  for (const std::string& s : score.false_subjects) std::printf("             wrongly  %s\n", s.c_str());
  std::printf("  speed      %s events in %.1f s: %s events/s, %s per CPU-second; event → alert p50 %.1f ms, p99 %.1f ms\n", grouped(summary->events).c_str(), summary->wall_s,
              grouped(static_cast<std::uint64_t>(static_cast<double>(summary->events) / summary->wall_s)).c_str(),
              grouped(static_cast<std::uint64_t>(static_cast<double>(summary->events) / summary->cpu_s)).c_str(), p50, p99);
  std::printf("  set aside  %s dead letters, %s late events\n", grouped(summary->rejected).c_str(), grouped(summary->late).c_str());
  std::printf("  next       %s explain %s\n             %s verify %s/alerts.ndjson\n             %s tap %s/ledger --type order.paid --limit 3\n", "out/bin/brushwatch",
              first_alert.empty() ? "A-…" : first_alert.c_str(), "out/bin/brushwatch", options.out.c_str(), "out/bin/brushwatch", options.out.c_str());
  if (!summary->complete) return kExitInterrupted;
  return kExitOk;
}

}  // namespace brushwatch::app
