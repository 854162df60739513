#!/bin/sh
# Everything that has a text for the user is listed in po/POTFILES.in, which is sorted and lists
# nothing else, and the texts can be extracted. Argument: the top of the source tree.
set -eu
LC_ALL=C.UTF-8
export LC_ALL
cd "${1-$(dirname "$0")/../..}"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
complain () {
  printf '%s\n' "$*" >&2
  status=1
}

grep -v -e '^#' -e '^$' po/POTFILES.in >"$scratch/listed" || true
LC_ALL=C sort -u "$scratch/listed" >"$scratch/sorted"
cmp -s "$scratch/listed" "$scratch/sorted" ||
  complain "po/POTFILES.in is not sorted, or lists a file twice."

calls='(^|[^A-Za-z0-9_])(_|N_|C_|NC_|Q_|(g_)?(d|n|dn|dp)?gettext2?) ?\('
{
  grep -rlE --include='*.[ch]' "$calls" src || true
  grep -rlE --include='*.ui' 'translatable="(yes|true)"' src || true
  find data -name '*.desktop.in' -o -name '*.metainfo.xml.in' -o -name '*.gschema.xml'
} | LC_ALL=C sort -u >"$scratch/wanted"

for file in $(LC_ALL=C comm -23 "$scratch/wanted" "$scratch/sorted"); do
  complain "$file has texts for the user, and is not in po/POTFILES.in."
done
for file in $(LC_ALL=C comm -13 "$scratch/wanted" "$scratch/sorted"); do
  if [ -e "$file" ]; then
    complain "$file is in po/POTFILES.in, and has no texts for the user."
  else
    complain "$file is in po/POTFILES.in, and does not exist."
  fi
done

if [ "$status" = 0 ] && command -v xgettext >/dev/null; then
  xgettext --files-from=po/POTFILES.in --from-code=UTF-8 --add-comments=Translators \
    --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=NC_:1c,2 --keyword=g_dngettext:2,3 \
    --output="$scratch/postern.pot" 2>"$scratch/errors" || status=1
  if [ -s "$scratch/errors" ]; then
    cat "$scratch/errors" >&2
    status=1
  fi
fi
exit "$status"
