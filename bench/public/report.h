#pragma once
/// What `bench_public` measures: rows of table A, and the remarks beside them.

#include <ctime>
#include <optional>
#include <string>
#include <vector>

namespace brushwatch::bench {

struct Row {
  std::string id;         ///< of the figure; empty = shown beside, not recorded
  std::string what;       ///< measured on what work, one phrase
  std::string published;  ///< best number in print or of the official code, as text
  std::optional<double> floor, goal;
  double ours = 0;
  std::string unit;
};

struct Report {
  std::vector<Row> rows;
  std::vector<std::string> skipped;  ///< sections without data, with the path that was looked for
  void add(Row row) { rows.push_back(std::move(row)); }
};

/// Seconds of this thread's own processor time: what others do on the machine does not count.
inline double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

void run_darpa(Report& report, const std::string& data);
void run_otc(Report& report, const std::string& data);
void run_olist(Report& report, const std::string& data);
void run_nab(Report& report, const std::string& data);
void run_lockstep(Report& report, const std::string& data);
void run_dense(Report& report);
void run_outlier(Report& report);
void run_shopee(Report& report);
void run_eprocess(Report& report);

}  // namespace brushwatch::bench
