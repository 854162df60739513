#!/bin/sh
# The arrows between the rooms, and what a room may use from outside, are as the table in
# src/README.md says. Argument: the top of the source tree.
set -eu
cd "${1-$(dirname "$0")/../..}/src"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# "core/model||GLib, GObject": a line a room.
sed -n 's/^| `\([^`]*\)` | \(.*\) | \(.*\) |$/\1|\2|\3/p' README.md >"$scratch/table"
[ -s "$scratch/table" ] || {
  echo "src/README.md has no table of rooms." >&2
  exit 1
}

for folder in core/* cli app; do
  [ ! -d "$folder" ] || grep -q "^$folder|" "$scratch/table" ||
    echo "src/README.md does not know $folder."
done >"$scratch/wrong"

rooms=$(sed -n 's/^core\/\([^|]*\)|.*/\1/p' "$scratch/table" | paste -sd '|')
while IFS='|' read -r folder inside outside; do
  case $inside in
  core) allowed=$rooms ;;
  *) allowed=$(printf '%s\n' "$inside" | tr -d ' –' | tr ',' '|')"|${folder#core/}" ;;
  esac
  grep -rnE "#include \"($rooms|app|cli)/" "$folder" --include='*.[ch]' |
    grep -vE "#include \"($allowed)/" |
    sed 's/^\([^:]*:[0-9]*\):.*"\(.*\)"/src\/\1: \2 is of a room that this one may not use/' || true

  while read -r header name; do
    case ", $outside," in
    *", $name,"*) ;;
    *)
      grep -rn "#include <$header" "$folder" --include='*.[ch]' |
        sed "s/^\([^:]*:[0-9]*\):.*/src\/\1: $name is not for this room/" || true
      ;;
    esac
  done <<HEADERS
gio/ GIO
glib-unix GIO
gnutls/ GnuTLS
openssl/ OpenSSL
gsasl GNU SASL
gssapi/ GSS-API
nettle/ Nettle
json-glib/ json-glib
libsecret/ libsecret
gtk/ GTK 4
adwaita libadwaita
HEADERS
done <"$scratch/table" >>"$scratch/wrong"

cat "$scratch/wrong" >&2
[ ! -s "$scratch/wrong" ]
