# Sourced after workspace.sh. A container with the sample service, seen from the host, and a TLS
# server for it to call. $engine is the command that runs containers.

container_state() { # CONTAINER FIELD
    "$engine" inspect --format "{{.State.$2}}" "$1"
}

container_log() { # CONTAINER
    "$engine" logs "$1" 2>&1
}

# The port in the line 'listening on ADDRESS:PORT', as soon as it is there.
service_port() { # CONTAINER
    until_true 600 service_settled "$1" || true
    container_log "$1" | sed -n 's/^listening on .*:\([0-9]*\)$/\1/p'
}

service_settled() {
    container_log "$1" | grep -q '^listening on' || [ "$(container_state "$1" Running)" != true ]
}

get() { # PORT PATH [CURL OPTION...]: the body, whatever the status
    get_url="http://127.0.0.1:$1$2"
    shift 2
    curl --silent --noproxy '*' --max-time 60 "$@" "$get_url"
}

# PID 1's first child, as the host numbers it.
app_pid() { # CONTAINER
    app_first=$(container_state "$1" Pid)
    cut -d ' ' -f 1 "/proc/$app_first/task/$app_first/children"
}

status_field() { # PID FIELD: blanks between values become one space
    sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr -s '\t ' '  ' | sed 's/ $//'
}

# tls_start [MODE]: a server on a free loopback port whose certificate a new, private authority
# signed. It answers with a page about the connection, or in s_server's mode -WWW with the files of
# $work/tls. Sets tls_port; the authority's certificate is $work/tls/ca.pem.
tls_start() {
    mkdir "$work/tls"
    tls_certificates > "$work/tls/log" 2>&1
    (cd "$work/tls" && exec openssl s_server -accept 127.0.0.1:0 "${1:--www}" -cert server.pem \
        -key server.key < /dev/null > server.log 2>&1) &
    tls_pid=$!
    at_exit "end $tls_pid"
    until_true 600 grep -q '^ACCEPT' "$work/tls/server.log" ||
        cat "$work/tls/log" "$work/tls/server.log" >&2
    tls_port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$work/tls/server.log")
}

tls_certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj '/CN=Outis test authority' -keyout "$work/tls/ca.key" -out "$work/tls/ca.pem"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=127.0.0.1' \
        -keyout "$work/tls/server.key" -out "$work/tls/server.csr"
    printf 'subjectAltName = IP:127.0.0.1\n' > "$work/tls/names"
    openssl x509 -req -days 2 -in "$work/tls/server.csr" -CA "$work/tls/ca.pem" \
        -CAkey "$work/tls/ca.key" -CAcreateserial -extfile "$work/tls/names" \
        -out "$work/tls/server.pem"
}
