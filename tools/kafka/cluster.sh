#!/usr/bin/env bash
# Three KRaft nodes on the loopback, every topic replicated three times: to see what one broker cannot show. Never for production.
#
#   cluster.sh start DIR PORT     nodes 1..3 listen on PORT, PORT+1, PORT+2 (controllers on PORT+10 ...); prints their addresses
#   cluster.sh kill  DIR N        ends node N at once (SIGKILL)
#   cluster.sh node  DIR N        starts node N again
#   cluster.sh stop  DIR          ends all of them
#
# A node's own words are in DIR/N/broker.log.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
libs=${BW_KAFKA_LIBS:-$root/.cache/kafka/libs}

usage() { sed -n '2,9p' "${BASH_SOURCE[0]}" >&2; exit 2; }
[[ $# -ge 2 ]] || usage
verb=$1 dir=$2

# As in broker.sh: the nodes live for minutes.
read -ra tuning <<< "${BW_KAFKA_JVM:--Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1}"
jvm=("${tuning[@]}" -Xshare:auto "-Dlog4j2.configurationFile=$here/log4j2.xml" -cp "$libs/*")

format_node() {
  local node=$1 port=$2 home=$dir/$1
  mkdir -p "$home"
  cat > "$home/server.properties" <<EOF
process.roles=broker,controller
node.id=$node
listeners=PLAINTEXT://127.0.0.1:$((port + node - 1)),CONTROLLER://127.0.0.1:$((port + 9 + node))
advertised.listeners=PLAINTEXT://127.0.0.1:$((port + node - 1))
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$((port + 10)),2@127.0.0.1:$((port + 11)),3@127.0.0.1:$((port + 12))
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$home/data
num.partitions=1
default.replication.factor=3
# Two of three must hold a record before it is acknowledged: any one node may die.
min.insync.replicas=2
offsets.topic.replication.factor=3
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
# A dead node is missed after a second, not after nine.
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=300
auto.create.topics.enable=false
log.retention.hours=-1
EOF
  [[ -f $home/data/meta.properties ]] || java "${jvm[@]}" kafka.tools.StorageTool format --cluster-id "brushwatch-test-00003A" \
    --config "$home/server.properties" --ignore-formatted > "$home/format.log" 2>&1 || { cat "$home/format.log" >&2; exit 1; }
}

start_node() {
  local home=$dir/$1
  [[ -f $home/server.properties ]] || { echo "no node $1 in $dir: start the cluster first" >&2; exit 1; }
  nohup java "${jvm[@]}" kafka.Kafka "$home/server.properties" > "$home/broker.log" 2>&1 < /dev/null &
  echo $! > "$home/pid"
}

end_node() {
  local home=$dir/$1 signal=$2
  [[ -f $home/pid ]] || return 0
  local pid
  pid=$(cat "$home/pid")
  # The id may have gone to another process since: end it only when it is this node.
  if grep -aqs "$home/server.properties" "/proc/$pid/cmdline"; then
    kill "-$signal" "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  fi
  rm -f "$home/pid"
}

wait_for_node() {
  local home=$dir/$1 port
  port=$(sed -n 's|^advertised.listeners=PLAINTEXT://127.0.0.1:||p' "$home/server.properties")
  for _ in $(seq 600); do
    kill -0 "$(cat "$home/pid")" 2>/dev/null || { cat "$home/broker.log" >&2; exit 1; }
    if (: < "/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  echo "node $1 does not answer; see $home/broker.log" >&2
  exit 1
}

case $verb in
  start)
    port=${3:-}
    [[ -n $port ]] || usage
    command -v java >/dev/null || { echo "java is missing: run \"make setup\"" >&2; exit 1; }
    [[ -f $libs/.complete ]] || { echo "the Kafka jars are missing in $libs: run \"make setup\"" >&2; exit 1; }
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    for n in 1 2 3; do format_node $n "$port"; done
    for n in 1 2 3; do start_node $n; done
    for n in 1 2 3; do wait_for_node $n; done
    echo "127.0.0.1:$port,127.0.0.1:$((port + 1)),127.0.0.1:$((port + 2))"
    ;;
  kill | node)
    [[ ${3:-} =~ ^[123]$ ]] || usage
    dir=$(cd "$dir" && pwd)
    if [[ $verb == kill ]]; then end_node "$3" KILL; else start_node "$3"; wait_for_node "$3"; fi
    ;;
  stop)
    dir=$(cd "$dir" && pwd)
    # Without a majority an orderly stop would wait for one.
    for n in 1 2 3; do end_node $n KILL; done
    ;;
  *) usage ;;
esac
