#!/usr/bin/env bash
# Brings the jars of one Kafka broker into .cache/kafka/libs. Does nothing when they are there already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
libs=${BW_KAFKA_LIBS:-$root/.cache/kafka/libs}
stamp=$libs/.complete

# The stamp is the pom itself: a changed version fetches again, a half-finished download never counts as done.
if [[ -f $stamp ]] && cmp -s "$stamp" "$here/pom.xml"; then
  exit 0
fi
for tool in java mvn; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: install the packages in packaging/debian-12.txt" >&2; exit 1; }
done

rm -rf "$libs"
mkdir -p "$libs"
for attempt in 1 2 3; do  # a registry may be busy for a moment
  if mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$libs" -DincludeScope=runtime; then
    cp "$here/pom.xml" "$stamp"
    echo "Kafka jars are in $libs"
    exit 0
  fi
  echo "fetching the Kafka jars failed (attempt $attempt of 3)" >&2
  sleep $((attempt * 3))
done
exit 1
