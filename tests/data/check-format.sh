#!/bin/sh
# The .c files look as .clang-format has it. Arguments: the top of the source tree, then files,
# relative to it; without files, all of them.
set -eu
cd "${1-$(dirname "$0")/../..}"
[ $# = 0 ] || shift
[ $# != 0 ] || set -- $(find src tests -name '*.c' | sort)
[ $# != 0 ] || exit 0

report=$(mktemp)
trap 'rm -f "$report"' EXIT
clang-format --dry-run -Werror --style=file "$@" 2>"$report" && [ ! -s "$report" ] && exit 0

# Of what clang-format shows, a line a file will do; else all of it, for it is something else.
grep -q ': error: code should be clang-formatted' "$report" || cat "$report" >&2
awk -F: '/: error: code should be clang-formatted/ {
    if (!($1 in places)) first[$1] = $2
    places[$1]++
  }
  END {
    for (file in places)
      printf "%s:%s: run clang-format -i on it (%d places)\n", file, first[file], places[file]
  }' "$report" | sort >&2
exit 1
