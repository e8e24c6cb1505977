#!/bin/sh
# The sample service in Go that needs a library in C, certificates and zones (images/recipes/lua):
# compiled against the tree's Lua, baked from the tree, and asked for all three in the tree itself,
# in Docker and in runc.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/dynamic.sh"

tree_ready
dynamic_start
tls_start -WWW
echo 192.0.2.7 > "$work/tls/ip"

program=/usr/local/bin/lua-service
at_exit "rm -f '$tree$program'"
multiarch=$(basename "$(echo "$tree"/usr/include/*-linux-gnu)")
compile() {
    cd "$root/images/recipes/lua" || return
    CGO_ENABLED=1 CGO_CFLAGS="-O2 -I$tree/usr/include/$multiarch" \
        PKG_CONFIG_PATH="$tree/usr/lib/$multiarch/pkgconfig" \
        PKG_CONFIG_SYSROOT_DIR="$tree" PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
        go build -trimpath -buildvcs=false -ldflags='-s -w' -o "$tree$program" .
}
succeeds 'compile the service' compile || finish

answers() {
    [ "$(evaluates 'return 6 * 7')" = 42 ]
}

evaluates() { # CODE
    get "$port" /lua --data-binary "$1"
}

asked() {
    equal "$title: /ip" 192.0.2.7 "$(get "$port" /ip)"
    matches "$title: /time" 'T[0-9:]+\+0[12]:00 Europe/Berlin$' \
        "$(get "$port" '/time?zone=Europe/Berlin')"
    equal "$title: /lua" '3 a b c' "$(evaluates \
        'local t = {"a", "b", "c"}; return #t .. " " .. table.concat(t, " ")')"
    holds "$title: /lua, wrong code" "'=' expected" "$(evaluates 'wrong code')"
    holds "$title: /lua, code without end" 'too many steps' "$(evaluates 'while true do end')"
    equal "$title: /lua, too much memory" 'not enough memory' \
        "$(evaluates 'return ("x"):rep(1e8):len()')"
    holds "$title: /lua, the host's files" 'attempt to call global' "$(evaluates 'return dofile()')"
}

port=$(free_port)
url=https://127.0.0.1:$tls_port/ip
mkdir "$work/srv/lua-service"
cp "$work/tls/ca.pem" "$work/srv/lua-service/"
tree_environment="ADDRESS=127.0.0.1 PORT=$port IP_URL=$url SSL_CERT_FILE=/srv/lua-service/ca.pem"
server_also=asked
server lua-service service \
    "--ca-add $work/tls/ca.pem --env ADDRESS=127.0.0.1 --env PORT=$port --env IP_URL=$url" \
    answers "$program"

# Without our authority /ip must fail, and nothing else.
refused() {
    holds "$title: /ip" 'unknown authority' "$(get "$port" /ip)"
    matches "$title: /time" 'Z UTC$' "$(get "$port" /time?zone=UTC)"
}

tree_environment="ADDRESS=127.0.0.1 PORT=$port IP_URL=$url"
server_also=refused
server lua-service-strict baseline \
    "--env ADDRESS=127.0.0.1 --env PORT=$port --env IP_URL=$url" answers "$program"
finish
