#pragma once
/// A canonical event back to the public contract, for converters and generators that write NDJSON.

#include <string>
#include <string_view>

#include "engine/event/event.h"

namespace brushwatch {

/// Appends one JSON object without a newline. Pseudonyms are written as the 16 hex digits of their hash (decoding hashes
/// again: equal stays equal, the value changes); names, times, amounts, codes and simhash survive the round trip exactly.
/// `source` is the platform or carrier; empty = taken from the canonical shop id, else the carrier, else "unknown".
/// Only for the types of the contract; others give "{}".
void append_contract_json(const Event& event, std::string_view source, std::string& out);
std::string to_contract_json(const Event& event, std::string_view source = {});

}  // namespace brushwatch
