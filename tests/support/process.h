#pragma once
/// Runs the real programs, as a user would: capture what they print, kill them, wait for them.

#include <string>
#include <vector>

namespace brushwatch::test {

struct Finished {
  int exit_code = -1;  ///< 128 + signal when killed
  std::string out, err;
};
/// Runs to the end, or is killed when it says nothing at the end of kPatience (deadline.h). `stdin_text` is written to its standard input.
Finished run_program(const std::vector<std::string>& argv, const std::string& stdin_text = {});

/// A program in the background; killed (by its own pid) and reaped at the end of the object's life.
class Background {
 public:
  explicit Background(const std::vector<std::string>& argv, const std::string& log_path);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  void signal(int number) const;
  int wait();                       ///< exit code; one that does not end within kPatience (deadline.h) is killed
  [[nodiscard]] bool running();

 private:
  int pid_ = -1;
  int code_ = -1;
};

/// The brushwatch binary of this build.
std::string brushwatch_binary();
std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);
std::vector<std::string> lines_of(const std::string& text);

}  // namespace brushwatch::test
