#pragma once
/// What threads of this process ask of the scheduler.

namespace brushwatch {

/// The calling thread gets a tenth of the share of a thread that has not called it, when both want a core, and is interrupted at once by
/// one that wakes up: for those who serve readers, so that the fold and the ingest come first. Where the system does not allow a part of
/// that, that part does not happen.
void come_second();

}  // namespace brushwatch
