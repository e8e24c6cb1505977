#!/bin/sh
# Real programs of Debian under the shipped profiles, each with a small exercise, in a tree of their
# own; and for each part of a profile something that it refuses, beside a profile that allows it.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"

tree_ready
cp "$build/bin/outis-init" "$tree/outis-init"
rm -rf "$tree/tmp/test"
mkdir -p "$tree/policies"
mkdir -m 1777 "$tree/tmp/test"
at_exit "rm -rf '$tree/tmp/test'"

compiled() { # NAME FILE.toml
    succeeds "compile $1" "$outis" profile compile "$2" -o "$tree/policies/$1.policy" || finish
}

for profile in baseline service go worker offline; do
    compiled "$profile" "$root/profiles/$profile.toml"
done
for profile in service worker offline; do
    printf 'extends = ["%s"]\n[exec]\nonce = true\n' "$profile" > "$work/$profile-once.toml"
    compiled "$profile-once" "$work/$profile-once.toml"
done

# What `go` is made of, for the dynamic programs of the tree: their loader maps libraries.
cat > "$work/go-dynamic.toml" << 'END'
extends = ["go"]
[[seccomp.rule]]
call = "mmap"
when = "always"
END
compiled go-dynamic "$work/go-dynamic.toml"

# become PROFILE COMMAND...: this process goes on in the tree, under PID 1 and that profile, in a
# folder it may write. PID 1 gives it nobody's HOME, so a program that keeps state there is told of
# another place.
become() {
    become_profile=$1
    shift
    exec chroot "$tree" /usr/bin/env XDG_CONFIG_HOME=/tmp/test XDG_DATA_HOME=/tmp/test \
        /outis-init -p "/policies/$become_profile.policy" -w /tmp/test -- "$@"
}

under() { # PROFILE COMMAND...
    (become "$@")
}

# confinement_below PID: seccomp mode (2: filtered) and uid of the child of PID 1, which is PID.
confinement_below() {
    # shellcheck disable=SC2046
    set -- $(cat "/proc/$1/task/$1/children")
    sed -n 's/^Seccomp:[[:space:]]*//p; s/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$1/status" |
        sort -n | xargs
}

# What Landlock can do here.
abi=$("$tree/outis-init" --inspect self --json | sed 's/.*"landlock_abi":\([0-9]*\).*/\1/')

has_abi() { # NAME ABI
    [ "$abi" -ge "$2" ] || { skip "$1" "the kernel has Landlock ABI $abi; it came with $2"; return 1; }
}

# served NAME PROFILE CHECK COMMAND...: starts a server, waits until CHECK (a function) succeeds,
# calls $served_also if there is one, stops the server by TERM and wants exit code 0 or 143, as the
# program does it without a sandbox.
served() {
    served_name="$1 under $2"
    served_profile=$2
    served_check=$3
    shift 3
    become "$served_profile" "$@" > "$work/server.log" 2>&1 &
    served_pid=$!
    at_exit "end $served_pid"
    if until_true 600 "$served_check"; then
        ok "$served_name: works"
        equal "$served_name: is filtered, as nobody" '2 65534' "$(confinement_below "$served_pid")"
        ${served_also:-true}
    else
        not_ok "$served_name: works" "$(tail -n 5 "$work/server.log") $(cat "$work/until_true.log")"
    fi
    kill -TERM "$served_pid" 2> /dev/null || true
    served_status=0
    wait "$served_pid" || served_status=$?
    case $served_status in
    0 | 143) ok "$served_name: ends" ;;
    *) not_ok "$served_name: ends" "exit code $served_status: $(tail -n 5 "$work/server.log")" ;;
    esac
}

# refuses NAME PROFILE WORD CODE: Python code that must fail with WORD in its traceback.
refuses() {
    refuses_said=$(under "$2" python3 -c "$4" 2>&1) || true
    holds "$1 under $2" "$3" "$refuses_said"
}

# allows NAME PROFILE CODE: Python code that must get to its end.
allows() {
    equal "$1 under $2" works "$(under "$2" python3 -c "$3
print('works')" 2>&1)"
}

page() {
    curl -sf --max-time 60 "http://127.0.0.1:$port/index.html" | grep -q 'a page'
}

redis() {
    chroot "$tree" redis-cli -p "$port" "$@"
}

redis_works() {
    [ "$(redis SET key value)" = OK ] && [ "$(redis GET key)" = value ] &&
        redis BGSAVE | grep -q started && [ "$(redis INFO persistence | grep -c ':ok')" -gt 0 ]
}

