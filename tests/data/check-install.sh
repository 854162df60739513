#!/bin/sh
# An installation has everything that belongs to it, and it works. Arguments: the build folder,
# meson (may be several words), the folders of programs, of data and of manual pages, and whether
# there is a window ("true" or "false").
set -eu
build=$1
meson=$2
bindir=$3
datadir=$4
mandir=$5
app=$6
id=io.github.postern.Postern

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
status=0
complain () {
  printf '%s\n' "$*" >&2
  status=1
}

DESTDIR= $meson install -C "$build" --no-rebuild --quiet --destdir "$root" >"$root/log" 2>&1 || {
  cat "$root/log" >&2
  exit 1
}
rm "$root/log"

{
  echo "$bindir/postern-cli"
  echo "$mandir/man1/postern-cli.1"
  if [ "$app" = true ]; then
    echo "$bindir/postern"
    echo "$mandir/man1/postern.1"
    echo "$datadir/applications/$id.desktop"
    echo "$datadir/metainfo/$id.metainfo.xml"
    echo "$datadir/glib-2.0/schemas/$id.gschema.xml"
    echo "$datadir/icons/hicolor/scalable/apps/$id.svg"
    echo "$datadir/icons/hicolor/symbolic/apps/$id-symbolic.svg"
  fi
} | sort >"$root/wanted"
(
  cd "$root"
  find . -type f -path './*/*' ! -path '*/locale/*' | sed 's/^\.//' | sort
) >"$root/found"

for file in $(comm -23 "$root/wanted" "$root/found"); do
  complain "Not installed: $file"
done
for file in $(comm -13 "$root/wanted" "$root/found"); do
  complain "Installed, and not expected: $file"
done
[ "$status" = 0 ] || exit 1

# No file may be empty, and what is installed does its work from where it lies.
for file in $(cat "$root/wanted"); do
  [ -s "$root$file" ] || complain "Empty: $file"
done
"$root$bindir/postern-cli" --version | grep -q '^Postern [0-9]' ||
  complain "postern-cli --version does not name a version."
"$root$bindir/postern-cli" practice --scenario list | grep -q '^good ' ||
  complain "postern-cli practice --scenario list does not list the scenarios."

if [ "$app" = true ]; then
  "$root$bindir/postern" --version | grep -q '^Postern [0-9]' ||
    complain "postern --version does not name a version."
  desktop=$root$datadir/applications/$id.desktop
  program=$(sed -n 's/^Exec=\([^ ]*\).*/\1/p' "$desktop" | head -n 1)
  [ -x "$root$bindir/$program" ] ||
    complain "The desktop entry starts $program, which is not there."
  icon=$(sed -n 's/^Icon=//p' "$desktop" | head -n 1)
  [ -e "$root$datadir/icons/hicolor/scalable/apps/$icon.svg" ] ||
    complain "The desktop entry names the icon $icon, which is not there."
  glib-compile-schemas --strict "$root$datadir/glib-2.0/schemas" || status=1
fi
exit "$status"
