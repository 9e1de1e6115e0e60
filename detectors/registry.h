#pragma once
/// The one list of all detectors.

#include "engine/detect/detector.h"

namespace brushwatch {

/// Explicit and in a fixed order: the order is part of what is replayed. Adding a detector is one line in registry.cc.
const Registry& default_registry();

}  // namespace brushwatch
