#!/bin/sh
# Writes the Grafana dashboards from dashboards/grafana/boards, or with --check compares them with what is committed.
# With --types it checks the committed ones against Grafana's own types (needs Node).
# Their library is pinned and lives in .cache/dashboards-venv; it is installed when it is missing.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = --types ]; then
  cd dashboards/grafana/types
  stamp=node_modules/.installed-$(cksum < package-lock.json | tr ' ' -)
  [ -f "$stamp" ] || { npm ci --no-audit --no-fund --loglevel=error && touch "$stamp"; }
  exec node check.mjs
fi
venv=.cache/dashboards-venv
stamp=$venv/$(cksum < dashboards/grafana/requirements.txt | tr ' ' -)
if [ ! -f "$stamp" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r dashboards/grafana/requirements.txt
  touch "$stamp"
fi
exec "$venv/bin/python" -B dashboards/grafana/generate.py "$@"
