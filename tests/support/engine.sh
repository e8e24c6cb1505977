# Sourced after workspace.sh and install.sh. Private engines: their data, sockets and processes live
# in $work and end with the script, so a test never touches the engines of the machine.

# A Docker daemon of our own, with the words of $docker_options besides; from here on `docker` talks
# to it.
docker_start() {
    docker_directory=$work/docker
    mkdir -p "$docker_directory/config"
    echo '{}' > "$docker_directory/config/config.json"
    # shellcheck disable=SC2086
    as_root dockerd --data-root "$docker_directory/data" --exec-root "$docker_directory/exec" \
        --pidfile "$docker_directory/pid" --host "unix://$docker_directory/socket" \
        --group "$(id -gn)" --iptables=false --bridge=none \
        --exec-opt native.cgroupdriver=cgroupfs ${docker_options:-} > "$work/dockerd.log" 2>&1 &
    docker_started=$!
    at_exit docker_stop
    export DOCKER_HOST="unix://$docker_directory/socket"
    export DOCKER_CONFIG="$docker_directory/config"
    export DOCKER_BUILDKIT=0
    until_true 600 docker_settled || true
    docker version > /dev/null 2>&1 && return
    tail -n 20 "$work/dockerd.log" >&2
    echo "a private dockerd does not start here; its last lines are above" >&2
    return 3
}

docker_settled() {
    gone "$docker_started" || docker version
}

# Containers first: their shims outlive a daemon. Then the daemon, which ends its containerd.
docker_stop() {
    for docker_container in $(docker ps --all --quiet 2> /dev/null); do
        docker rm --force "$docker_container" > /dev/null 2>&1
    done
    for docker_pidfile in pid exec/containerd/containerd.pid; do
        docker_end "$(cat "$docker_directory/$docker_pidfile" 2> /dev/null)"
    done
    wait "$docker_started" 2> /dev/null
    release_mounts "$docker_directory"
    as_root rm -rf "$docker_directory"
}

docker_end() { # PID, or nothing
    [ -n "$1" ] || return 0
    as_root kill -TERM "$1" 2> /dev/null || return 0
    until_true 600 gone "$1" || as_root kill -KILL "$1"
}

release_mounts() { # DIRECTORY
    sed -n "s|^[^ ]* \($1/[^ ]*\) .*|\1|p" /proc/self/mounts | sort -r | while read -r mounted; do
        as_root umount -l "$mounted"
    done
}

# Podman with storage of its own. The flags are those that work without systemd and on any cgroups.
podman_private() {
    podman --root "$work/podman/root" --runroot "$work/podman/run" --tmpdir "$work/podman/tmp" \
        --storage-driver vfs --cgroup-manager cgroupfs --runtime runc "$@"
}

podman_start() {
    mkdir -p "$work/podman"
    at_exit podman_stop
}

podman_stop() {
    podman_private rm --all --force > /dev/null 2>&1
    release_mounts "$work/podman"
}

# What `podman run` needs on a machine that lacks CAP_SYS_RESOURCE.
podman_limits='--ulimit nofile=1024:1024 --ulimit nproc=1024:1024'

# runc_filter SECCOMP.json OUTPUT: the filter that runc loads for linux.seccomp of that file, with
# no_new_privs and no capabilities, read back from the kernel as struct sock_filter[]. Nothing runs
# under it. The messages of runc are in $work/runc/log.
runc_filter() {
    runc_bundle=$work/runc
    mkdir -p "$runc_bundle/root/proc"
    cp "$build/bin/outis-init" "$runc_bundle/root/program"
    cat > "$runc_bundle/config.json" <<TEXT
{"ociVersion": "1.0.2",
 "process": {"user": {"uid": 0, "gid": 0}, "args": ["/program"], "cwd": "/",
  "noNewPrivileges": true, "capabilities": {}},
 "root": {"path": "root", "readonly": true},
 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}],
  "seccomp": $(cat "$1")}}
TEXT
    runc_status=0
    timeout -s KILL 300 "$build/bin/loaded_filter" "$2" runc --root "$runc_bundle/state" \
        run --bundle "$runc_bundle" "outis-$$" > "$runc_bundle/log" 2>&1 || runc_status=$?
    runc --root "$runc_bundle/state" delete --force "outis-$$" > /dev/null 2>&1 || true
    return "$runc_status"
}
