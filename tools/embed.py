#!/usr/bin/env python3
"""Turns the files of a folder into a C++ source that holds them, plain and gzipped: `embed.py FOLDER OUT.cc`.

The same files give the same bytes: names in order, no time in the gzip header.
"""

import gzip
import pathlib
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def array(name, data):
    lines = [",".join(str(byte) for byte in data[at:at + 40]) for at in range(0, len(data), 40)]
    return f"constexpr unsigned char {name}[] = {{\n" + ",\n".join(lines) + "};\n"


def main(folder, out):
    arrays, entries = [], []
    for place, path in enumerate(sorted(pathlib.Path(folder).iterdir())):
        data = path.read_bytes()
        arrays += [array(f"kPlain{place}", data), array(f"kGzip{place}", gzip.compress(data, 9, mtime=0))]
        entries.append(f'    {{"{path.name}", "{TYPES[path.suffix]}", text(kPlain{place}), text(kGzip{place})}},')
    pathlib.Path(out).write_text(
        "// Written by tools/embed.py; do not edit.\n#include \"connectors/http/console_route.h\"\n\nnamespace brushwatch {\nnamespace {\n\n"
        + "\n".join(arrays)
        + "\ntemplate <std::size_t N>\nstd::string_view text(const unsigned char (&bytes)[N]) {\n  return {reinterpret_cast<const char*>(bytes), N};\n}\n\n}  // namespace\n\n"
        + "std::span<const ConsoleFile> console_files() {\n  static const ConsoleFile files[] = {\n" + "\n".join(entries)
        + "\n  };\n  return files;\n}\n\n}  // namespace brushwatch\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
