#!/usr/bin/env bash
# setup.sh [PACKAGE...]: makes sure that hookhound can be built here: Go, a C
# compiler and libpcap's headers, and the Debian packages that are named.
# Installs with apt-get only what is missing, and says so.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
for package in gcc libc6-dev libpcap-dev "$@"; do
  dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing ${missing[*]}"
  sudo=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "setup: needs root or sudo to install: apt-get install ${missing[*]}" >&2; exit 1; }
    sudo=(sudo)
  fi
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

command -v go >/dev/null || { echo "setup: needs Go 1.26 or later: https://go.dev/dl" >&2; exit 1; }
# Inside the module a Go of 1.21 or later fetches the release that go.mod asks
# for; an older one cannot, and fails here.
version=$(go env GOVERSION 2>/dev/null) || version=
case $version in
go1.2[6-9]* | go1.[3-9][0-9]* | go[2-9]*) ;;
*) echo "setup: needs Go 1.26 or later, this is $(go version): https://go.dev/dl" >&2; exit 1 ;;
esac
