#pragma once
/// The ledger of the golden case "rules_live": three shops, one a week, each with a recycled waybill number (D19, family P) and
/// complaints (D26, family C). In the second week D26 was on trial, so the second shop has no alert; in the third one the bar for
/// what is urgent is higher.

#include <gtest/gtest.h>

#include "apps/session.h"
#include "tests/support/temp_dir.h"

namespace brushwatch::app {

/// Folded once a suite, into run/ledger of `folder`.
struct RulesLiveLedger : ::testing::Test {
  static void SetUpTestSuite() {
    folder = new test::TempDir;
    SessionOptions o;
    o.input = "tests/golden/rules_live";
    o.out = folder->path("run");
    o.partitions = 2;
    const auto done = run_session(Operators(), o);
    ASSERT_TRUE(done) << done.error().message();
  }
  static void TearDownTestSuite() { delete folder; }
  static std::string ledger() { return folder->path("run/ledger"); }
  static inline test::TempDir* folder = nullptr;
};

}  // namespace brushwatch::app
