#include "connectors/kafka/kafka_lead.h"

#include <gtest/gtest.h>

#include "tests/support/deadline.h"
#include "tests/support/kafka_broker.h"

namespace brushwatch {
namespace {

class Lead : public ::testing::Test {
 protected:
  std::unique_ptr<KafkaLead> join(const std::string& instance, int session_ms = 1'000) {
    KafkaLeadOptions options;
    options.bootstrap = test::KafkaBroker::shared().bootstrap();
    options.topic = options.group = topic_;
    options.instance = instance;
    options.session_ms = session_ms;
    auto joined = join_kafka_lead(options);
    if (!joined) throw std::runtime_error(joined.error().message());
    return std::move(*joined);
  }
  /// Serves all of them until the first one leads.
  static void until_it_leads(KafkaLead& one, const std::vector<KafkaLead*>& others = {}) {
    const test::Deadline deadline;
    while (!deadline.passed()) {
      const auto leads = one.poll(20);
      ASSERT_TRUE(leads) << leads.error().message();
      if (*leads) return;
      for (KafkaLead* other : others) (void)other->poll(0);
    }
    FAIL() << "it never leads";
  }

 private:
  std::string topic_ = test::KafkaBroker::shared().fresh_topic("lead");
};

TEST_F(Lead, StaysWhereItIsWhileAnotherMemberJoins) {
  const auto first = join("a");
  until_it_leads(*first);
  const auto second = join("b");
  const test::Deadline deadline;
  while (!second->placed()) {
    ASSERT_FALSE(deadline.passed());
    const auto one = first->poll(10), other = second->poll(10);
    ASSERT_TRUE(one && other);
    EXPECT_TRUE(*one) << "not for a moment is there nobody";
    EXPECT_FALSE(*other);
  }
}

TEST_F(Lead, GoesToTheMemberWhoseNameSortsFirst) {
  const auto first = join("b");
  until_it_leads(*first);
  const auto second = join("a");
  until_it_leads(*second, {first.get()});
  const test::Deadline deadline;
  for (;;) {
    ASSERT_FALSE(deadline.passed());
    const auto leads = first->poll(20);
    ASSERT_TRUE(leads);
    if (!*leads) break;
    (void)second->poll(0);
  }
}

TEST_F(Lead, PassesToAnotherMemberWhenTheSessionOfTheFirstIsOver) {
  auto first = join("a");
  until_it_leads(*first);
  const auto second = join("b");
  first.reset();  // a static member keeps its place until its session ends
  until_it_leads(*second);
}

TEST_F(Lead, ComesBackToAMemberThatStartsAgainUnderItsName) {
  auto first = join("a", 30'000);
  until_it_leads(*first);
  const auto second = join("b", 30'000);
  first.reset();
  const auto again = join("a", 30'000);
  until_it_leads(*again, {second.get()});
}

TEST_F(Lead, IsRefusedToTheOlderOfTwoProcessesOfOneName) {
  const auto first = join("a");
  until_it_leads(*first);
  const auto second = join("a");
  const test::Deadline deadline;
  for (;;) {
    ASSERT_FALSE(deadline.passed());
    (void)second->poll(20);
    const auto leads = first->poll(20);
    if (leads) continue;
    EXPECT_EQ(leads.error().code, ErrorCode::kFenced) << leads.error().message();
    break;
  }
}

}  // namespace
}  // namespace brushwatch
