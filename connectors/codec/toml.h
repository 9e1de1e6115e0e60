#pragma once
/// toml++ with the settings of this program, for the two readers of TOML: the CSV mapping and the configuration.
///
/// The settings are one for all: the parser's classes differ between them, and a program can hold one definition of each.

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
/// The library asserts what its own next line reports as an error ("[{source]]" is a key that begins with a brace), so a slip
/// of the hand would end the program instead of being named. Its assertions are off in its release builds as well.
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>
