#!/usr/bin/env bash
# Makes the captures of pcaps/: real clients in network namespaces call a local
# HTTPS server that answers like Discord, Slack and webhook.site.
#
#   capture.sh [--out DIR] [SCENARIO...]
#
# Needs root, Debian 12 or alike, and Go; installs the rest where it is
# missing. All scenarios run side by side, in about two minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/net.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/scenarios.sh"

out=$root/pcaps
if [ "${1:-}" = --out ]; then
  out=$(mkdir -p "$2" && cd "$2" && pwd)
  shift 2
fi
read -r -d '' -a wanted <<<"${*:-$scenarios}" || true
for name in "${wanted[@]}"; do
  [[ " ${scenarios//$'\n'/ } " = *" $name "* ]] ||
    { echo "capture.sh: no scenario $name; there are: ${scenarios//$'\n'/ }" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "capture.sh: network namespaces need root" >&2; exit 2; }

packages=(curl python3 python3-requests tcpdump ethtool iproute2 chromium)
command -v node >/dev/null || packages+=(nodejs)
"$root/scripts/setup.sh" "${packages[@]}"

lab=$(mktemp -d /tmp/hookhound-lab.XXXXXX)
cleanup() {
  local pids
  pids=$(jobs -p)
  # shellcheck disable=SC2086 # a list of process ids
  [ -z "$pids" ] || kill $pids 2>/dev/null || true
  # Ends the clients of scenarios that were cut short; none are left otherwise.
  ip netns list | cut -d' ' -f1 | grep "^lab$$-" | while read -r ns; do net_down "$ns"; done || true
  wait
  [ -n "${KEEP:-}" ] || rm -rf "$lab"
}
trap cleanup EXIT

# ip netns exec lays a namespace's own files over these, so they must be there.
for file in /etc/hosts /etc/resolv.conf; do
  [ -e "$file" ] || : >"$file"
done

(cd "$root" && go build -o "$lab/bin/" ./scripts/lab/server ./scripts/lab/beat ./scripts/lab/manifest)
mkdir "$lab/ca"
# shellcheck disable=SC2046 # a list of names
"$lab/bin/server" ca "$lab/ca" $(cut -d' ' -f2 <<<"$names" | sort -u)

# Secrets of the right shape, made for this run.
random() { head -c 8192 /dev/urandom | LC_ALL=C tr -dc "$1" | cut -c "1-$2"; }
discord=https://discord.com/api/webhooks/1$(random 0-9 18)/$(random A-Za-z0-9_ 68)
slack=https://hooks.slack.com/services/T0$(random A-Z0-9 8)/B0$(random A-Z0-9 9)/$(random A-Za-z0-9 24)
bin=https://webhook.site/$(cat /proc/sys/kernel/random/uuid)

# ---- the words of scenarios.sh; $net and $dir are those of the running one

about() { echo "$1" >"$dir/about"; }
expect() { echo "$*" >>"$dir/pairs"; }

host() {
  hosts+=("$net-$1")
  host_up "$net" "$net-$1" "$2"
}

record() {
  mkdir "$dir/logs"
  ip netns exec "$net" "$lab/bin/server" serve "$lab/ca" "$dir/logs" &
  server=$!
  ip netns exec "$net" tcpdump -i br0 -s 0 -U --immediate-mode -Z root -w "$dir/capture.pcap" 2>"$dir/tcpdump.log" &
  tcpdump=$!
  local try
  for try in {1..100}; do
    [ -e "$dir/logs/ready" ] && grep -q 'listening on' "$dir/tcpdump.log" && return
    sleep 0.1
  done
  echo "capture.sh: $name: server or tcpdump did not start after $try tries" >&2
  return 1
}

# on HOST PROGRAM ARGUMENT...: one of clients/, beat, or chromium URL SECONDS.
on() {
  local host=$net-$1 program=$2
  shift 2
  local run=(ip netns exec "$host" env HOME="$dir" TMPDIR="$dir" CURL_CA_BUNDLE="$lab/ca/ca.pem"
    REQUESTS_CA_BUNDLE="$lab/ca/ca.pem" SSL_CERT_FILE="$lab/ca/ca.pem" NODE_EXTRA_CA_CERTS="$lab/ca/ca.pem")
  case $program in
  curl.sh)
    uses "$(curl --version | head -1 | cut -d' ' -f1,2)"
    "${run[@]}" "$here/clients/curl.sh" "$@"
    ;;
  *.py)
    uses "$(/usr/bin/python3 -c 'import platform, requests; print("Python", platform.python_version(), "requests", requests.__version__)')"
    "${run[@]}" /usr/bin/python3 "$here/clients/$program" "$@"
    ;;
  *.mjs)
    uses "Node $(node --version)"
    "${run[@]}" node "$here/clients/$program" "$@"
    ;;
  beat)
    uses "$(go version | cut -d' ' -f3) net/http"
    "${run[@]}" "$lab/bin/beat" "$@"
    ;;
  chromium)
    uses "$(chromium --version 2>/dev/null | cut -d' ' -f1,2)"
    # Stopped from outside after its time; that is no failure.
    "${run[@]}" timeout -k 5 "$2" chromium --headless --no-sandbox --disable-gpu --disable-quic \
      --no-first-run --disable-background-networking --disable-component-update --disable-sync \
      --disable-dev-shm-usage --user-data-dir="$dir/browser" \
      --ignore-certificate-errors-spki-list="$(cat "$lab/ca/spki")" "$1" >"$dir/browser.log" 2>&1 || [ $? = 124 ]
    ;;
  esac
}
uses() { grep -qxF "$1" "$dir/clients" 2>/dev/null || echo "$1" >>"$dir/clients"; }

# ---- running

# play NAME NUMBER: one scenario, in its own network, to $lab/NAME. Names of
# namespaces end in the number of this process: two labs may run side by side.
play() (
  name=$1 net=lab$$-$2 dir=$lab/$1 hosts=() server='' tcpdump=''
  mkdir "$dir"
  finish() {
    # The browser's last answers pass; then tcpdump writes what it holds.
    sleep 1
    [ -z "$tcpdump" ] || { kill -INT "$tcpdump" && wait "$tcpdump"; } 2>/dev/null || true
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    net_down "${hosts[@]}" "$net"
  }
  trap finish EXIT
  net_up "$net"
  "$name"
)

begin=$SECONDS
declare -A running
for i in "${!wanted[@]}"; do
  play "${wanted[i]}" "$i" &
  running[${wanted[i]}]=$!
done
failed=0
for name in "${wanted[@]}"; do
  if wait "${running[$name]}"; then
    echo "recorded $name"
  else
    echo "failed   $name" >&2
    failed=1
  fi
done
[ "$failed" = 0 ] || exit 1

"$lab/bin/manifest" "$lab" "$out" "${wanted[@]}"
echo "$((SECONDS - begin)) s; captures in $out: $(du -ch "$out"/*.pcap | tail -1 | cut -f1)"
