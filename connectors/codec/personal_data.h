#pragma once
/// Recognises raw personal data at the door, so that it is refused before it is stored anywhere (design.md §1, promise 5).
///
/// Fails   on personal data under a name and in a form that nobody thought of: it is a guard rail, not a proof. Members that
///         the contract does not know are dropped in any case.

#include <string_view>

namespace brushwatch {

/// Is the member name one under which people send names, phones, addresses, documents or device numbers? Case, `_` and `-`
/// do not count: receiver_name, receiverName, Receiver-Name. `name` itself is judged by the event type, not here.
bool forbidden_member(std::string_view name);

/// A mainland mobile number, with or without +86 and separators.
bool looks_like_mobile(std::string_view value);
/// An 18-character resident identity number (GB 11643): digits, a plausible birth date, a last digit or X. The check digit
/// is not asked for: a mistyped number is still somebody's.
bool looks_like_identity(std::string_view value);
/// Any Han character: a pseudonym has no reason to hold one, while names and addresses always do. `value` is valid UTF-8.
bool holds_han(std::string_view value);

/// Any of the three. Cost ~5 ns for a typical pseudonym.
bool raw_personal_value(std::string_view value);

}  // namespace brushwatch
