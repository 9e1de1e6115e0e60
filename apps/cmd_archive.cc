// `archive show`: one subject's credit archive, today or as of a past day.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "alliance/view.h"
#include "apps/desk.h"
#include "apps/exit_codes.h"
#include "apps/terminal.h"

namespace brushwatch::app {
namespace {

void print_text(const ArchiveView& view, Date as_of) {
  const bool colour = colour_on(STDOUT_FILENO);
  const Identity& identity = view.archive.identity;
  std::printf("%s:%s  %s  as of %s\n", std::string(subject_kind_name(view.kind)).c_str(), view.id.c_str(), identity.name.c_str(), format_date(as_of).c_str());
  if (identity.uscc_warning) std::printf("  %s the credit code does not fit its check digits; issued codes can, so check with the register\n", paint("warning", "33", colour).c_str());
  if (identity.region6 != 0) std::printf("  region     %06u\n", identity.region6);
  if (!identity.parent.empty()) std::printf("  belongs to %s\n", identity.parent.c_str());
  if (identity.links_total > 0) {
    std::printf("  shops      %u:", identity.links_total);
    for (std::size_t i = 0; i < identity.links.size() && i < 8; ++i) std::printf(" %s", identity.links[i].c_str());
    std::printf("%s\n", identity.links.size() > 8 ? " …" : "");
  }
  std::printf("  score      %s of 1000, %s%lld in 90 days: %s (%s)\n", paint(std::to_string(view.score.value), "1", colour).c_str(), view.score.change > 0 ? "+" : "",
              static_cast<long long>(view.score.change), std::string(trend_name(view.score.trend)).c_str(), std::string(trend_zh(view.score.trend)).c_str());
  std::printf("             %+5d  to begin with\n", 600);
  for (const ScoreTerm& t : view.score.terms) std::printf("             %+5lld  %s (%lld)\n", static_cast<long long>(t.points), std::string(t.name).c_str(), static_cast<long long>(t.count));
  for (const Archive::Commitment& c : view.archive.commitments) {
    std::printf("  commitment %s, signed %s%s\n", c.kind.c_str(), format_date(date_of(c.signed_at)).c_str(), c.breaches > 0 ? fmt::format(", broken {} times", c.breaches).c_str() : ", kept");
  }
  for (const Archive::Span& s : view.archive.spans) {
    std::printf("  list       %s from %s to %s  %s\n", std::string(list_name(s.list)).c_str(), format_date(date_of(s.from)).c_str(),
                s.to == EventTime::max() ? "now" : format_date(date_of(s.to)).c_str(), s.id.c_str());
  }
  std::printf("  on record  %zu\n", view.items.size());
  for (const Item& item : view.items) {
    std::printf("    %s  %-10s %-22s %-12s %s %s\n", format_date(date_of(item.at)).c_str(), std::string(item_name(item.kind)).c_str(), item.code.c_str(),
                item.from.c_str(), item.id.c_str(), item.document.c_str());
  }
}

}  // namespace

int archive_show(const BrowseOptions& options) {
  const auto subject = parse_subject(options.subject);
  if (!subject) return report(Error(ErrorCode::kUsage, "a subject is KIND:ID, for example shop:taobao:S-1 or operator:USCC:91…").in(std::string(options.subject)));
  Date as_of{INT64_MAX / 2};
  if (!options.as_of.empty()) {
    const auto date = parse_date(options.as_of);
    if (!date) return report(Error(ErrorCode::kUsage, "--as-of is a date, YYYY-MM-DD").in(std::string(options.as_of)));
    as_of = *date;
  }
  const auto desk = Desk::open(options.desk);
  if (!desk) return report(desk.error());
  EventTime newest = system_clock().now();
  std::vector<std::string> lines;
  const auto read = desk->each_line(Output::kCredit, [&](std::string_view line) {
    lines.emplace_back(line);
  });
  if (!read) return report(read.error());
  if (options.as_of.empty()) {
    // A simulated ledger may stand in the future: its newest day is today.
    for (const std::string& line : lines) {
      const auto at = line.rfind("\"at\":\"");
      if (at == std::string::npos) continue;
      if (const auto t = parse_time(std::string_view(line).substr(at + 6, 29)); t && *t > newest) newest = *t;
    }
    as_of = date_of(newest);
  }
  ArchiveReader reader(subject->first, subject->second, as_of);
  for (const std::string& line : lines) reader.add(line);
  const auto view = reader.finish();
  if (!view) return report(Error(ErrorCode::kNotFound, "nothing is on record of this subject up to that day").in(std::string(options.subject)));
  if (options.desk.json) std::printf("%s\n", archive_json(*view, as_of).c_str());
  else print_text(*view, as_of);
  return kExitOk;
}

}  // namespace brushwatch::app
