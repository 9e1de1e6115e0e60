// `topology`, `completion`: what the program knows about itself.

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>

#include "apps/commands.h"
#include "apps/exit_codes.h"
#include "engine/stage/topology.h"

namespace brushwatch::app {
namespace {

using Json = rapidjson::Writer<rapidjson::StringBuffer>;
void text(Json& w, const char* name, std::string_view v) {
  w.Key(name);
  w.String(v.data(), static_cast<rapidjson::SizeType>(v.size()));
}

constexpr std::string_view kCommands = "demo run top generate snapshot replay explain verify keys gateway oprf tap dlq config topics webhooks sightings receipts rules backtest evaluate topology convert case list archive machines completion";

/// Commands with commands of their own.
constexpr const char* kNouns = "case list archive config topics webhooks sightings receipts dlq rules keys gateway oprf";

}  // namespace

int topology_show(bool json) {
  rapidjson::StringBuffer buffer;
  Json w(buffer);
  w.StartArray();
  if (!json) std::printf("%-8s %-58s %-52s %s\n", "STAGE", "KEY", "FOLDS", "SENDS TO");
  for (const StageInfo& s : kTopology) {
    std::string to;
    for (const Stage t : s.sends_to) if (t != Stage::kIntake) to += (to.empty() ? "" : ", ") + std::string(stage_name(t));
    if (!json) std::printf("%-8s %-58s %-52s %s\n", std::string(stage_name(s.stage)).c_str(), std::string(s.key).c_str(), std::string(s.folds).c_str(), to.c_str());
    w.StartObject();
    text(w, "stage", stage_name(s.stage));
    text(w, "key", s.key);
    text(w, "folds", s.folds);
    text(w, "sends_to", to);
    w.EndObject();
  }
  w.EndArray();
  if (json) std::printf("%s\n", buffer.GetString());
  return kExitOk;
}

int completion(const std::string& shell) {
  const std::string commands(kCommands);
  if (shell == "bash") {
    std::printf("_brushwatch() {\n  local cur=${COMP_WORDS[COMP_CWORD]}\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W \"%s\" -- \"$cur\"))\n"
                // A noun's verbs are read from its own help, so that no second list grows old.
                "  elif [ \"$COMP_CWORD\" -eq 2 ] && [[ \" %s \" == *\" ${COMP_WORDS[1]} \"* ]]; then\n"
                "    COMPREPLY=($(compgen -W \"$(brushwatch \"${COMP_WORDS[1]}\" --help 2>/dev/null | sed -n '/^Subcommands:/,$p' | awk '/^  [a-z]/{print $1}')\" -- \"$cur\"))\n"
                "  elif [[ $cur == -* ]]; then\n    COMPREPLY=($(compgen -W \"$(brushwatch \"${COMP_WORDS[@]:1:COMP_CWORD-1}\" --help 2>/dev/null | grep -oE -- '--[a-z-]+' | sort -u)\" -- \"$cur\"))\n"
                "  else\n    COMPREPLY=($(compgen -f -- \"$cur\"))\n  fi\n}\ncomplete -F _brushwatch brushwatch\n", commands.c_str(), kNouns);
  } else if (shell == "zsh") {
    std::printf("#compdef brushwatch\n_arguments '1:command:(%s)' '*::file:_files'\n", commands.c_str());
  } else {
    std::printf("complete -c brushwatch -n __fish_use_subcommand -f -a '%s'\n", commands.c_str());
  }
  return kExitOk;
}

}  // namespace brushwatch::app
