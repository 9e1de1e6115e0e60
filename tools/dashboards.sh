#!/bin/sh
# Writes the Grafana dashboards from dashboards/grafana/boards, or with --check compares them with what is committed.
# Their library is pinned and lives in .cache/dashboards-venv; it is installed when it is missing.
set -eu
cd "$(dirname "$0")/.."
venv=.cache/dashboards-venv
stamp=$venv/$(cksum < dashboards/grafana/requirements.txt | tr ' ' -)
if [ ! -f "$stamp" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r dashboards/grafana/requirements.txt
  touch "$stamp"
fi
exec "$venv/bin/python" -B dashboards/grafana/generate.py "$@"
