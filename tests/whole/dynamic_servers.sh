#!/bin/sh
# Debian's dynamic servers, each baked by one command from a tree: nginx serves a file, redis stores
# and finds again, etcd and caddy answer, haproxy forwards to a backend by verified TLS; in the tree
# itself, in Docker and in runc.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/dynamic.sh"

tree_ready
dynamic_start
tls_start

page() {
    get "$port" /page.html --fail --dump-header "$work/header" | grep -qx 'a page' &&
        grep -qi '^content-type: text/html' "$work/header"
}

port=$(free_port)
mkdir "$work/srv/nginx"
echo 'a page' > "$work/srv/nginx/page.html"
cat > "$work/srv/nginx/nginx.conf" << END
daemon off;
pid /srv/data/pid;
error_log stderr;
events { }
http {
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path /srv/data/body;
    proxy_temp_path /srv/data/proxy;
    fastcgi_temp_path /srv/data/fastcgi;
    uwsgi_temp_path /srv/data/uwsgi;
    scgi_temp_path /srv/data/scgi;
    server { listen 127.0.0.1:$port; root /srv/nginx; }
}
END
server nginx service "--add $tree/etc/nginx/mime.types:/etc/nginx/mime.types" page \
    /usr/sbin/nginx -e stderr -c /srv/nginx/nginx.conf

redis() {
    chroot "$tree" redis-cli -p "$port" "$@"
}

redis_stores() {
    [ "$(redis SET key value)" = OK ] && [ "$(redis GET key)" = value ] && [ "$(redis SAVE)" = OK ]
}

redis_finds() {
    [ "$(redis GET key)" = value ]
}

port=$(free_port)
server_again=redis_finds
server redis service '' redis_stores \
    /usr/bin/redis-server --port "$port" --bind 127.0.0.1 --dir /srv/data
server_again=

etcd_works() {
    etcdctl put key "$place" | grep -qx OK &&
        etcdctl get key --print-value-only | grep -qx "$place"
}

etcdctl() {
    chroot "$tree" env ETCDCTL_API=3 etcdctl --command-timeout 10s --endpoints "127.0.0.1:$port" "$@"
}

port=$(free_port)
peer=$(free_port)
server etcd service '' etcd_works /usr/bin/etcd --data-dir /srv/data/etcd \
    --listen-client-urls "http://127.0.0.1:$port" --advertise-client-urls "http://127.0.0.1:$port" \
    --listen-peer-urls "http://127.0.0.1:$peer" \
    --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "default=http://127.0.0.1:$peer"

port=$(free_port)
mkdir "$work/srv/caddy"
echo 'a page' > "$work/srv/caddy/page.html"
server caddy service "--add $tree/etc/mime.types:/etc/mime.types" page \
    /usr/bin/caddy file-server --listen "127.0.0.1:$port" --root /srv/caddy

# The backend is the TLS server, whose first page begins with the words of its command.
forwarded() {
    get "$port" / | grep -q 's_server'
}

port=$(free_port)
mkdir "$work/srv/haproxy"
cp "$work/tls/ca.pem" "$work/srv/haproxy/"
cat > "$work/srv/haproxy/haproxy.cfg" << END
global
    log stderr format raw daemon
defaults
    mode http
    timeout connect 60s
    timeout client 60s
    timeout server 60s
frontend front
    bind 127.0.0.1:$port
    default_backend back
backend back
    server one 127.0.0.1:$tls_port ssl verify required ca-file /srv/haproxy/ca.pem
END
server haproxy service '' forwarded /usr/sbin/haproxy -db -f /srv/haproxy/haproxy.cfg
finish
