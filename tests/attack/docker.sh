# Sourced after suite.sh and engine.sh: the attacks in a plain container of Docker, without us, as
# its root and as nobody. Its default profile and capabilities are all there is.

# Leaves docker.rows and docker-nobody.rows in $work.
docker_answers() {
    docker_start || return
    mkdir "$work/tree"
    "$attack" tree "$work/tree" || return
    cp "$build/bin/outis-init" "$work/tree/outis-init"
    : > "$work/tree/policy"
    tar -C "$work/tree" --xattrs --xattrs-include='*' --numeric-owner -c . |
        docker import - outis-test/attack > "$work/import.log" || return
    docker_attack docker
    docker_attack docker-nobody --user 65534:65534
}

docker_attack() { # COLUMN RUN OPTION...
    docker_column=$1
    shift
    timeout -s KILL 600 docker run --rm --network none --tmpfs /noexec:noexec,mode=777 \
        --env LD_PRELOAD=/none.so "$@" outis-test/attack /attack inside \
        > "$work/$docker_column.rows" 2> "$work/docker.log" ||
        { cat "$work/docker.log" >&2; return 1; }
    echo 'end 0' >> "$work/$docker_column.rows"
}
