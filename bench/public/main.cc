// Runs the generic cores on public data and prints table A: published, floor, goal, ours.
//
//   bench_public [--data FOLDER] [--only NAME] [--json FILE]
//
// FOLDER, or BRUSHWATCH_DATA, or ../shared/data beside the sources holds darpa/, bitcoin_otc/, olist_sample/, nab/. A set that is absent is
// skipped and said to be. --json writes the rows for tools that record them (bench/public.py).

#include <fmt/core.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <utility>

#include "bench/public/report.h"

namespace brushwatch::bench {
namespace {

std::string shown(const std::optional<double>& value) { return value ? fmt::format("{:g}", *value) : ""; }

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string json_line(const Row& row) {
  const auto number = [](const std::optional<double>& v) { return v ? fmt::format("{:.9g}", *v) : std::string("null"); };
  return fmt::format("{{\"id\":{},\"what\":{},\"published\":{},\"floor\":{},\"goal\":{},\"ours\":{:.9g},\"unit\":{}}}\n", quoted(row.id), quoted(row.what), quoted(row.published), number(row.floor),
                     number(row.goal), row.ours, quoted(row.unit));
}

std::string data_folder() {
  const char* given = std::getenv("BRUSHWATCH_DATA");
  return given != nullptr && *given != '\0' ? given : "../shared/data";
}

int run(int argc, char** argv) {
  std::string data = data_folder(), only, json;
  for (int i = 1; i < argc; ++i) {
    const auto value = [&](const char* name, std::string& into) {
      if (std::strcmp(argv[i], name) != 0 || i + 1 >= argc) return false;
      into = argv[++i];
      return true;
    };
    if (!value("--data", data) && !value("--only", only) && !value("--json", json)) {
      fmt::print(stderr, "usage: bench_public [--data FOLDER] [--only darpa|otc|olist|nab|lockstep|dense|outlier|shopee|eprocess] [--json FILE]\n");
      return 2;
    }
  }
  const std::pair<const char*, std::function<void(Report&)>> sections[] = {
      {"darpa", [&](Report& r) { run_darpa(r, data); }},       {"nab", [&](Report& r) { run_nab(r, data); }}, {"otc", [&](Report& r) { run_otc(r, data); }},
      {"olist", [&](Report& r) { run_olist(r, data); }},       {"lockstep", [&](Report& r) { run_lockstep(r, data); }}, {"dense", run_dense},
      {"shopee", run_shopee}, {"outlier", run_outlier}, {"eprocess", run_eprocess},
  };
  Report report;
  bool known = only.empty();
  for (const auto& [name, section] : sections) {
    if (!only.empty() && only != name) continue;
    known = true;
    fmt::print(stderr, "bench_public: {} …\n", name);
    section(report);
  }
  if (!known) {
    fmt::print(stderr, "bench_public: no section is called {}\n", only);
    return 2;
  }
  fmt::print("{:<26} {:>12} {:>9} {:>9}  {:<10} {}\n", "figure", "ours", "floor", "goal", "unit", "what (published)");
  std::ofstream out(json.empty() ? "/dev/null" : json);
  bool held = true;
  for (const auto& row : report.rows) {
    const bool less = row.floor && row.goal && *row.floor > *row.goal;
    const bool ok = !row.floor || (less ? row.ours <= *row.floor : row.ours >= *row.floor);
    held = held && ok;
    fmt::print("{:<26} {:>12.6g} {:>9} {:>9}  {:<10} {}{}{}\n", row.id, row.ours, shown(row.floor), shown(row.goal), row.unit, row.what, row.published.empty() ? "" : " (" + row.published + ")",
               ok ? "" : "  BELOW THE FLOOR");
    out << json_line(row);
  }
  for (const auto& text : report.skipped) {
    fmt::print("skipped: {}\n", text);
    out << fmt::format("{{\"skipped\":{}}}\n", quoted(text));
  }
  return held ? 0 : 1;
}

}  // namespace
}  // namespace brushwatch::bench

int main(int argc, char** argv) { return brushwatch::bench::run(argc, argv); }
