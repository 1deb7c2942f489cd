#!/bin/sh
# pdfsig.sh IN OUT PERSON [FIELD]: signs with poppler's pdfsig, the key in a database of NSS; a FIELD that is there is filled.
set -e
db=$(mktemp -d)
trap 'rm -rf "$db"' EXIT
certutil -N -d "sql:$db" --empty-password
pk12util -i "$3.p12" -W returns -K '' -d "sql:$db" >/dev/null
nick=$(certutil -L -d "sql:$db" | awk '/u,u,u/ {sub(/ +u,u,u.*/, ""); print; exit}')
if [ -n "$4" ] && pdfsig -dump "$1" 2>/dev/null | grep -q "$4"; then
  pdfsig -nssdir "sql:$db" -sign "$4" -nick "$nick" "$1" "$2"
else
  pdfsig -nssdir "sql:$db" -add-signature -nick "$nick" "$1" "$2"
fi
