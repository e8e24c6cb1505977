#!/bin/sh
# Debian's servers that start many processes, change who they are, or bring a machine of their own,
# under the shipped profiles. Each is an app of our init in a container of its own (PID, mount,
# network, IPC and UTS namespaces; standard output is a pipe), works for a client that is not
# confined, and is ended by TERM.
#
# A new server is a row below, a folder servers/NAME, which is /srv there, and its package in
# packages_servers. The folder holds exercise.sh, the client, which is repeated until it succeeds;
# and prepare.sh, if something must be there before the start. Both run as nobody in the container,
# without our init.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/container.sh"

# shellcheck disable=SC2086
tree_ready servers $packages_servers
cp "$build/bin/outis-init" "$tree/outis-init"

# row NAME PROFILES EXIT_CODE ENVIRONMENT COMMAND...
both='baseline service'
table() {
    row named "$both" 0 '' named -g -c /srv/named.conf
    row gunicorn "$both" 0 '' gunicorn -w 2 -k gevent -b 127.0.0.1:8000 --chdir /srv app:app
    row php-fpm "$both" 0 '' php-fpm8.2 -F -y /srv/fpm.conf \
        -d opcache.enable=1 -d opcache.jit_buffer_size=16M
    row rabbitmq "$both" 0 "HOME=/srv/home RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_LOGS=-
        RABBITMQ_MNESIA_BASE=/srv/data RABBITMQ_LOG_BASE=/srv/log
        RABBITMQ_ENABLED_PLUGINS_FILE=/srv/plugins" \
        /usr/lib/rabbitmq/bin/rabbitmq-server
    row apache "$both" 0 '' apache2 -DFOREGROUND -f /srv/apache.conf
    row varnish "$both" 0 '' varnishd -F -a 127.0.0.1:6081 -f /srv/default.vcl -n /srv/work \
        -s malloc,16m
    row postgres "$both" 0 '' /usr/lib/postgresql/15/bin/postgres -D /srv/data \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories=/srv
    row mariadb "$both" 0 '' mariadbd --no-defaults --datadir=/srv/data --socket=/srv/socket \
        --bind-address=127.0.0.1 --pid-file=/srv/pid
    row node "$both" 143 '' node /srv/app.js
    row java "$both" 143 '' java /srv/App.java
}

# The container's first process is another one, as with the shared PID namespace of a pod.
table_beside() {
    row php-fpm "$both" 0 '' php-fpm8.2 -F -y /srv/fpm.conf
    row apache "$both" 0 '' apache2 -DFOREGROUND -f /srv/apache.conf
}

row() {
    row_name=$1
    row_profiles=$2
    shift 2
    case " $row_profiles " in
    *" $container_profile "*)
        container_begin "$row_name under $container_profile$row_note" "$row_name" "$@" ;;
    esac
}

for container_profile in baseline service; do
    container_place=first
    row_note=
    table
    container_place=second
    row_note=', not as PID 1'
    table_beside
    containers_end
done
finish
