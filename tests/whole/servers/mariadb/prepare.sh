# shellcheck shell=sh
mariadb-install-db --no-defaults --datadir=/srv/data --skip-test-db \
    --auth-root-authentication-method=normal --skip-name-resolve
