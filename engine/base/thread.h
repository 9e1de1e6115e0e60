#pragma once
/// What threads of this process ask of the scheduler.

namespace brushwatch {

/// The calling thread gets a third of the share of a thread that has not called it, when both want a core: for those who serve
/// readers, so that the fold and the ingest come first. Nothing happens where the system does not allow it.
void come_second();

}  // namespace brushwatch
