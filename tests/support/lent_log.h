#pragma once
/// A ledger that outlives the hosts that are given it; what changes one of its answers derives from it.

#include "engine/log/log.h"

namespace brushwatch::test {

class LentLog : public Log {
 public:
  explicit LentLog(Log& log) : log_(log) {}
  std::uint32_t partitions() const override { return log_.partitions(); }
  Result<std::uint64_t> begin_offset(std::uint32_t p) override { return log_.begin_offset(p); }
  Result<std::uint64_t> end_offset(std::uint32_t p) override { return log_.end_offset(p); }
  Result<void> append(std::uint32_t p, std::string_view payload) override { return log_.append(p, payload); }
  Result<void> sync() override { return log_.sync(); }
  Result<void> read(std::uint32_t p, std::uint64_t o, std::size_t max, int wait_ms, std::vector<LogRecord>& out) override {
    return log_.read(p, o, max, wait_ms, out);
  }
  Result<void> truncate(std::uint32_t p, std::uint64_t o) override { return log_.truncate(p, o); }
  std::size_t max_record_bytes() const override { return log_.max_record_bytes(); }

 private:
  Log& log_;
};

}  // namespace brushwatch::test
