#!/bin/sh
# A manual page is sound and true: groff finds nothing wrong, whatis can read its name, and it
# tells the same options as the program. Arguments: the page, the program, its commands.
set -eu
LC_ALL=C.UTF-8
export LC_ALL
page=$1
program=$2
shift 2

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

groff -t -ww -b -K utf8 -man -Tutf8 "$page" 2>"$scratch/warnings" >"$scratch/page" || status=1
if [ -s "$scratch/warnings" ]; then
  cat "$scratch/warnings" >&2
  status=1
fi
[ -s "$scratch/page" ] || status=1
lexgrog "$page" >/dev/null || {
  printf '%s: the section NAME cannot be read.\n' "$page" >&2
  status=1
}

options () { grep -oE -e '--[a-z][a-z0-9-]*' | sort -u; }
{
  "$program" --help
  for command in "$@"; do
    "$program" "$command" --help
  done
} >"$scratch/help"
{ options <"$scratch/help"; echo --help; } | grep -v -e '--help-' -e '--gapplication' |
  sort -u >"$scratch/has"
sed 's/\\-/-/g' "$page" | options >"$scratch/told"

for option in $(comm -23 "$scratch/has" "$scratch/told"); do
  printf '%s: the option %s is not told.\n' "$page" "$option" >&2
  status=1
done
for option in $(comm -13 "$scratch/has" "$scratch/told"); do
  printf '%s: the program has no option %s.\n' "$page" "$option" >&2
  status=1
done
exit "$status"
