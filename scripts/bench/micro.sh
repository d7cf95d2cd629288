#!/usr/bin/env bash
# Compares the Go benchmarks of the working tree with those of another revision:
#
#   scripts/bench/micro.sh [-n COUNT] [-b REGEXP] [-p PACKAGES] [REVISION]
#
# REVISION is the last tag unless it is named, or, without tags, the commit
# before this one (with changes that are not committed: this one). benchstat
# compares COUNT runs (default 6) of each. PACKAGES default to "./pkg/...
# ./capture/...".
set -euo pipefail
cd "$(dirname "$0")/../.."

benchstat=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

usage() { sed -n '2,9s/^# \{0,1\}//p' scripts/bench/micro.sh; }

count=6 pattern=. packages="./pkg/... ./capture/..."
while getopts "n:b:p:h" option; do
  case $option in
  n) count=$OPTARG ;;
  b) pattern=$OPTARG ;;
  p) packages=$OPTARG ;;
  h) usage && exit ;;
  *) usage >&2 && exit 2 ;;
  esac
done
shift $((OPTIND - 1))

# other: the revision to compare with.
other() {
  if git describe --tags --abbrev=0 HEAD 2>/dev/null; then
    return
  fi
  if ! git diff --quiet HEAD 2>/dev/null; then
    git rev-parse --short HEAD
  else
    git rev-parse --short HEAD~1
  fi
}

revision=${1:-$(other 2>/dev/null || true)}
if [ -z "$revision" ] || ! git rev-parse --verify --quiet "$revision^{commit}" >/dev/null; then
  echo "micro: no revision ${revision:+$revision }to compare with: name a commit or a tag" >&2
  exit 1
fi

work=$(mktemp -d)
cleanup() {
  git worktree remove --force "$work/tree" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
git worktree add --quiet --detach "$work/tree" "$revision"

# bench DIR OUT: the packages that the other revision does not have are no
# mistake there, and so with benchmarks.
bench() {
  # shellcheck disable=SC2086 # packages are several words
  (cd "$1" && go test -run '^$' -bench "$pattern" -benchmem -count 1 $packages) >>"$2" || {
    echo "micro: benchmarks failed in $1:" >&2
    grep -v '^Benchmark\|^ok\|^?\|^PASS\|^goos\|^goarch\|^cpu\|^pkg' "$2" >&2 || true
    return 1
  }
}

# In turn, so that a busy minute of the machine meets both.
for ((i = 1; i <= count; i++)); do
  echo "micro: round $i of $count" >&2
  bench "$work/tree" "$work/old"
  bench . "$work/new"
done
go run "$benchstat" "$revision=$work/old" "now=$work/new"
