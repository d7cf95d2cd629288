#!/usr/bin/env bash
# Builds hookhound and runs its main job on a capture that comes with it: a
# host that calls a Discord webhook with curl every 3 seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
capture=pcaps/curl-discord.pcap

echo "building bin/hookhound"
go build -o bin/hookhound ./cmd/hookhound

echo
echo "The first detection, as a SIEM gets it:"
echo "\$ hookhound replay $capture"
detections=$(bin/hookhound replay "$capture" 2>/dev/null)
[ -n "$detections" ] || { echo "demo: no detection in $capture" >&2; exit 1; }
echo "${detections%%$'\n'*}"

echo
echo "The same capture, for people:"
echo "\$ hookhound replay $capture --format table"
bin/hookhound replay "$capture" --format table
