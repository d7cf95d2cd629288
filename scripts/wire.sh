#!/usr/bin/env bash
# Makes the captures of pcaps/wire again. The same bytes come out each time; a
# test holds that they are those which are kept.
set -euo pipefail
cd "$(dirname "$0")/.."
exec go run ./scripts/wire -dir pcaps/wire "$@"
