# Sourced after whole.sh and tree.sh, with $tree ready and our init in its root. Servers of the
# tree, each under our init in namespaces of its own, as an engine makes them. They start at the
# same time, because each of them waits for most of it. Then one after the other is asked to work,
# and all are ended together. A container is a folder of $work, which is its /srv, and files
# beside it.

containers=
container_user=65534

# container_begin TITLE NAME EXIT_CODE ENVIRONMENT COMMAND...: tests/whole/servers/NAME under
# $container_profile. $container_place: `first`, our init is PID 1; `second`, it is a child of it.
container_begin() {
    container=$work/$container_place-$container_profile-$2
    containers="$containers $container"
    cp -R "$root/tests/whole/servers/$2" "$container"
    mkdir "$container/home"
    chown -R "$container_user:$container_user" "$container"
    echo "$1" > "$container.title"
    echo "$3" > "$container.wanted"
    echo "$4" > "$container.environment"
    echo "$container_place" > "$container.place"
    shift 4
    at_exit "container_kill '$container'"
    {
        unshare --fork --pid --mount --net --ipc --uts --kill-child sh -euc "$container_enter" \
            "$container_place" "$tree" "$container" "$container_user" \
            /outis-init -p "$container_profile" -- "$@" < /dev/null &
        echo $! > "$container.pid"
        container_status=0
        wait $! || container_status=$?
        echo "$container_status" > "$container.status"
    } 2>&1 | cat > "$container.log" &
    echo $! > "$container.reader"
}

# What an engine does before it starts PID 1.
# shellcheck disable=SC2016
container_enter='
    tree=$1
    container=$2
    user=$3
    shift 3
    mount -t proc none "$tree/proc"
    mount --rbind /dev "$tree/dev"
    mount -t tmpfs -o mode=1777 none "$tree/dev/shm"
    mount -t tmpfs -o mode=1777 none "$tree/tmp"
    mount --bind "$container" "$tree/srv"
    chroot "$tree" ip link set lo up
    if [ -e "$container/prepare.sh" ]; then
        chroot --userspec="$user:$user" --groups= "$tree" sh -eu /srv/prepare.sh \
            > "$container.prepared" 2>&1
    fi
    set -- chroot "$tree" env -i PATH=/usr/sbin:/usr/bin $(cat "$container.environment") "$@"
    [ "$0" = second ] || exec "$@"
    "$@" &
    wait $!
'

# Asks, ends and judges all that were begun.
containers_end() {
    for container in $containers; do
        until_true 100 test -s "$container.pid" || true
        if until_true 600 container_settled && [ ! -e "$container.works" ]; then
            echo 'it ends too early' > "$container.fault"
        elif [ ! -e "$container.works" ]; then
            echo 'the exercise fails' > "$container.fault"
        fi
    done
    for container in $containers; do
        ! container_find || kill -TERM "$container_init" 2> /dev/null || true
    done
    for container in $containers; do
        container_judge
    done
    containers=
}

# It works, or is over.
container_settled() {
    if container_find; then
        container_works > "$container.said" 2>&1 && touch "$container.works"
    else
        container_over
    fi
}

container_over() {
    gone "$(cat "$container.pid")"
}

# Our init and its app, as this machine numbers them.
container_find() {
    container_init=$(child_of "$(cat "$container.pid")") || return
    [ "$(cat "$container.place")" = first ] ||
        container_init=$(child_of "$container_init") || return
    container_app=$(child_of "$container_init") || return
    [ "$(readlink "/proc/$container_init/exe")" = "$tree/outis-init" ]
}

child_of() { # PID
    child_first=$(cut -d ' ' -f 1 "/proc/$1/task/$1/children" 2> /dev/null) || return
    [ -n "$child_first" ] && echo "$child_first"
}

# Seccomp mode (2: filtered) and every uid of the app; then the exercise.
container_works() {
    container_uids="$container_user $container_user $container_user $container_user"
    container_is="$(status_field "$container_app" Seccomp) $(status_field "$container_app" Uid)"
    [ "$container_is" = "2 $container_uids" ] || {
        echo "its app has seccomp mode and uids '$container_is'"
        return 1
    }
    # shellcheck disable=SC2046
    timeout --kill-after 5 60 nsenter --target "$container_init" --mount --pid --net --ipc --uts \
        --root --wd --setuid "$container_user" --setgid "$container_user" \
        env -i PATH=/usr/sbin:/usr/bin $(cat "$container.environment") sh -eux /srv/exercise.sh
}

# One line a container.
container_judge() {
    if ! until_true 600 container_over; then
        echo 'TERM does not end it' >> "$container.fault"
        container_kill "$container"
    fi
    wait "$(cat "$container.reader")" || true
    container_wanted=$(cat "$container.wanted")
    container_status=$(cat "$container.status")
    [ "$container_status" = "$container_wanted" ] ||
        echo "exit code $container_status instead of $container_wanted" >> "$container.fault"
    if [ -e "$container.fault" ]; then
        not_ok "$(cat "$container.title")" "$(paste -s -d ";" "$container.fault")"
        tail -n 5 "$container.log" "$container.said" "$container.prepared" 2> /dev/null || true
    else
        ok "$(cat "$container.title")"
    fi
    rm -rf "$container"
}

# The namespaces end with their first process.
container_kill() { # CONTAINER
    container_first=$(child_of "$(cat "$1.pid" 2> /dev/null)") || return 0
    kill -KILL "$container_first" 2> /dev/null || true
}
