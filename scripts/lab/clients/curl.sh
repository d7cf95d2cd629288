#!/usr/bin/env bash
# curl.sh URL COUNT PAUSE [CURL OPTION...]: post to URL, a new connection each time.
set -euo pipefail
url=$1 count=$2 pause=$3
shift 3
for ((n = 0; n < count; n++)); do
  curl -sS -o /dev/null "$@" -H 'Content-Type: application/json' \
    -d "{\"username\":\"build-7\",\"content\":\"alive $n $(printf 'x%.0s' {1..140})\"}" "$url"
  sleep "$pause"
done
