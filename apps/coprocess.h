#pragma once
/// A program that answers one line to each line: how the gateway reaches the key holder, by whatever transport its command names.

#include <cstdio>
#include <memory>
#include <string>

#include "engine/base/result.h"

namespace brushwatch::app {

class Coprocess {
 public:
  /// Runs `command` with /bin/sh. Errors: kIo.
  static Result<std::unique_ptr<Coprocess>> start(const std::string& command);
  ~Coprocess();
  Coprocess(const Coprocess&) = delete;
  Coprocess& operator=(const Coprocess&) = delete;
  /// Errors: kIo when it has ended.
  Result<std::string> ask(const std::string& line);

 private:
  Coprocess(int pid, std::FILE* to, std::FILE* from) : pid_(pid), to_(to), from_(from) {}
  int pid_;
  std::FILE *to_, *from_;
};

}  // namespace brushwatch::app
