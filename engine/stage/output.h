#pragma once
/// Where the lines of all tasks leave: one hub keeps every task's seq and hash chain, and hides what was written before.

#include "engine/detect/fold.h"
#include "state/store.h"

namespace brushwatch {

class OutputHub {
 public:
  virtual ~OutputHub() = default;
  /// Takes over seq and chain heads from the state's last epoch (nothing there: all chains begin), and looks at what the
  /// sinks already hold, so that lines written between that epoch and a crash are recognised and not written again.
  virtual Result<void> restore(StateStore& store) = 0;
  /// The next line of the chain (output, stage, partition). Called in (stage, partition, emission) order within a round.
  /// Errors: kDivergence when the sink already holds this seq with another hash.
  virtual Result<void> write(Output output, Stage stage, std::uint32_t partition, std::uint64_t round, std::string_view fields) = 0;
  /// Ends every chain with its seal, but for outputs that outlive the stream; after it nothing more is written to those chains. A chain that is sealed already stays as it is.
  virtual Result<void> seal(std::uint64_t round) = 0;
  /// What was written becomes visible to readers.
  virtual Result<void> flush() = 0;
  /// Everything written so far is with the readers or will be after flush(): an epoch may count it. A hub that only listens
  /// to another instance's lines says no while one of them is still missing there.
  [[nodiscard]] virtual bool settled() const { return true; }
  /// Adds seq and heads to the epoch.
  virtual void collect(StoreBatch& batch) = 0;
};

}  // namespace brushwatch
