# Sourced after workspace.sh. Docker's registry on loopback: its data and processes live in $work and
# end with the script.

# After whole.sh. From here on we are in $work, with a cache, a home and credentials of the test's own,
# and a program to bake: app.
registry_home() {
    export XDG_CACHE_HOME="$work/cache"
    export HOME="$work/home"
    unset DOCKER_CONFIG REGISTRY_AUTH_FILE XDG_RUNTIME_DIR XDG_CONFIG_HOME
    mkdir "$HOME"
    cd "$work" || exit 1
    cp "$build/share/outis/init/linux-amd64/outis-init" app
}

# registry_start NAME [LINES]: with the lines besides in its configuration. Sets $registry to its
# HOST:PORT. Started again under the same name it keeps its data and its port.
registry_start() {
    registry_folder=$work/registry-$1
    mkdir -p "$registry_folder"
    [ -e "$registry_folder/port" ] || echo 0 > "$registry_folder/port"
    cat > "$registry_folder/config.yml" <<TEXT
version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: $registry_folder/data}}
http:
  addr: 127.0.0.1:$(cat "$registry_folder/port")
  secret: the same after a restart
${2:-}
TEXT
    : > "$registry_folder/log"
    docker-registry serve "$registry_folder/config.yml" > "$registry_folder/log" 2>&1 &
    registry_pid=$!
    at_exit "end $registry_pid"
    until_true 600 registry_settled || true
    registry_port=$(sed -n 's/.*listening on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$registry_folder/log")
    registry=127.0.0.1:$registry_port
    [ -n "$registry_port" ] && echo "$registry_port" > "$registry_folder/port" && return
    tail -n 5 "$registry_folder/log" >&2
    echo "docker-registry does not start here; its last lines are above" >&2
    return 3
}

registry_settled() {
    gone "$registry_pid" || grep -q 'listening on' "$registry_folder/log"
}

# A token service as registries of this kind ask for: logs in "me" with $1, grants what is asked,
# and writes the scopes to $token_folder/granted. Sets $token_lines for registry_start.
token_service_start() { # PASSWORD
    token_folder=$work/token
    mkdir -p "$token_folder/www/cgi-bin"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=Outis test tokens' \
        -keyout "$token_folder/key.pem" -out "$token_folder/cert.pem" 2> "$token_folder/log"
    printf '/cgi-bin:me:%s\n' "$1" > "$token_folder/httpd.conf"
    : > "$token_folder/granted"
    token_script > "$token_folder/www/cgi-bin/token"
    chmod 755 "$token_folder/www/cgi-bin/token"
    token_port=$((20000 + $$ % 20000))
    TOKEN_FOLDER=$token_folder busybox httpd -f -p "127.0.0.1:$token_port" \
        -c "$token_folder/httpd.conf" -h "$token_folder/www" >> "$token_folder/log" 2>&1 &
    token_pid=$!
    at_exit "end $token_pid"
    until_true 600 curl --silent --noproxy '*' "http://127.0.0.1:$token_port/" || return 3
    token_lines="auth:
  token:
    realm: http://127.0.0.1:$token_port/cgi-bin/token
    service: the registry
    issuer: outis test
    rootcertbundle: $token_folder/cert.pem"
}

# A JSON Web Token (RFC 7519) for each "scope=repository:NAME:ACTIONS" of the query.
token_script() {
    cat <<'TEXT'
#!/bin/sh
base64url() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }
now=$(date +%s)
access=
for word in $(printf '%s' "$QUERY_STRING" | tr '&' ' '); do
    case $word in scope=*) ;; *) continue ;; esac
    scope=$(printf '%s' "${word#scope=}" | sed 's/%3A/:/g; s/%2F/\//g; s/%2C/,/g')
    echo "$scope" >> "$TOKEN_FOLDER/granted"
    name=${scope#*:}
    actions=$(printf '%s' "${name##*:}" | sed 's/,/","/g')
    access="$access${access:+,}{\"type\":\"repository\",\"name\":\"${name%:*}\",\"actions\":[\"$actions\"]}"
done
chain=$(openssl x509 -in "$TOKEN_FOLDER/cert.pem" -outform der | base64 -w 0)
head=$(printf '{"typ":"JWT","alg":"RS256","x5c":["%s"]}' "$chain" | base64url)
claims=$(printf '{"iss":"outis test","sub":"me","aud":"the registry","exp":%d,"nbf":%d,"iat":%d,"jti":"%d","access":[%s]}' \
    "$((now + 300))" "$((now - 10))" "$now" "$$" "$access" | base64url)
signature=$(printf '%s.%s' "$head" "$claims" |
    openssl dgst -sha256 -sign "$TOKEN_FOLDER/key.pem" | base64url)
printf 'Content-Type: application/json\r\n\r\n{"token":"%s.%s.%s","expires_in":300}\n' \
    "$head" "$claims" "$signature"
TEXT
}