etcd_works() {
    chroot "$tree" env ETCDCTL_API=3 etcdctl --command-timeout 10s --endpoints "127.0.0.1:$port" \
        put key value | grep -q OK
}

# etcdctl, a program in Go, starts one under a lock: nothing but exec.once stops that.
etcd_helper() {
    helper_said=$(ETCDCTL_API=3 under "$profile" etcdctl --command-timeout 60s \
        --endpoints "127.0.0.1:$port" lock name /bin/echo helped 2>&1) || true
    case $profile in
    go-dynamic) holds "a helper of etcdctl under $profile" '/bin/echo: operation not permitted' "$helper_said" ;;
    *) holds "a helper of etcdctl under $profile" helped "$helper_said" ;;
    esac
}

# nginx_configured ROOT: for $port, with what nginx writes in /tmp/test.
nginx_configured() {
    cat > "$tree/tmp/test/nginx.conf" << END
daemon off;
pid /tmp/test/nginx.pid;
error_log /tmp/test/nginx.log;
events { }
http {
    access_log off;
    client_body_temp_path /tmp/test/body;
    proxy_temp_path /tmp/test/proxy;
    fastcgi_temp_path /tmp/test/fastcgi;
    uwsgi_temp_path /tmp/test/uwsgi;
    scgi_temp_path /tmp/test/scgi;
    aio threads;
    sendfile on;
    server { listen 127.0.0.1:$port; root $1; }
}
END
}

nginx='nginx -e /tmp/test/nginx.log -c /tmp/test/nginx.conf'
echo 'a page' > "$tree/tmp/test/index.html"
for profile in baseline service service-once; do
    port=$(free_port)
    nginx_configured /tmp/test
    # shellcheck disable=SC2086
    served nginx "$profile" page $nginx
    port=$(free_port)
    served redis "$profile" redis_works redis-server --port "$port" --bind 127.0.0.1 --dir /tmp/test
    rm -f "$tree/tmp/test/dump.rdb"
done
for profile in baseline service go-dynamic; do
    port=$(free_port)
    served caddy "$profile" page caddy file-server --listen "127.0.0.1:$port" --root /tmp/test
    port=$(free_port)
    peer=$(free_port)
    served_also=etcd_helper
    served etcd "$profile" etcd_works etcd --data-dir "/tmp/test/etcd-$profile" \
        --listen-client-urls "http://127.0.0.1:$port" \
        --advertise-client-urls "http://127.0.0.1:$port" \
        --listen-peer-urls "http://127.0.0.1:$peer" \
        --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
        --initial-cluster "default=http://127.0.0.1:$peer"
    served_also=
done

cat > "$tree/tmp/test/exercise.py" << 'END'
import ctypes, mmap, os, select, socket, subprocess, sys, tempfile, threading
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
assert subprocess.check_output(["/bin/echo", "hello"]) == b"hello\n"
with tempfile.TemporaryFile(dir="/tmp/test") as file:
    file.write(b"x" * 8192)
    file.flush()
    assert mmap.mmap(file.fileno(), 0)[8191] == ord("x")
left, right = socket.socketpair()
left.send(b"ping")
poll = select.epoll()
poll.register(right, select.EPOLLIN)
assert poll.poll(5) and right.recv(4) == b"ping"
pid = os.fork()
if pid == 0:
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
PR_GET_SECCOMP = 21
print("done", sys.version_info[0], os.getuid(), ctypes.CDLL(None).prctl(PR_GET_SECCOMP, 0, 0, 0, 0))
END
equal 'sqlite under offline-once' 3 "$(under offline-once sqlite3 :memory: 'select 1 + 2;' 2>&1)"
for profile in baseline service worker offline; do
    equal "python under $profile" 'done 3 65534 2' "$(under "$profile" python3 exercise.py 2>&1)"
    equal "sqlite under $profile" '2|b' "$(under "$profile" sqlite3 "$profile.db" \
        "pragma journal_mode = wal; create table t (n, s); insert into t values (1,'a'), (2,'b');
         vacuum; select * from t where n = 2;" 2>&1 | tail -n 1)"
    equal "lua under $profile" hello "$(under "$profile" lua5.1 -e \
        'local f = io.popen("echo hello"); print(f:read("*l")); f:close()' 2>&1)"
done

port=$(free_port)
chroot "$tree" python3 -m http.server --bind 127.0.0.1 --directory /tmp/test "$port" \
    > "$work/http.log" 2>&1 &
