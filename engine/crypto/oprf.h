#pragma once
/// The oblivious pseudorandom function OPRF(P-256, SHA-256) of RFC 9497, mode 0x00: a member learns F(key, value) without showing the
/// value, and the key holder learns nothing.
///
///   member      blind(value) → blinded element, which tells nothing about the value
///   key holder  evaluate(element)
///   member      finalize(value, blind, evaluated) → 32 bytes, the same for every member
///
/// Cost   blind ~300 µs (two maps to the curve, one multiplication), evaluate ~100 µs, finalize ~150 µs.
/// Fails  OpenSSL's numbers are not constant in time for the map to the curve: run it where the values are at home anyway.

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace brushwatch {

inline constexpr std::size_t kOprfElementBytes = 33, kOprfScalarBytes = 32, kOprfOutputBytes = 32;

struct OprfBlinded {
  std::string blind;    ///< scalar; secret, for finalize()
  std::string element;  ///< to the key holder
};
/// Errors: kBadType for a value of more than 65,535 bytes or (never in practice) one that maps to the identity.
Result<OprfBlinded> oprf_blind(std::string_view value);
/// The same with a given scalar, for the standard's vectors.
Result<OprfBlinded> oprf_blind_with(std::string_view value, std::string_view blind);
/// Errors: kUnsupported for what is no scalar or no element of the group.
Result<std::string> oprf_evaluate(std::string_view secret_key, std::string_view element);
Result<std::string> oprf_finalize(std::string_view value, std::string_view blind, std::string_view evaluated);
/// blind, evaluate and finalize by one who holds both: the same bytes.
Result<std::string> oprf_direct(std::string_view secret_key, std::string_view value);
/// RFC 9497 §3.2.1. `seed` has 32 bytes. Errors: kUnsupported.
Result<std::string> oprf_derive_key(std::string_view seed, std::string_view info);

}  // namespace brushwatch
