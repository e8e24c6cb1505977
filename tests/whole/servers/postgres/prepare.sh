# shellcheck shell=sh
/usr/lib/postgresql/15/bin/initdb -D /srv/data -A trust -U postgres --no-sync --no-locale
