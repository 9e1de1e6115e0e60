#pragma once
/// What an epoch says of itself in the state: where in the ledger it stands, and whose it is (docs/formats/state.md).

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/event/event.h"
#include "state/store.h"

namespace brushwatch {

struct EpochRecord {
  std::uint64_t identity = 0;          ///< of ledger and configuration; 0 = not checked
  std::uint32_t writer_epoch = 0;      ///< the highest whose frames are folded
  std::uint64_t epoch = 0;             ///< epochs written so far; 0 in a state of version 1
  std::uint64_t next_round = 0;
  std::vector<std::uint64_t> offsets;  ///< of the ledger, per partition: the next to fold
  TickEvent last_tick;
};

/// The state's last epoch; nullopt in a fresh state. Errors: kStateVersion (written by a newer version), kStateCorrupt (the
/// record is damaged); those of the store.
Result<std::optional<EpochRecord>> read_epoch(StateStore& store);
void put_epoch(const EpochRecord& record, StoreBatch& batch);
/// Every epoch up to `last` that the ring can still hold is there. Errors: kStateCorrupt when one is lost between others.
Result<void> check_epochs(StateStore& store, std::uint64_t last);
/// The epoch's place in the ring that check_epochs() looks at; its key comes before every other.
void put_epoch_number(std::uint64_t epoch, StoreBatch& batch);

}  // namespace brushwatch
