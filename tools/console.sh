#!/bin/sh
# The console's page: tools/console.sh build | check | unit
#   build   writes dashboards/console/dist, which is committed and embedded into the program
#   check   builds anew and compares: what is committed is what the sources say
#   unit    the tests that need no browser
# Needs Node 18 or newer with npm; the libraries are those of package-lock.json. Building the server needs none of this.
set -eu
cd "$(dirname "$0")/../dashboards/console"
verb=${1:-}
case $verb in build|check|unit) ;; *) sed -n '2,6p' "../../tools/console.sh" >&2; exit 2 ;; esac
command -v npm >/dev/null || { echo "console: npm is missing: tools/setup.sh packaging/debian-12-node.txt" >&2; exit 69; }
stamp=node_modules/.installed-$(cksum < package-lock.json | tr ' ' -)
[ -f "$stamp" ] || { npm ci --no-audit --no-fund --loglevel=error && touch "$stamp"; }
case $verb in
  build) npx --no-install tsc --noEmit && npx --no-install vite build --logLevel warn --emptyOutDir ;;
  check)
    npx --no-install tsc --noEmit
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    npx --no-install vite build --logLevel warn --outDir "$fresh/dist" --emptyOutDir
    diff -rq "$fresh/dist" dist || { echo "console: dist is not what the sources say: run tools/console.sh build" >&2; exit 1; }
    echo "console: dist is current, $(cat dist/* | gzip -9 | wc -c) bytes gzipped" ;;
  unit) node --test test/unit/ ;;
esac
