#!/usr/bin/env bash
# One KRaft broker on the loopback, for tests and for trying things out. Never for production.
#
#   broker.sh run   DIR PORT [CONTROLLER_PORT]   formats DIR when it is new and becomes the broker (the tests use this)
#   broker.sh start DIR PORT [CONTROLLER_PORT]   the same in the background; returns when the port answers
#   broker.sh stop  DIR                          stops the one that `start` left running in DIR
#
# Clients are told to come to PORT, or to BW_KAFKA_ADVERTISED: the port of a proxy in front of it.
# The controller listens on PORT+1 unless told otherwise. The broker's own words are in DIR/broker.log.
# With BW_KAFKA_USERS="admin:PASSWORD member:PASSWORD …" clients log in by SCRAM-SHA-512 or PLAIN and an authorizer asks for ACLs; the first
# user may do everything. (librdkafka before 2.6.1 cannot log in by SCRAM at Kafka 4; it uses PLAIN here.)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
libs=${BW_KAFKA_LIBS:-$root/.cache/kafka/libs}

usage() { sed -n '2,9p' "${BASH_SOURCE[0]}" >&2; exit 2; }
[[ $# -ge 2 ]] || usage
verb=$1 dir=$2 port=${3:-} controller_port=${4:-$((${3:-0} + 1))}

# Serial GC and the first compiler only: the broker lives for seconds, start-up is what it spends. A benchmark says otherwise.
read -ra tuning <<< "${BW_KAFKA_JVM:--Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1}"
jvm=("${tuning[@]}" -Xshare:auto "-Dlog4j2.configurationFile=$here/log4j2.xml" -cp "$libs/*")

prepare() {
  [[ -n $port ]] || usage
  command -v java >/dev/null || { echo "java is missing: run \"make setup\"" >&2; exit 1; }
  [[ -f $libs/.complete ]] || { echo "the Kafka jars are missing in $libs: run \"make setup\"" >&2; exit 1; }
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  cat > "$dir/server.properties" <<EOF
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=PLAINTEXT://127.0.0.1:${BW_KAFKA_ADVERTISED:-$port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$controller_port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
# One node: every internal topic has one replica.
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A group of one consumer need not wait for others.
group.initial.rebalance.delay.ms=0
# A test of a takeover need not wait for the six seconds of the default.
group.min.session.timeout.ms=300
# Topics are made by the program, with its partition count; a typing error must not make one.
auto.create.topics.enable=false
log.retention.hours=-1
EOF
  scram=()
  if [[ -n ${BW_KAFKA_USERS:-} ]]; then
    read -ra users <<< "$BW_KAFKA_USERS"
    plain=""
    for user in "${users[@]}"; do
      scram+=(--add-scram "SCRAM-SHA-512=[name=${user%%:*},iterations=4096,password=${user#*:}]")
      plain+=" user_${user%%:*}=\"${user#*:}\""
    done
    sed -i "s|PLAINTEXT://127.0.0.1:$port|SASL_PLAINTEXT://127.0.0.1:$port|; s|PLAINTEXT:PLAINTEXT,|SASL_PLAINTEXT:SASL_PLAINTEXT,|" "$dir/server.properties"
    # The controller's own listener has no log-in; it is the loopback's.
    cat >> "$dir/server.properties" <<EOF
inter.broker.listener.name=SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="${users[0]%%:*}" password="${users[0]#*:}";
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required$plain;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:${users[0]%%:*};User:ANONYMOUS
EOF
  fi
  if [[ ! -f $dir/data/meta.properties ]]; then
    java "${jvm[@]}" kafka.tools.StorageTool format --cluster-id "brushwatch-test-00001A" "${scram[@]}" \
      --config "$dir/server.properties" --ignore-formatted > "$dir/format.log" 2>&1 ||
      { cat "$dir/format.log" >&2; exit 1; }
  fi
}

case $verb in
  run)
    prepare
    exec java "${jvm[@]}" kafka.Kafka "$dir/server.properties" > "$dir/broker.log" 2>&1
    ;;
  start)
    prepare
    nohup java "${jvm[@]}" kafka.Kafka "$dir/server.properties" > "$dir/broker.log" 2>&1 < /dev/null &
    pid=$!
    echo "$pid" > "$dir/pid"
    # Two minutes: on a machine that does much else a cold JVM took one.
    for _ in $(seq 1200); do
      kill -0 "$pid" 2>/dev/null || { cat "$dir/broker.log" >&2; exit 1; }
      if (: < "/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        echo "127.0.0.1:$port"
        exit 0
      fi
      sleep 0.1
    done
    echo "the broker does not answer; see $dir/broker.log" >&2
    exit 1
    ;;
  stop)
    [[ -f $dir/pid ]] || { echo "no broker was started in $dir" >&2; exit 1; }
    pid=$(cat "$dir/pid")
    # The id may have gone to another process since: end it only when it is this broker.
    if grep -aqs "$dir/server.properties" "/proc/$pid/cmdline" || grep -aqs "$(cd "$dir" && pwd)/server.properties" "/proc/$pid/cmdline"; then
      kill "$pid"
      while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    fi
    rm -f "$dir/pid"
    ;;
  *) usage ;;
esac
