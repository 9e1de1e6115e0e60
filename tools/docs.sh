#!/bin/sh
# The documentation site: tools/docs.sh build [DIR]   writes it (default out/site); a broken link or a missing page fails.
# mkdocs is pinned and lives in .cache/docs-venv; it is installed when it is missing.
set -eu
cd "$(dirname "$0")/.."
[ "${1:-}" = build ] || { sed -n '2,3p' "$0" >&2; exit 2; }
venv=.cache/docs-venv
stamp=$venv/.mkdocs-1.6.1
if [ ! -f "$stamp" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check mkdocs==1.6.1
  touch "$stamp"
fi
exec "$venv/bin/mkdocs" build --quiet --strict --site-dir "$(realpath -m "${2:-out/site}")"
