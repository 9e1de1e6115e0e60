// `machines`: the tables of alert, case and list entry, and their exhaustive exploration.

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>

#include "alliance/machine/alert_machine.h"
#include "alliance/machine/case_machine.h"
#include "alliance/machine/entry_machine.h"
#include "alliance/machine/explore.h"
#include "apps/commands.h"
#include "apps/exit_codes.h"
#include "apps/terminal.h"

namespace brushwatch::app {
namespace {

using Json = rapidjson::Writer<rapidjson::StringBuffer>;
void text(Json& w, const char* name, std::string_view v) {
  w.Key(name);
  w.String(v.data(), static_cast<rapidjson::SizeType>(v.size()));
}

template <class State>
std::string states_of(std::uint64_t mask, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if ((mask >> i & 1U) == 0) continue;
    if (!out.empty()) out += ' ';
    out += state_name(static_cast<State>(i));
  }
  return out;
}

template <class Object>
void table(std::string_view machine, std::span<const Rule<Object>> rules, std::size_t states, Json* w) {
  if (w == nullptr) std::printf("\n%s\n%-4s %-17s %-9s %-14s %s\n", std::string(machine).c_str(), "ROW", "COMMAND", "BY", "TO", "FROM · what it asks · what then runs");
  for (const Rule<Object>& r : rules) {
    std::string lists;
    if constexpr (std::is_same_v<Object, Entry>) {
      for (const List list : {List::kBlack, List::kWatch, List::kRed}) {
        if ((entry_lists(r) >> static_cast<unsigned>(list) & 1U) != 0) lists += (lists.empty() ? "" : " ") + std::string(list_name(list));
      }
    }
    const std::string from = states_of<typename Object::State>(r.from, states);
    const std::string to = r.to ? std::string(state_name(*r.to)) : std::string("same");
    if (w != nullptr) {
      w->StartObject();
      text(*w, "machine", machine);
      text(*w, "row", r.id);
      if (!lists.empty()) text(*w, "lists", lists);
      text(*w, "command", verb_name(r.verb));
      text(*w, "by", r.by.text());
      w->Key("joint"); w->Bool(r.joint);
      text(*w, "from", from);
      text(*w, "to", to);
      text(*w, "asks", r.asks);
      text(*w, "deadline", r.deadline);
      w->EndObject();
      continue;
    }
    std::printf("%-4s %-17s %-9s %-14s %s%s%s%s%s%s\n", std::string(r.id).c_str(), std::string(verb_name(r.verb)).c_str(),
                (r.by.text() + (r.joint ? " both" : "")).c_str(), to.c_str(), from.c_str(), lists.empty() ? "" : (" [" + lists + "]").c_str(), r.asks.empty() ? "" : " · ",
                std::string(r.asks).c_str(), r.deadline.empty() ? "" : " · ", std::string(r.deadline).c_str());
  }
}

int explore(bool json) {
  const auto machines = explore_machines(Policy{});
  rapidjson::StringBuffer buffer;
  Json w(buffer);
  std::uint64_t configurations = 0, tried = 0, unsafe = 0;
  w.StartObject();
  w.Key("machines");
  w.StartArray();
  for (const Explored& m : machines) {
    configurations += m.configurations;
    tried += m.tried;
    unsafe += m.unsafe.size();
    if (!json) {
      std::printf("%s: %s configurations of %zu states, %s acts tried, %s taken, %zu unsafe\n", m.machine.c_str(), grouped(m.configurations).c_str(), m.states.size(),
                  grouped(m.tried).c_str(), grouped(m.accepted).c_str(), m.unsafe.size());
      for (const auto& [state, n] : m.states) std::printf("  %-16s %s\n", state.c_str(), grouped(n).c_str());
      for (const std::string& step : m.steps) std::printf("    %s\n", step.c_str());
      for (const std::string& path : m.unsafe) std::printf("  UNSAFE %s\n", path.c_str());
    }
    w.StartObject();
    text(w, "machine", m.machine);
    w.Key("configurations"); w.Uint64(m.configurations);
    w.Key("tried"); w.Uint64(m.tried);
    w.Key("accepted"); w.Uint64(m.accepted);
    w.Key("states");
    w.StartObject();
    for (const auto& [state, n] : m.states) { w.Key(state.c_str()); w.Uint64(n); }
    w.EndObject();
    w.Key("steps");
    w.StartArray();
    for (const std::string& step : m.steps) w.String(step.c_str());
    w.EndArray();
    w.Key("unsafe");
    w.StartArray();
    for (const std::string& path : m.unsafe) w.String(path.c_str());
    w.EndArray();
    w.EndObject();
  }
  w.EndArray();
  w.Key("configurations"); w.Uint64(configurations);
  w.Key("tried"); w.Uint64(tried);
  w.Key("unsafe"); w.Uint64(unsafe);
  w.EndObject();
  if (json) std::printf("%s\n", buffer.GetString());
  else std::printf("together: %s configurations, %s acts tried, %s unsafe paths\n", grouped(configurations).c_str(), grouped(tried).c_str(), grouped(unsafe).c_str());
  return unsafe == 0 ? kExitOk : kExitFindings;
}

}  // namespace

int machines(bool explored, bool json) {
  if (explored) return explore(json);
  rapidjson::StringBuffer buffer;
  Json w(buffer);
  w.StartArray();
  table<AlertFile>("alert", alert_rules(), kAlertStates, json ? &w : nullptr);
  table<CaseFile>("case", case_rules(), kCaseStates, json ? &w : nullptr);
  table<Entry>("entry", entry_rules(), kEntryStates, json ? &w : nullptr);
  w.EndArray();
  if (json) std::printf("%s\n", buffer.GetString());
  return kExitOk;
}

}  // namespace brushwatch::app
