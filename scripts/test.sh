#!/usr/bin/env bash
# Runs every test of the project and sums up. What this machine lacks is said
# to be skipped: Java 17 and Maven (a real Kafka broker), root (live capture in
# network namespaces), shellcheck.
#
# HOOKHOUND_TESTDATA may name a folder of further captures.
set -euo pipefail
cd "$(dirname "$0")/.."

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
summary=()
failed=0

result() { summary+=("$(printf '%-8s %s' "$1" "$2")"); }
skip() { echo "skipped: $1: $2"; result skipped "$1: $2"; }

# step NAME COMMAND...: runs on after a failure, so that one run shows all.
step() {
  local name=$1 begin=$SECONDS
  shift
  echo
  echo "== $name"
  if "$@"; then
    result ok "$name ($((SECONDS - begin)) s)"
  else
    result FAILED "$name ($((SECONDS - begin)) s)"
    failed=1
  fi
}

formatted() {
  local files
  files=$(gofmt -l .) || return
  [ -z "$files" ] || { echo "not formatted, run gofmt -w:"; echo "$files"; return 1; }
}

shell_syntax() {
  local file
  for file in scripts/*.sh scripts/*/*.sh scripts/*/*/*.sh .ci/run; do
    bash -n "$file" || return
  done
}

# A free port for the broker, and its data in a folder of this run.
start_kafka() {
  KAFKA_DATA=$(mktemp -d "${TMPDIR:-/tmp}/hookhound-test-kafka.XXXXXX")
  export KAFKA_DATA KAFKA_PORT
  for ((KAFKA_PORT = 29092; KAFKA_PORT < 30092; KAFKA_PORT += 50)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$KAFKA_PORT") 2>/dev/null || break
  done
  scripts/kafka/broker.sh start && for_tests+=("HOOKHOUND_TEST_KAFKA=$(scripts/kafka/broker.sh address)")
}

stop_kafka() {
  [ -z "${KAFKA_DATA:-}" ] || scripts/kafka/broker.sh stop >/dev/null || true
  rm -rf "${KAFKA_DATA:-}"
}
trap stop_kafka EXIT

# Can this user make network namespaces?
namespaces() {
  [ "$(id -u)" = 0 ] && command -v ip >/dev/null && command -v ethtool >/dev/null && command -v curl >/dev/null &&
    ip netns add "hookhound-test-$$" 2>/dev/null && ip netns del "hookhound-test-$$"
}

# ---- what is there

scripts/setup.sh
unset HOOKHOUND_TEST_KAFKA HOOKHOUND_TEST_LIVE # only what this run has started
for_tests=() # variables for go test alone: to hookhound itself some would be unknown settings

step "gofmt" formatted
step "shell syntax" shell_syntax
if command -v shellcheck >/dev/null; then
  step "shellcheck" shellcheck -x -e SC2317 scripts/*.sh scripts/*/*.sh scripts/*/*/*.sh .ci/run
else
  skip "shellcheck" "not installed"
fi
step "go vet" go vet ./...
if go run "$staticcheck" -version >/dev/null 2>&1; then
  step "staticcheck" go run "$staticcheck" ./...
else
  skip "staticcheck" "$staticcheck cannot be fetched"
fi

status=0
scripts/kafka/broker.sh jars || status=$?
case $status in
0) step "Kafka broker starts" start_kafka ;;
3) skip "tests with a real Kafka broker" "needs Java 17 and Maven" ;;
*) result FAILED "Kafka broker: cannot be fetched"; failed=1 ;;
esac

if namespaces; then
  for_tests+=(HOOKHOUND_TEST_LIVE=1)
else
  skip "live capture tests" "need root, iproute2, ethtool and curl"
fi

# Fuzz seeds run as tests. Results are not taken from the cache: brokers and
# networks are no files that it could compare.
step "go test" env "${for_tests[@]}" go test -race -count=1 -timeout 18m ./...
step "demo" scripts/demo.sh

echo
echo "== summary"
printf '%s\n' "${summary[@]}"
exit $failed
