# Sourced after workspace.sh. nginx in a network namespace of the test's own: only its loopback, with
# 127.0.0.0/8, 203.0.113.5 and .6, and names that exist nowhere else.

# network_start: makes the namespace; `within COMMAND...` runs there.
network_start() {
    printf '127.0.0.1 localhost inner.example world.example\n' > "$work/hosts"
    unshare --net --mount sh -c '
        ip link set lo up && ip address add 203.0.113.5/32 dev lo && ip address add 203.0.113.6/32 dev lo &&
            mount --bind "$1" /etc/hosts && : > "$2" && exec sleep 100000' \
        sh "$work/hosts" "$work/network-up" > "$work/network.log" 2>&1 &
    network_pid=$!
    at_exit "end $network_pid"
    until_true 100 test -e "$work/network-up" && return
    cat "$work/network.log" >&2
    return 3
}

# For the background: it becomes the command, so that $! is its number.
in_network() { # COMMAND...
    exec nsenter --target "$network_pid" --net --mount "--wd=$PWD" "$@"
}

within() { # COMMAND...
    nsenter --target "$network_pid" --net --mount "--wd=$PWD" "$@"
}

# nginx_start NAME: with the servers of its input. Its log of requests is $work/nginx-NAME/access.log.
nginx_start() {
    nginx_folder=$work/nginx-$1
    mkdir -p "$nginx_folder/tmp"
    {
        cat <<CONF
daemon off; master_process off; pid $nginx_folder/pid; error_log $nginx_folder/error.log;
events {}
http {
    access_log $nginx_folder/access.log;
    client_body_temp_path $nginx_folder/tmp/body; proxy_temp_path $nginx_folder/tmp/proxy;
    fastcgi_temp_path $nginx_folder/tmp/fastcgi; uwsgi_temp_path $nginx_folder/tmp/uwsgi;
    scgi_temp_path $nginx_folder/tmp/scgi; client_max_body_size 0;
CONF
        cat
        echo '}'
    } > "$nginx_folder/nginx.conf"
    : > "$nginx_folder/access.log"
    in_network nginx -e "$nginx_folder/error.log" -c "$nginx_folder/nginx.conf" \
        > "$nginx_folder/log" 2>&1 &
    nginx_pid=$!
    at_exit "end $nginx_pid"
    until_true 100 test -s "$nginx_folder/pid" && return
    cat "$nginx_folder/error.log" >&2
    echo "nginx does not start here; its last lines are above" >&2
    return 3
}

# authority FOLDER NAME: ca.pem, and server.pem and server.key for the name and 127.0.0.1; client.pem
# and client.key for somebody.
authority() {
    mkdir -p "$1"
    {
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=Outis test authority' \
            -keyout "$1/ca.key" -out "$1/ca.pem"
        printf 'subjectAltName=DNS:%s,IP:127.0.0.1\n' "$2" > "$1/names"
        for authority_name in server client; do
            openssl req -newkey rsa:2048 -nodes -subj "/CN=$authority_name" \
                -keyout "$1/$authority_name.key" -out "$1/$authority_name.csr"
            openssl x509 -req -in "$1/$authority_name.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" \
                -CAcreateserial -days 2 -extfile "$1/names" -out "$1/$authority_name.pem"
        done
    } > "$1/log" 2>&1 || cat "$1/log" >&2
}

# tinyproxy_start PORT [LINES]: on 127.0.0.1, and alone in knowing that proxied.example is
# 203.0.113.6. Its log is tinyproxy.log.
tinyproxy_start() {
    printf '127.0.0.1 localhost\n203.0.113.6 proxied.example\n' > "$work/tinyproxy.hosts"
    printf 'Port %s\nListen 127.0.0.1\nLogLevel Connect\nTimeout 60\nMaxClients 50\n%s\n' "$1" \
        "${2:-}" > "$work/tinyproxy.conf"
    in_network unshare --mount sh -c 'mount --bind "$1" /etc/hosts && exec tinyproxy -d -c "$2"' \
        sh "$work/tinyproxy.hosts" "$work/tinyproxy.conf" > "$work/tinyproxy.log" 2>&1 &
    at_exit "end $!"
    until_true 100 within curl --silent --noproxy '*' "http://127.0.0.1:$1/" || cat "$work/tinyproxy.log" >&2
}
