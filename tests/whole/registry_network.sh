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

# A registry whose name only the proxy knows, over TLS and not.
mkdir -p "$work/data"
cat > registry.yml <<CONF
version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: $work/data}}
http: {addr: "127.0.0.1:5000"}
CONF
in_network docker-registry serve registry.yml > registry.log 2>&1 &
at_exit "end $!"
until_true 300 grep -q 'listening on' registry.log || cat registry.log >&2
authority "$work/tls" proxied.example
nginx_start tls <<CONF
server {
    listen 203.0.113.6:443 ssl; listen 203.0.113.6:80;
    server_name proxied.example; ssl_certificate $work/tls/server.pem; ssl_certificate_key $work/tls/server.key;
    location / {
        proxy_pass http://127.0.0.1:5000; proxy_set_header Host \$http_host;
        proxy_set_header X-Forwarded-Proto \$scheme; proxy_request_buffering off;
    }
}
CONF
tinyproxy_start 8888 "BasicAuth me hunter22"
through() { # OUTIS OPTION...: its proxy is $proxy
    within env HTTPS_PROXY="$proxy" http_proxy="$proxy" NO_PROXY="${exempt:-}" "$outis" "$@"
}

proxy=http://me:hunter22@127.0.0.1:8888
ours 'proxy: none' 3 within "$outis" push --tls-ca tls/ca.pem app.tar proxied.example/a/b:1
ours 'proxy: push over TLS' 0 through push --tls-ca tls/ca.pem app.tar proxied.example/a/b:1 --json
pushed=$(printf '%s' "$said" | grep -o 'sha256:[0-9a-f]*' | head -n 1)
ours 'proxy: pull over TLS' 0 through copy --tls-ca tls/ca.pem docker://proxied.example/a/b:1 \
    oci:pulled:1 --json
holds 'proxy: pull over TLS: digest' "$pushed" "$said"
matches 'proxy: it was asked for a tunnel' 'CONNECT proxied.example:443' "$(cat tinyproxy.log)"
ours 'proxy: push in plain HTTP' 0 through push --plain-http app.tar proxied.example/a/c:1 --json
holds 'proxy: push in plain HTTP: digest' "$pushed" "$said"
holds 'proxy: it was asked for URLs' 'http://proxied.example/v2/a/c/' "$(cat tinyproxy.log)"
: > tinyproxy.log
ours 'proxy: not for loopback' 0 through push app.tar 127.0.0.1:5000/a/d:1
equal 'proxy: it was not asked' '' "$(cat tinyproxy.log)"
exempt=proxied.example
ours 'proxy: NO_PROXY' 3 through push --tls-ca tls/ca.pem app.tar proxied.example/a/b:1
holds 'proxy: NO_PROXY: the name is ours to find' 'finding' "$said"
exempt=
proxy=http://me:wrong-hunter33@127.0.0.1:8888
ours 'proxy: wrong login' 3 through push --tls-ca tls/ca.pem app.tar proxied.example/a/b:1
one_line 'proxy: wrong login' HTTPS_PROXY
proxy=http://127.0.0.1:1
ours 'proxy: nobody there' 3 through push --tls-ca tls/ca.pem app.tar proxied.example/a/b:1
one_line 'proxy: nobody there' HTTPS_PROXY
proxy=socks5://me:hunter22@127.0.0.1:8888
ours 'proxy: SOCKS' 2 through push --tls-ca tls/ca.pem app.tar proxied.example/a/b:1
one_line 'proxy: SOCKS' socks5
equal 'proxy: no login is shown' '' "$(grep -E 'hunter(22|33)' everything.log || true)"

# Certificates of a site: an authority of its own, and who we are.
nginx_start mutual <<CONF
server {
    listen 127.0.0.1:8443 ssl; ssl_certificate $work/tls/server.pem; ssl_certificate_key $work/tls/server.key;
    ssl_client_certificate $work/tls/ca.pem; ssl_verify_client on;
    location / {
        proxy_pass http://127.0.0.1:5000; proxy_set_header Host \$http_host;
        proxy_set_header X-Forwarded-Proto \$scheme; proxy_request_buffering off;
    }
}
CONF
mutual=127.0.0.1:8443
site_files() { # FOLDER
    mkdir -p "$1/$mutual"
    cp tls/ca.pem "$1/$mutual/ca.crt"
    cp tls/client.pem "$1/$mutual/client.cert"
    cp tls/client.key "$1/$mutual/client.key"
}
ours 'site: no certificate of its own' 3 within "$outis" push app.tar $mutual/a/e:1
holds 'site: no certificate of its own: advice' '/etc/docker/certs.d' "$said"
ours 'site: no name of ours' 3 within "$outis" push --tls-ca tls/ca.pem app.tar $mutual/a/e:1
site_files "$HOME/.config/containers/certs.d"
ours "site: in the user's folder" 0 within "$outis" push app.tar $mutual/a/e:1
rm "$HOME/.config/containers/certs.d/$mutual/client.key"
ours 'site: a certificate without its key' 2 within "$outis" push app.tar $mutual/a/e:1
one_line 'site: a certificate without its key' client.key
rm -rf "$HOME/.config"
for folder in /etc/docker /etc/containers; do
    if [ -d $folder ]; then
        site_files "$work/site$folder/certs.d"
        nsenter --target "$network_pid" --mount mount --bind "$work/site$folder" $folder
        ours "site: in $folder" 0 within "$outis" push app.tar $mutual/a/f:1
        nsenter --target "$network_pid" --mount umount $folder
    else
        skip "site: in $folder" 'there is no such folder to mount on'
    fi
done

# Proxies before the registry that are set up badly.
nginx_start bad <<CONF
server {
    listen 127.0.0.1:86; client_max_body_size 100k;
    location / { proxy_pass http://127.0.0.1:5000; proxy_set_header Host \$http_host; }
}
server {
    listen 127.0.0.1:8444 ssl; ssl_certificate $work/tls/server.pem; ssl_certificate_key $work/tls/server.key;
    location / { proxy_pass http://127.0.0.1:5000; proxy_set_header Host \$http_host; }
}
CONF
head -c 300000 /dev/urandom > big
ours 'bad proxy: bake' 0 "$outis" bake app --add big:/big -o big.tar -q
ours 'bad proxy: takes nothing large' 3 within "$outis" push big.tar 127.0.0.1:86/a/g:1
one_line 'bad proxy: takes nothing large' '--chunk'
ours 'bad proxy: takes pieces' 0 within "$outis" push --chunk 64K big.tar 127.0.0.1:86/a/g:1
ours 'bad proxy: forgets TLS' 3 within "$outis" push --tls-ca tls/ca.pem big.tar 127.0.0.1:8444/a/h:1
one_line 'bad proxy: forgets TLS' X-Forwarded-Proto

finish
