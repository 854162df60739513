# Before the KDC starts: the realm, two users, and the keys of the services.
kdb5_util create -s -r POSTERN.TEST -P '@TOKEN_KEY@'
kadmin.local <<'END'
addprinc -randkey anna
addprinc -randkey bert
addprinc -randkey imap/localhost
addprinc -randkey pop/localhost
addprinc -randkey smtp/localhost
addprinc -randkey SMTPSVC/localhost
ktadd -k @HOME@/users.keytab anna bert
ktadd -k @HOME@/services.keytab imap/localhost pop/localhost smtp/localhost SMTPSVC/localhost
END
test -s @HOME@/services.keytab
