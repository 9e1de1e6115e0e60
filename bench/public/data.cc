#include "bench/public/data.h"

#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>

namespace brushwatch::bench {

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) out.emplace_back();
    else if (c != '\r') out.back() += c;
  }
  return out;
}

std::int64_t seconds(const std::string& text) {
  std::tm t{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &t);
  return end == nullptr ? -1 : static_cast<std::int64_t>(::timegm(&t));
}

std::vector<std::string> lines(const std::filesystem::path& path) {
  std::vector<std::string> out;
  if (path.extension() != ".zst") {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) out.push_back(line);
    return out;
  }
  const std::string command = "zstd -qdc '" + path.string() + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  char buffer[256];
  while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe.get()) != nullptr) {
    out.emplace_back(buffer);
    while (!out.back().empty() && (out.back().back() == '\n' || out.back().back() == '\r')) out.back().pop_back();
  }
  return out;
}

}  // namespace brushwatch::bench
