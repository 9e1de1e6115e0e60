#include "tests/support/alert_sets.h"

#include <rapidjson/document.h>

#include <map>

#include "tests/support/process.h"

namespace brushwatch::test {
namespace {

std::set<std::string> states(const std::string& text, bool with_score) {
  std::map<std::string, std::string> last;
  for (const std::string& line : lines_of(text)) {
    rapidjson::Document alert;
    alert.Parse(line.c_str());
    if (alert.HasParseError() || !alert.HasMember("id")) continue;
    const std::string id = alert["id"].GetString();
    if (std::string(alert["type"].GetString()) == "alert_withdrawn") {
      last.erase(id);
      continue;
    }
    std::string state = std::string(alert["subject"]["kind"].GetString()) + "/" + alert["subject"]["id"].GetString() + " | " + alert["pattern"].GetString() + " | " +
                        alert["window"]["start"].GetString() + " | " + alert["direction"].GetString();
    if (with_score) {
      state += " | " + std::to_string(alert["posterior_permille"].GetInt()) + " |";
      for (const auto& f : alert["score"]["families"].GetArray()) state += std::string(" ") + f["family"].GetString() + "=" + std::to_string(f["llr_milli"].GetInt64());
    }
    last[id] = state;
  }
  std::set<std::string> out;
  for (const auto& [id, state] : last) out.insert(state);
  return out;
}

}  // namespace

std::set<std::string> alert_set(const std::string& text) { return states(text, false); }
std::set<std::string> alert_states(const std::string& text) { return states(text, true); }

}  // namespace brushwatch::test