http=$!
at_exit "end $http"
succeeds 'a page to fetch' until_true 600 page || finish
for profile in baseline worker worker-once go-dynamic; do
    equal "curl under $profile" 'a page' \
        "$(under "$profile" curl -s --max-time 60 "http://127.0.0.1:$port/index.html" 2>&1)"
done

refuses 'listening' worker 'PermissionError' \
    'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()'
refuses 'an IPv4 socket' offline 'Address family not supported' 'import socket; socket.socket()'
refuses 'a raw packet socket' service 'Address family not supported' \
    'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
refuses 'the kernel crypto sockets' baseline 'Address family not supported' \
    'import socket; socket.socket(socket.AF_ALG)'
refuses 'becoming root' service 'Operation not permitted' 'import os; os.setuid(0)'

second='import os; os.execv("/bin/true", ["true"])'
for profile in service-once worker-once offline-once go-dynamic; do
    refuses 'a second program' "$profile" 'Operation not permitted' "$second"
done
both='import mmap; mmap.mmap(-1, 4096, prot=7)'
allows 'memory to write and execute' service "$both"
refuses 'memory to write and execute' go-dynamic 'Operation not permitted' "$both"

if has_abi 'scopes of signals and abstract sockets' 6; then
    name=outis-programs-$$
    chroot "$tree" python3 -c "import socket, time
s = socket.socket(socket.AF_UNIX); s.bind('\\0$name'); s.listen(); time.sleep(600)" &
    listener=$!
    at_exit "end $listener"
    until_true 600 grep -q "@$name" /proc/net/unix || true
    reach="import socket; socket.socket(socket.AF_UNIX).connect('\\0$name')"
    signal='import os; os.kill(os.getppid(), 0)'
    allows 'reaching an abstract socket' baseline "$reach"
    allows 'a signal to PID 1' baseline "$signal"
    for profile in service worker offline go-dynamic; do
        refuses 'reaching an abstract socket' "$profile" PermissionError "$reach"
        refuses 'a signal to PID 1' "$profile" PermissionError "$signal"
    done
fi

if has_abi 'TCP ports' 4; then
    take="import socket; socket.socket().bind(('127.0.0.1', $(free_port)))"
    allows 'taking a port' service "$take"
    refuses 'taking a port' worker 'Permission denied' "$take"
    allows 'taking any port' worker "import socket; socket.socket().bind(('127.0.0.1', 0))"

    # A socket that somebody else opened, for these profiles open none.
    cat > "$tree/tmp/test/passed.py" << END
import os, socket, sys
passed = socket.socket()
os.set_inheritable(passed.fileno(), True)
code = "import socket; socket.socket(fileno=%d).connect(('127.0.0.1', $port)); print('works')"
os.execv("/outis-init", ["outis-init", "--keep-fds", "-p", "/policies/" + sys.argv[1] + ".policy",
                         "--", "python3", "-c", code % passed.fileno()])
END
    passed() { chroot "$tree" python3 /tmp/test/passed.py "$1" 2>&1; }
    equal 'a passed TCP socket under baseline' works "$(passed baseline)"
    holds 'a passed TCP socket under offline' 'Permission denied' "$(passed offline)"
fi

# The example of profiles/README.md, for a server of our own port.
example_refuses() {
    equal 'the example: a page of another folder' 403 "$(curl -s -o "$work/elsewhere" \
        -w '%{http_code}' --max-time 60 "http://127.0.0.1:$port/elsewhere.html")"
}

if has_abi 'the example of profiles/README.md' 4; then
    port=$(free_port)
    awk '/^    description/ { on = 1 } on && /^[^ ]/ { exit } on { sub(/^    /, ""); print }' \
        "$root/profiles/README.md" | sed "s/8080/$port/" > "$work/example.toml"
    compiled example "$work/example.toml"
    at_exit "rm -rf '$tree/srv/index.html' '$tree/srv/elsewhere.html' '$tree/var/elsewhere.html'"
    for folder in srv var; do echo 'a page' > "$tree/$folder/elsewhere.html"; done
    ln -sf ../var/elsewhere.html "$tree/srv/elsewhere.html"
    echo 'a page' > "$tree/srv/index.html"
    nginx_configured /srv
    served_also=example_refuses
    # shellcheck disable=SC2086
    served nginx example page $nginx
    served_also=
    port=$(free_port)
    nginx_configured /srv
    # shellcheck disable=SC2086
    holds 'the example: another port' 'Permission denied' "$(under example $nginx 2>&1)"
    refuses 'a second program' example 'Operation not permitted' "$second"
fi
finish
