# Sourced after workspace.sh. nginx in a network namespace of the test's own: only its loopback, with
# 127.0.0.0/8 and 203.0.113.5, and names that exist nowhere else.

# network_start: makes the namespace; `within COMMAND...` runs there.
network_start() {
    printf '127.0.0.1 localhost inner.example world.example\n' > "$work/hosts"
    unshare --net --mount sh -c '
        ip link set lo up && ip address add 203.0.113.5/32 dev lo &&
            mount --bind "$1" /etc/hosts && : > "$2" && exec sleep 100000' \
        sh "$work/hosts" "$work/network-up" > "$work/network.log" 2>&1 &
    network_pid=$!
    at_exit "end $network_pid"
    until_true 100 test -e "$work/network-up" && return
    cat "$work/network.log" >&2
    return 3
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
    nsenter --target "$network_pid" --net --mount nginx -e "$nginx_folder/error.log" -c "$nginx_folder/nginx.conf" \
        > "$nginx_folder/log" 2>&1 &
    nginx_pid=$!
    at_exit "end $nginx_pid"
    until_true 100 test -s "$nginx_folder/pid" && return
    cat "$nginx_folder/error.log" >&2
    echo "nginx does not start here; its last lines are above" >&2
    return 3
}
