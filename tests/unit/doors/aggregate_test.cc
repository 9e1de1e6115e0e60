#include "doors/aggregate.h"

#include <gtest/gtest.h>

namespace brushwatch::doors {
namespace {

const EventTime kNow = *parse_time("2027-01-05T00:00:00+08:00");

Record alert(int n, const std::string& subject, const std::string& time = "2026-11-11T00:00:00+08:00", const std::string& state = "standing") {
  Record r;
  r.topic = Topic::kAlert;
  r.id = "A-" + std::to_string(n);
  r.subject = subject;
  r.pattern = "fake_trade";
  r.state = state;
  r.event_time = *parse_time(time);
  return r;
}
void subjects(Aggregates& aggregates, int n, const std::string& time = "2026-11-11T00:00:00+08:00") {
  for (int i = 0; i < n; ++i) aggregates.add(alert(i, "taobao:S-" + std::to_string(i), time));
}

TEST(Aggregates, HideACellOfFewerThanTenSubjects) {
  Aggregates aggregates;
  subjects(aggregates, 9);
  EXPECT_TRUE(aggregates.cells(kNow).empty());
  aggregates.add(alert(100, "taobao:S-0"));
  EXPECT_TRUE(aggregates.cells(kNow).empty()) << "ten alerts are not ten subjects";
  aggregates.add(alert(101, "jd:S-0"));
  ASSERT_EQ(aggregates.cells(kNow).size(), 1u);
  EXPECT_EQ(aggregates.cells(kNow)[0].subjects, 10u);
  EXPECT_EQ(aggregates.cells(kNow)[0].alerts, 11u);
}

TEST(Aggregates, HideACellThatIsAlmostOneSubject) {
  Aggregates aggregates;
  subjects(aggregates, 11);  // one each
  for (int i = 0; i < 39; ++i) aggregates.add(alert(1000 + i, "taobao:S-0"));
  EXPECT_EQ(aggregates.cells(kNow).size(), 1u) << "40 of 50 are 80 %";
  aggregates.add(alert(2000, "taobao:S-0"));
  EXPECT_TRUE(aggregates.cells(kNow).empty());
}

TEST(Aggregates, ForgetWhatIsWithdrawnAndCountAnAlertOnce) {
  Aggregates aggregates;
  subjects(aggregates, 10);
  subjects(aggregates, 10);  // newer versions
  EXPECT_EQ(aggregates.cells(kNow).at(0).alerts, 10u);
  aggregates.add(alert(3, "taobao:S-3", "2026-11-11T00:00:00+08:00", "withdrawn"));
  EXPECT_TRUE(aggregates.cells(kNow).empty());
}

TEST(Aggregates, ShowAMonthWhenItIsOverForThirtyDays) {
  Aggregates aggregates;
  subjects(aggregates, 12, "2026-11-30T23:00:00+08:00");
  EXPECT_TRUE(aggregates.cells(*parse_time("2026-12-30T23:59:59+08:00")).empty());
  EXPECT_EQ(aggregates.cells(*parse_time("2026-12-31T00:00:01+08:00")).size(), 1u);
  EXPECT_EQ(aggregates.cells(kNow)[0].month, "2026-11");
}

}  // namespace
}  // namespace brushwatch::doors
