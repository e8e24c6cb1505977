# Sourced after workspace.sh, install.sh and engine.sh. A containerd of our own with its CRI plugin;
# `pod` speaks to it as a kubelet does.

# containerd_start PAUSE: ready when its socket answers. PAUSE is the image of sandboxes, which must
# be imported before the first pod.
containerd_start() {
    containerd_directory=$work/containerd
    mkdir -p "$containerd_directory"
    cat > "$containerd_directory/config.toml" <<TEXT
version = 2
root = "$containerd_directory/root"
state = "$containerd_directory/state"
disabled_plugins = ["io.containerd.internal.v1.opt"]

[grpc]
address = "$containerd_directory/socket"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "$1"
restrict_oom_score_adj = true
disable_apparmor = true
stream_server_address = "127.0.0.1"

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "$containerd_directory/cni"
conf_dir = "$containerd_directory/cni"
TEXT
    # The number of containerd itself, whatever starts it.
    as_root sh -c 'echo $$ > "$1/pid" && exec containerd --config "$1/config.toml"' sh \
        "$containerd_directory" > "$containerd_directory/log" 2>&1 &
    containerd_started=$!
    at_exit containerd_stop
    until_true 600 containerd_settled || true
    containerd_ctr version > /dev/null 2>&1 || {
        tail -n 20 "$containerd_directory/log" >&2
        echo "a private containerd does not start here; its last lines are above" >&2
        return 3
    }
    protoc --proto_path "$root/tests/support/cri" --python_out "$containerd_directory" \
        "$root/tests/support/cri/cri.proto"
}

containerd_settled() {
    gone "$containerd_started" || containerd_ctr version
}

containerd_ctr() {
    as_root ctr --address "$containerd_directory/socket" --namespace k8s.io "$@"
}

pod() { # COMMAND ARGUMENT...: see pod.py
    as_root env PYTHONPATH="$containerd_directory" PYTHONDONTWRITEBYTECODE=1 \
        GRPC_VERBOSITY=NONE /usr/bin/python3 "$root/tests/support/cri/pod.py" \
        "$containerd_directory/socket" "$@"
}

# Tasks first: their shims outlive the daemon.
containerd_stop() {
    for containerd_task in $(containerd_ctr tasks list --quiet 2> /dev/null); do
        containerd_ctr tasks delete --force "$containerd_task" > /dev/null 2>&1
    done
    docker_end "$(cat "$containerd_directory/pid")"
    wait "$containerd_started" 2> /dev/null
    release_mounts "$containerd_directory"
    as_root rm -rf "$containerd_directory"
}
