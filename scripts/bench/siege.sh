#!/usr/bin/env bash
# Measures what hookhound endures: floods, streams that contradict themselves and
# hellos that never end, each with a real beacon hidden inside.
#
#   scripts/bench/siege.sh [-n ROUNDS] [-s SCALE] [-b BINARY] [CAPTURE...]
#
# Without names: all that scripts/bench/gen/siege.go lists. The captures are built
# by seed and removed at the end. The exit status is 3 where a beacon was missed,
# a packet cost more than twice an ordinary one, or memory went above 1 GiB.
set -euo pipefail
started=$PWD
cd "$(dirname "$0")/../.."

rounds=3 scale=1 binary=
while getopts "n:s:b:h" option; do
  case $option in
  n) rounds=$OPTARG ;;
  s) scale=$OPTARG ;;
  b) binary=$(cd "$started" && realpath "$OPTARG") ;;
  *) sed -n '2,10s/^# \{0,1\}//p' scripts/bench/siege.sh && exit 2 ;;
  esac
done
shift $((OPTIND - 1))
sieges=("$@")
[ ${#sieges[@]} -gt 0 ] || mapfile -t sieges < <(sed -n 's/^\t\t{"\([a-z-]*\)", [0-9_]*, (\*siege).*/\1/p' scripts/bench/gen/siege.go)

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if [ -z "$binary" ]; then
  binary=$dir/hookhound
  go build -o "$binary" ./cmd/hookhound
fi
go build -o "$dir/gen" ./scripts/bench/gen
go build -o "$dir/endure" ./scripts/bench/endure
"$dir/gen" -dir "$dir" -scale "$(awk -v s="$scale" 'BEGIN { print s / 3 }')" handshake 2>/dev/null
"$dir/gen" -dir "$dir" -scale "$scale" "${sieges[@]}" 2>/dev/null
files=("${sieges[@]/#/$dir/}")
files=("${files[@]/%/.pcap}")
"$dir/endure" -hookhound "$binary" -rounds "$rounds" -ordinary "$dir/handshake.pcap" "${files[@]}"
