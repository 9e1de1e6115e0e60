#!/usr/bin/env python3
"""Reads every #include line against the table of layers: dependence goes one way, foreign headers have one home.

Usage: tools/check_layers.py [ROOT]. Prints each offending line as file:line and exits 1; prints one line and exits 0 otherwise.
"""

import pathlib
import re
import sys

# Lower may not include higher; folders of one layer never include each other. Most specific prefix decides.
LAYERS = [
    ("engine/base", 0),
    ("engine/event", 1),
    ("engine/crypto", 1),
    ("engine/log", 2),
    ("engine/math", 2),
    ("engine/graph", 2),
    ("engine/detect", 2),
    ("detectors", 3),
    ("connectors", 3),
    ("state", 3),
    ("alliance", 3),
    ("simulate", 3),
    ("engine/stage", 4),
    ("doors", 4),
    ("evaluate", 4),
    ("apps", 5),
]
# May include anything of ours: they are not part of the product.
FREE = ("tests", "bench", "examples")
# Folders whose sub-folders count as units of their own: one connector does not know another.
SPLIT = ("connectors",)
# state/rocksdb implements the contract in state; that is one unit. The same holds for the detectors' shared stage.

# A header of a foreign library, and the folders it may be named in.
HOMES = [
    (r"librdkafka/", ("connectors/kafka",)),
    (r"rocksdb/", ("state/rocksdb",)),
    (r"boost/(asio|beast)", ("connectors/http",)),
    (r"curl/", ("connectors/webhook",)),
    (r"prometheus/", ("connectors/metrics",)),
    (r"simdjson", ("connectors/codec",)),
    (r"utf8proc", ("connectors/codec",)),
    (r"Eigen/", ("engine/math", "detectors")),
    (r"toml\+\+/", ("apps", "connectors/codec")),
    (r"CLI/", ("apps",)),
    (r"spdlog/", ("apps",)),
    (r"openssl/", ("engine/base", "engine/crypto")),
    (r"xxhash", ("engine/base",)),
    (r"nlohmann/", ()),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def layer_of(path):
    """(layer, unit) of a path of ours, or None when it lies in no layer."""
    best = None
    for prefix, layer in LAYERS:
        if path == prefix or path.startswith(prefix + "/"):
            if best is None or len(prefix) > len(best[1]):
                best = (layer, prefix)
    if best is None:
        return None
    layer, unit = best
    if unit in SPLIT:
        unit = "/".join(path.split("/")[:2])
    return layer, unit


def offence(path, kind, target):
    """Why `path` may not include `target`; None when it may."""
    if path.split("/")[0] in FREE:
        return None
    for pattern, homes in HOMES:
        if re.match(pattern, target):
            if any(path.startswith(home + "/") for home in homes):
                return None
            return f"this library is included in {' and '.join(homes) or 'no folder'} only"
    if kind != '"':
        return None
    if target.split("/")[0] in FREE:
        return "the product does not include tests, benchmarks or examples"
    own, other = layer_of(path), layer_of(target)
    if own is None or other is None:
        return None if "/" not in target or own is None else "write the path from the root of the tree"
    if other[1] == own[1]:
        return None
    if other[0] > own[0]:
        return f"{other[1]} lies above {own[1]}"
    if other[0] == own[0]:
        return f"{other[1]} and {own[1]} lie beside each other"
    return None


def sources(root):
    for folder in sorted({prefix.split("/")[0] for prefix, _ in LAYERS} | set(FREE)):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cc") and path.is_file():
                yield path


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    found = files = 0
    for path in sources(root):
        files += 1
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            why = offence(name, *match.groups()) if match else None
            if why:
                found += 1
                print(f"{name}:{number}: {line.strip()}  <- {why}")
    print(f"layers: {files} files, {found} includes against the direction")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
