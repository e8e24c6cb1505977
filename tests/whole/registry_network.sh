#!/bin/sh
# The network between us and a registry: whom a registry of the Internet may lead to, proxies,
# certificates of a site, web sites that are no registry. Servers are nginx in a network namespace
# with nothing but its own loopback, on which 203.0.113.5 plays the Internet (RFC 5737: nobody has it).
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/registry.sh"
. "$root/tests/support/said.sh"
. "$root/tests/support/nginx.sh"
registry_home

if [ "$(id -u)" != 0 ] || ! unshare --net --mount true 2> unshare.log; then
    skip registry_network "it needs namespaces of its own, which only root may have here"
    finish
fi
network_start

# A registry that leads to wherever the name says: pulled by that name, it must not be followed inside.
inner='127.0.0.1:81'
nginx_start world <<CONF
server {
    listen 203.0.113.5:80; listen 127.0.0.1:82;
    location /v2/team/ {
        if (\$uri ~ "/manifests/(.*)__(.*)") { return 307 http://\$1:\$2/secret; }
        return 404;
    }
    location /v2/token/ {
        add_header WWW-Authenticate "Bearer realm=\"http://localhost:81/token\"" always;
        return 401;
    }
}
CONF
nginx_start inner <<CONF
server { listen $inner; listen 203.0.113.5:83; location / { return 404; } }
CONF

logged() { # FILE LINES: at least
    [ "$(wc -l < "$1")" -ge "$2" ]
}

# It writes when a request is over, which may be after the answer.
asked() { # NGINX HOW-OFTEN
    until_true 100 logged "$work/nginx-$1/access.log" "$2" || true
    wc -l < "$work/nginx-$1/access.log"
}

for host in 127.0.0.1 127.1 0x7f000001 2130706433 localhost inner.example; do
    code=0
    within "$outis" pull --plain-http "203.0.113.5/team/app:${host}__81" -o never.tar \
        > pull.log 2>&1 || code=$?
    equal "address: the Internet leads to $host: exit code" 3 "$code"
    holds "address: the Internet leads to $host: why" 'private network' "$(cat pull.log)"
done
within "$outis" pull --plain-http 203.0.113.5/token/app:1 -o never.tar > pull.log 2>&1 || true
holds 'address: a token service inside' 'private network' "$(cat pull.log)"
equal 'address: nobody inside was asked' 0 "$(asked inner 0)"
within "$outis" pull --plain-http 203.0.113.5/team/app:203.0.113.5__83 -o never.tar \
    > pull.log 2>&1 || true
equal 'address: the Internet leads to the Internet' 1 "$(asked inner 1)"
within "$outis" pull --plain-http world.example:82/team/app:inner.example__81 -o never.tar \
    > pull.log 2>&1 || true
equal 'address: a registry of our own network leads within it' 2 "$(asked inner 2)"

# Sizes that a manifest claims: refused before a byte is stored.
mkdir -p www/v2/big/manifests www/v2/big/blobs
digest=sha256:$(printf x | sha256sum | cut -d ' ' -f 1)
printf x > "www/v2/big/blobs/$digest"
for size in 1125899906842624 1099511627776; do
    printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' \
        application/vnd.oci.image.manifest.v1+json \
        "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"$digest\",\"size\":1}" \
        "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"sha256:$(printf y |
            sha256sum | cut -d ' ' -f 1)\",\"size\":$size}" > "www/v2/big/manifests/$size"
done
nginx_start big <<CONF
server {
    listen 127.0.0.1:84; root $work/www;
    location /v2/big/manifests/ { default_type application/vnd.oci.image.manifest.v1+json; }
    location = /v2/ { return 200; }
}
CONF
ours 'size: 2^50 bytes' 3 within "$outis" copy docker://127.0.0.1:84/big:1125899906842624 never.tar
one_line 'size: 2^50 bytes' 1099511627776
equal 'size: 2^50 bytes: no blob is asked for' 0 "$(grep -c /blobs/ "$work/nginx-big/access.log")"
ours 'size: more than is free' 3 within "$outis" copy docker://127.0.0.1:84/big:1099511627776 never.tar
one_line 'size: more than is free' 'are free in'

# A mistyped host: a web site that answers 200 to everything.
succeeds 'bake' "$outis" bake app -t outis-test/app:1 -o app.tar -q || finish
for type in text/html text/plain; do
    nginx_start "site-${type#*/}" <<CONF
server { listen 127.0.0.1:85; default_type $type; location / { return 200 '<html></html>'; } }
CONF
    site=$nginx_pid
    ours "site: $type" 3 within "$outis" push app.tar 127.0.0.1:85/a/b:1
    one_line "site: $type" 'answered 200 where 202 was expected'
    end "$site"
done

finish
