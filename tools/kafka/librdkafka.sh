#!/usr/bin/env bash
# Brings a newer librdkafka than Debian's into DIR (lib/librdkafka.so.1), to run or build against it. Its wheel carries the library whole.
#
#   librdkafka.sh DIR [VERSION]
#
# Run the same program on it:  LD_LIBRARY_PATH=DIR/lib build/release/bin/brushwatch …   (tools/prove.py chaos --librdkafka DIR)
# Build against it:            cmake --preset release -DBW_LIBRDKAFKA=DIR
set -euo pipefail

[[ $# -ge 1 ]] || { sed -n '2,7p' "${BASH_SOURCE[0]}" >&2; exit 2; }
# What the chaos suite was run on; the package's version, whose first two numbers are the library's.
dir=$1 version=${2:-2.16.1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download -q --no-deps --only-binary :all: -d "$work" "confluent-kafka==$version"
python3 -m zipfile -e "$work"/confluent_kafka-*.whl "$work/wheel"
mkdir -p "$dir/lib"
cp "$work"/wheel/confluent_kafka.libs/librdkafka-*.so.1 "$dir/lib/"
# Under the names that the loader and the linker look for; a program that is linked with it asks for the file's own name.
own=$(basename "$dir"/lib/librdkafka-*.so.1)
ln -sf "$own" "$dir/lib/librdkafka.so.1"
ln -sf "$own" "$dir/lib/librdkafka.so"
python3 -c 'import ctypes, sys; lib = ctypes.CDLL(sys.argv[1]); lib.rd_kafka_version_str.restype = ctypes.c_char_p; print("librdkafka", lib.rd_kafka_version_str().decode(), "in", sys.argv[2])' "$dir/lib/librdkafka.so.1" "$dir"
