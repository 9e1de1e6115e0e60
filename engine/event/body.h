#pragma once
/// The kind of an event's body, for who writes every field of it anyway.

#include "engine/event/event.h"

namespace brushwatch {

/// As reset_body(), but the fields of a body that is of this kind already keep their values.
void set_body_type(Event& event, EventType type);

}  // namespace brushwatch
