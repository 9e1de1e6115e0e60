#pragma once
/// Records that every decoder must refuse: for the codec's tests, the doors' and the whole program's.

#include <cstdint>
#include <string>
#include <vector>

namespace brushwatch::test {

/// `count` records, the same for the same seed. Kinds, in turn: truncated, trailing garbage, too deep, huge numbers, invalid
/// UTF-8, wrong types, duplicate members, bad envelopes, bad money, bad times, raw personal data, bare noise, one of 1 MB.
std::vector<std::string> malformed_records(std::size_t count, std::uint64_t seed);

}  // namespace brushwatch::test
