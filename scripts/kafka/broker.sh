#!/usr/bin/env bash
# A real Apache Kafka on loopback, for tests.
#
#   broker.sh jars              fetch Kafka with Maven, once
#   broker.sh start [N]         a fresh cluster of N nodes (1, or 3)
#   broker.sh address           host:port of each node, with commas
#   broker.sh topic NAME PARTITIONS
#   broker.sh kill NODE         as a crash would; `broker.sh node NODE` starts it again
#   broker.sh stop              stop all nodes and remove their data
#
# Data is in KAFKA_DATA (default /tmp/hookhound-kafka-UID), the jars in the
# cache folder of the user. The first port is KAFKA_PORT (default 29092).
# Status 3 means that Java 17 or Maven is missing.
set -euo pipefail

version=${KAFKA_VERSION:-4.1.1}
jars=${XDG_CACHE_HOME:-$HOME/.cache}/hookhound/kafka/$version
data=${KAFKA_DATA:-/tmp/hookhound-kafka-$(id -u)}
port=${KAFKA_PORT:-29092}
here=$(cd "$(dirname "$0")" && pwd)

say() { echo "kafka: $*"; }
fail() { echo "kafka: $*" >&2; exit 1; }

# Node I listens on two ports: for clients, and for its fellow controllers.
client_port() { echo $((port + ($1 - 1) * 10)); }
quorum_port() { echo $((port + ($1 - 1) * 10 + 1)); }
nodes() { cat "$data/nodes" 2>/dev/null || fail "no cluster in $data; first: broker.sh start"; }

needs() {
  local java=''
  if command -v java >/dev/null; then
    java=$(java -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')
  fi
  if [ "${java:-0}" -lt 17 ] || { [ ! -e "$jars/complete" ] && ! command -v mvn >/dev/null; }; then
    echo "kafka: needs Java 17 or later, and Maven" >&2
    exit 3
  fi
}

options=(-Xms128m -Xmx512m -Djava.awt.headless=true
  -Dlog4j2.configurationFile="$here/log4j2.properties" -cp "$jars/*")

# kafka CLASS ARGUMENT...: one of Kafka's tools, quiet unless something is wrong.
kafka() { java "${options[@]}" "$@"; }

fetch() {
  needs
  if [ -e "$jars/complete" ]; then
    say "Apache Kafka $version is in $jars"
    return
  fi
  say "fetching Apache Kafka $version to $jars"
  mkdir -p "$jars"
  mvn -B -q -Dstyle.color=never -f "$here/pom.xml" dependency:copy-dependencies \
    -Dkafka.version="$version" -DoutputDirectory="$jars" -DincludeScope=runtime
  touch "$jars/complete" # a fetch that was interrupted leaves none
}

# settings NODE N
settings() {
  local node=$1 n=$2 i voters='' copies=1 insync=1
  for ((i = 1; i <= n; i++)); do
    voters+=${voters:+,}$i@127.0.0.1:$(quorum_port "$i")
  done
  if [ "$n" -ge 3 ]; then copies=3 insync=2; fi
  cat <<END
process.roles=broker,controller
node.id=$node
controller.quorum.voters=$voters
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
listeners=PLAINTEXT://127.0.0.1:$(client_port "$node"),CONTROLLER://127.0.0.1:$(quorum_port "$node")
advertised.listeners=PLAINTEXT://127.0.0.1:$(client_port "$node")
log.dirs=$data/node$node
auto.create.topics.enable=false
unclean.leader.election.enable=false
default.replication.factor=$copies
min.insync.replicas=$insync
offsets.topic.num.partitions=3
offsets.topic.replication.factor=$copies
transaction.state.log.num.partitions=3
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=$insync
share.coordinator.state.topic.replication.factor=$copies
share.coordinator.state.topic.min.isr=$insync
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
END
}

# launch NODE: in a session of its own, so that it outlives this script.
launch() {
  local node=$1
  setsid java -Dkafka.log=INFO "${options[@]}" kafka.Kafka "$data/node$node.properties" >>"$data/node$node.log" 2>&1 </dev/null &
  echo $! >"$data/node$node.pid"
  for _ in {1..50}; do
    if running "$node"; then return; fi
    sleep 0.1
  done
}

# await NODE: until it serves clients, at most two minutes.
await() {
  local node=$1 try
  for ((try = 0; try < 240; try++)); do
    if ! running "$node"; then
      tail -20 "$data/node$node.log" >&2
      fail "node $node ended; its whole log: $data/node$node.log"
    fi
    if grep -q 'Kafka Server started' "$data/node$node.log"; then
      say "node $node is up at 127.0.0.1:$(client_port "$node")"
      return
    fi
    sleep 0.5
  done
  fail "node $node is not up after two minutes; its log: $data/node$node.log"
}

# running NODE: its process lives, and is ours and no other that got its number.
running() {
  local pid
  pid=$(cat "$data/node$1.pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$data/node$1.properties"
}

start() {
  local n=${1:-1} i id
  case $n in 1 | 3) ;; *) fail "start: 1 node or 3, not $n" ;; esac
  fetch
  [ ! -e "$data/nodes" ] || stop
  for ((i = 1; i <= n; i++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$(client_port "$i")") 2>/dev/null; then
      fail "port $(client_port "$i") is taken; choose others with KAFKA_PORT"
    fi
  done
  mkdir -p "$data"
  echo "$n" >"$data/nodes"
  id=$(kafka kafka.tools.StorageTool random-uuid | tail -1)
  for ((i = 1; i <= n; i++)); do
    settings "$i" "$n" >"$data/node$i.properties"
    kafka kafka.tools.StorageTool format -t "$id" -c "$data/node$i.properties" >"$data/node$i.log" 2>&1 ||
      { cat "$data/node$i.log" >&2; fail "node $i: cannot prepare $data/node$i"; }
    launch "$i"
  done
  for ((i = 1; i <= n; i++)); do await "$i"; done
}

stop() {
  local i n
  n=$(nodes)
  for ((i = 1; i <= n; i++)); do
    if running "$i"; then kill "$(cat "$data/node$i.pid")"; fi
  done
  for ((i = 1; i <= n; i++)); do
    for _ in {1..40}; do running "$i" || break; sleep 0.5; done
    if running "$i"; then kill -9 "$(cat "$data/node$i.pid")"; fi
  done
  rm -rf "${data:?}"
  say "stopped"
}

address() {
  local i n list=''
  n=$(nodes)
  for ((i = 1; i <= n; i++)); do list+=${list:+,}127.0.0.1:$(client_port "$i"); done
  echo "$list"
}

case ${1:-} in
jars) fetch ;;
start) start "${2:-1}" ;;
stop) if [ -e "$data/nodes" ]; then stop; else say "nothing to stop"; fi ;;
address) address ;;
topic)
  [ $# = 3 ] || fail "usage: broker.sh topic NAME PARTITIONS"
  kafka org.apache.kafka.tools.TopicCommand --bootstrap-server "$(address)" \
    --create --if-not-exists --topic "$2" --partitions "$3" | sed 's/^/kafka: /'
  ;;
node)
  nodes >/dev/null
  : >"$data/node${2:?}.log"
  launch "$2"
  await "$2"
  ;;
kill)
  running "${2:?}" || fail "node $2 does not run"
  kill -9 "$(cat "$data/node$2.pid")"
  say "node $2 killed"
  ;;
*) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 2 ;;
esac
