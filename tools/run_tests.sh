#!/bin/sh
# Builds and runs every test of a preset. The very last line is "N passed, N failed"; exit 1 on any failure.
# Usage: tools/run_tests.sh [PRESET] [CTEST ARGUMENTS…], e.g. tools/run_tests.sh asan-ubsan -L unit
set -u
cd "$(dirname "$0")/.." || exit 1
preset="${1:-release}"
[ $# -gt 0 ] && shift
build="build/$preset"
export CCACHE_DIR="${CCACHE_DIR:-$PWD/.cache/ccache}"
# The tests' precompiled header carries times and macros that differ from machine to machine but change no object.
export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-pch_defines,time_macros}"

if ! { [ -f "$build/CMakeCache.txt" ] || cmake --preset "$preset"; } || ! cmake --build "$build"; then
  echo "the build failed"
  echo "0 passed, 1 failed"
  exit 1
fi

rm -rf "$build/results" "$build/junit.xml"   # an old report must not stand in for a test that died
mkdir -p "$build/results"
# Everything but what runs for its own sake for hours.
ctest --test-dir "$build" -LE '^(soak|bench)$' --no-tests=ignore --output-on-failure --output-junit "$PWD/$build/junit.xml" "$@"
exec python3 tools/count_tests.py "$build/junit.xml" "$build/results"
