#include "alliance/case_line.h"

#include <rapidjson/document.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "alliance/chain.h"
#include "tests/unit/alliance/file_harness.h"

namespace brushwatch {
namespace {

using test::File;
using test::full_papers;

/// Tests run in the top folder.
std::string file_text(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

class Schemas {
 public:
  Schemas() {
    for (const char* name : {"case", "list", "credit"}) {
      rapidjson::Document document;
      document.Parse(file_text(std::string("api/schema/") + name + ".schema.json").c_str());
      EXPECT_FALSE(document.HasParseError()) << name;
      schemas_[name] = std::make_unique<rapidjson::SchemaDocument>(document);
    }
  }
  /// Empty when the line is valid; otherwise where it is not.
  [[nodiscard]] std::string fault(Output output, const std::string& line) const {
    rapidjson::Document d;
    d.Parse(line.c_str());
    if (d.HasParseError()) return "no JSON";
    rapidjson::SchemaValidator validator(*schemas_.at(std::string(output_name(output))));
    if (d.Accept(validator)) return {};
    rapidjson::StringBuffer where;
    validator.GetInvalidDocumentPointer().StringifyUriFragment(where);
    return std::string(where.GetString()) + " " + validator.GetInvalidSchemaKeyword();
  }

 private:
  std::map<std::string, std::unique_ptr<rapidjson::SchemaDocument>> schemas_;
};

std::string sealed(Chain& chain, Output output, const std::string& fields) { return chain.seal_line(output, Stage::kAlliance, 0, 1, 3, fields); }

/// The lines of procedures that between them meet every kind of line.
std::vector<std::pair<Output, std::string>> many_lines() {
  std::vector<std::pair<Output, std::string>> out;
  File to_the_end, sanctioned, watched, red;
  to_the_end.confirmed_case();
  to_the_end.say(Verb::kRequestEvidence, to_the_end.case_id(), Role::kAnalyst, "li", "2025-03-07");
  to_the_end.say(Verb::kRefer, to_the_end.case_id(), Role::kSenior, "wang", "2025-03-07");
  to_the_end.say(Verb::kPenalise, to_the_end.case_id(), Role::kRegulator, "zhao", "2025-03-08");
  sanctioned.listed();
  sanctioned.say(Verb::kNotify, sanctioned.entry_id(), Role::kWorkingGroup, "wu", "2025-03-24");
  sanctioned.say(Verb::kCommit, sanctioned.entry_id(), Role::kSubject, "keeper", "2025-03-25");
  sanctioned.say(Verb::kFix, sanctioned.entry_id(), Role::kSubject, "keeper", "2025-03-26");
  sanctioned.say(Verb::kRefuse, sanctioned.entry_id(), Role::kRegulator, "zhao", "2025-03-27");
  sanctioned.until("2025-08-01");
  sanctioned.say(Verb::kInterview, sanctioned.entry_id(), Role::kRegulator, "zhao", "2025-08-02", "absent");
  sanctioned.say(Verb::kPost, sanctioned.entry_id(), Role::kRegulator, "zhao", "2025-08-03");
  Papers p = full_papers();
  p.measure = "expose";
  sanctioned.say(Verb::kMeasure, sanctioned.entry_id(), Role::kPlatform, "taobao", "2025-08-04", p);
  sanctioned.until("2026-06-01");
  watched.listed("WATCH");
  watched.say(Verb::kEducate, watched.entry_id(), Role::kRegulator, "zhao", "2025-04-01");
  p.list = "RED";
  red.say(Verb::kPropose, red.file.id(), Role::kPlatform, "taobao", "2025-01-02", p);
  for (const File* f : {&to_the_end, &sanctioned, &watched, &red}) out.insert(out.end(), f->lines.begin(), f->lines.end());
  return out;
}

TEST(CaseLine, EveryLineIsWhatItsSchemaSays) {
  const Schemas schemas;
  std::map<Output, Chain> chains;
  std::set<std::string> types;
  for (const auto& [output, fields] : many_lines()) {
    const std::string line = sealed(chains[output], output, fields);
    ASSERT_EQ(schemas.fault(output, line), "") << line;
    rapidjson::Document d;
    d.Parse(line.c_str());
    types.insert(d["type"].GetString());
  }
  EXPECT_EQ(types, (std::set<std::string>{"alert_state", "case", "credit", "entry", "refused"})) << "many_lines() meets every kind";
}

TEST(CaseLine, AnIdentityIsWhatItsSchemaSays) {
  const Schemas schemas;
  SubjectFile file(SubjectKind::kOperator, "USCC:91610131MA6U1B2C12");
  Identity& identity = file.mutable_archive().identity;
  identity.name = "某某电子商务有限公司";
  identity.region6 = 610131;
  identity.links = {"taobao:S-1", "jd:S-2"};
  identity.links_total = 2;
  identity.uscc_warning = true;
  Chain chain;
  EXPECT_EQ(schemas.fault(Output::kCredit, sealed(chain, Output::kCredit, identity_fields(file, test::moment("2025-03-04"), {}))), "");
}

TEST(CaseLine, AWeeksBarIsWhatItsSchemaSays) {
  const Schemas schemas;
  Chain chain;
  const std::string fields = control_fields(test::moment("2025-03-03"), {31, 24, 7'419}, {}, test::moment("2025-03-04"), {});
  EXPECT_EQ(schemas.fault(Output::kCase, sealed(chain, Output::kCase, fields)), "") << fields;
}

TEST(CaseLine, IsShownByExamplesOfEachOutput) {
  // UPDATE_GOLDEN=1 writes the examples anew.
  std::map<Output, std::string> shown;
  for (const auto& [output, fields] : many_lines()) {
    const bool wanted = output == Output::kCase   ? fields.find("\"to\":\"CONFIRMED\"") != std::string::npos
                        : output == Output::kList ? fields.find("\"to\":\"SANCTIONED\"") != std::string::npos
                                                  : fields.find("\"code\":\"BLACK listed\"") != std::string::npos;
    if (!wanted || shown.contains(output)) continue;
    Chain chain;
    shown[output] = sealed(chain, output, fields) + "\n";
  }
  ASSERT_EQ(shown.size(), 3U);
  for (const auto& [output, line] : shown) {
    const std::string path = "api/examples/" + std::string(output_name(output)) + ".json";
    if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << line;
    EXPECT_EQ(file_text(path), line) << path;
  }
}

TEST(CaseLine, OnlyAPublicEntryShowsItsPosting) {
  File f;
  f.listed();
  f.say(Verb::kNotify, f.entry_id(), Role::kWorkingGroup, "wu", "2025-03-24");
  f.until("2025-08-01");
  f.say(Verb::kInterview, f.entry_id(), Role::kRegulator, "zhao", "2025-08-02", "absent");
  for (const auto& [output, fields] : f.lines) EXPECT_EQ(fields.find("\"posting\""), std::string::npos);
  f.say(Verb::kPost, f.entry_id(), Role::kRegulator, "zhao", "2025-08-03");
  EXPECT_NE(f.lines.back().second.find("\"posting\""), std::string::npos);
}

}  // namespace
}  // namespace brushwatch
