# The users of Cyrus SASL, which keeps their passwords as they are.
add () {
  printf '%s' "$2" | saslpasswd2 -p -c -f @HOME@/sasldb -u localhost "$1"
}
add anna '@PASSWORD@'
add umlaut 'pässwörd € 漢字'
add composed 'résumé'
add blank 'a b'
add slow '@PASSWORD@'
add homeless '@PASSWORD@'
