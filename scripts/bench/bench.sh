#!/usr/bin/env bash
# Measures hookhound replay against tcpdump -r FILE -w /dev/null:
#
#   scripts/bench/bench.sh [-n ROUNDS] [-s SCALE] [-b BINARY] [handshake|bulk|tiny...]
#   scripts/bench/bench.sh -r      removes the captures
#
# Without names: handshake and bulk. The captures are built once, by seed, into
# ${TMPDIR:-/tmp}/hookhound-bench. The exit status is 3 when a floor is missed
# (at most 2.2 times the CPU time of tcpdump on handshake, 1.0 times on bulk),
# which is looked at for a scale of 1 only. -b measures a program that was built
# before instead of the working tree.
set -euo pipefail
started=$PWD
cd "$(dirname "$0")/../.."

usage() { sed -n '2,12s/^# \{0,1\}//p' scripts/bench/bench.sh; }

rounds=5 scale=1 seed=1 binary=
base=${TMPDIR:-/tmp}/hookhound-bench
while getopts "n:s:b:rh" option; do
  case $option in
  n) rounds=$OPTARG ;;
  s) scale=$OPTARG ;;
  b) binary=$(cd "$started" && realpath "$OPTARG") ;;
  r) rm -rf "$base" && echo "bench: removed $base" && exit ;;
  h) usage && exit ;;
  *) usage >&2 && exit 2 ;;
  esac
done
shift $((OPTIND - 1))
kinds=("$@")
[ ${#kinds[@]} -gt 0 ] || kinds=(handshake bulk)

command -v tcpdump >/dev/null || scripts/setup.sh tcpdump

# What a capture is built from names its folder: after a change of the
# generator no old one is taken for a new.
version=$(find scripts/bench/gen -name '*.go' ! -name '*_test.go' | LC_ALL=C sort | xargs cat | cksum | cut -d ' ' -f 1)
dir=$base/$version-$seed-$scale
mkdir -p "$dir"

# mebibytes KIND: about what its capture takes, a little more.
mebibytes() {
  local full
  case $1 in
  handshake) full=1400 ;;
  bulk) full=1600 ;;
  tiny) full=620 ;;
  *) echo "bench: there is no capture $1: take handshake, bulk or tiny" >&2 && return 2 ;;
  esac
  awk -v full="$full" -v scale="$scale" 'BEGIN { print int(full * scale) + 20 }'
}

missing=() files=() need=0
for kind in "${kinds[@]}"; do
  size=$(mebibytes "$kind")
  files+=("$dir/$kind.pcap")
  if [ ! -f "$dir/$kind.pcap" ]; then
    missing+=("$kind")
    need=$((need + size))
  fi
done
if [ ${#missing[@]} -gt 0 ]; then
  free=$(df -Pm "$dir" | awk 'NR == 2 { print $4 }')
  if [ "$free" -lt "$need" ]; then
    echo "bench: $dir has $free MiB free and the captures need $need: set TMPDIR to another folder" >&2
    exit 1
  fi
  go run ./scripts/bench/gen -dir "$dir" -seed "$seed" -scale "$scale" "${missing[@]}"
fi

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
if [ -z "$binary" ]; then
  binary=$bin/hookhound
  go build -o "$binary" ./cmd/hookhound
fi
go build -o "$bin/measure" ./scripts/bench/measure
floors=()
[ "$scale" != 1 ] || floors=(-floors "handshake=2.2,bulk=1")
"$bin/measure" -hookhound "$binary" -rounds "$rounds" "${floors[@]}" "${files[@]}"
