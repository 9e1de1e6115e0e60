#!/bin/sh
# Installs what the build needs on Debian 12 (packaging/debian-12.txt), only what is missing, and says how long it took.
# With the name of another list it installs that list only: tools/setup.sh packaging/debian-12-fuzz.txt
set -eu
cd "$(dirname "$0")/.."
started=$(date +%s)
list=${1:-packaging/debian-12.txt}

missing=""
for package in $(sed 's/#.*//' "$list"); do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
  echo "setup: installing$missing"
  as_root=""
  [ "$(id -u)" -eq 0 ] || as_root="sudo"
  # A used machine may already know them; the lists are fetched only when it does not.
  install="env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -q"
  # shellcheck disable=SC2086
  $as_root $install $missing || { $as_root apt-get update -q; $as_root $install $missing; }
else
  echo "setup: all packages are installed"
fi

# A real broker for the integration tests. Without it those tests fail and say why; everything else works.
if [ $# -eq 0 ] && [ -x tools/kafka/fetch.sh ]; then
  tools/kafka/fetch.sh || echo "setup: no Kafka broker could be fetched; tests against a real broker will fail; run \"make setup\" again when the registry answers"
fi

echo "setup: $(($(date +%s) - started)) s"
