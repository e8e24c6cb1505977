# Sourced after whole.sh, with $tree set to the root that programs are taken from. A dynamic program
# at work in three places, as nobody each time: in the tree itself under strace, which tells what it
# really opens; and, once one command has made an image of it, in Docker and in runc. Arguments,
# files and exercise are the same.
#
# What lies in $work/srv/NAME is /srv/NAME everywhere, and /srv/data an empty folder of nobody's.

dynamic_start() {
    tree=$(realpath "$tree")
    docker_start
    engine=docker
    at_exit "rm -rf '$tree/srv/'*"
    mkdir "$work/srv" "$work/bundles"
}

# server NAME PROFILE BAKE_OPTIONS CHECK PROGRAM ARG...: until CHECK, a function, is true; then
# $server_also, if set; then TERM, and an exit code that says nothing went wrong. With $server_again
# it is started once more on what it left behind, and that function must come true.
server() {
    dynamic_begin "$@"
    check=$4
    shift 4
    for place in $places; do
        title="$name in $place"
        if served "$check" "$@" && [ -n "${server_again:-}" ]; then
            title="$title, again"
            served "$server_again" "$@" || true
        fi
    done
    dynamic_end
}

# tool NAME PROFILE BAKE_OPTIONS WANTED PROGRAM ARG...: it ends with $tool_status, or 0, and prints
# what is wanted.
tool() {
    dynamic_begin "$@"
    wanted=$4
    shift 4
    for place in $places; do
        status=0
        said=$(launch "$@" 2> "$work/tool.log") || status=$?
        equal "$name in $place" "${tool_status:-0}: $wanted" "$status: $said"
        [ "$status" = "${tool_status:-0}" ] || tail -n 5 "$work/tool.log"
    done
    dynamic_end
}

# Makes the image, with --trace "$trace" if that is set. Without an image the program works in the
# tree alone, and the test has failed.
dynamic_begin() { # NAME PROFILE BAKE_OPTIONS _ PROGRAM ARG...
    name=$1
    profile=$2
    options=$3
    shift 4
    rm -rf "${tree:?}/srv/"*
    mkdir -p "$work/srv/$name"
    cp -R "$work/srv/$name" "$tree/srv/"
    mkdir -m 700 "$tree/srv/data"
    chown 65534:65534 "$tree/srv/data"
    dynamic_program=$1
    shift
    bundle=$work/bundles/$name
    places=tree
    # shellcheck disable=SC2086
    succeeds "$name: bake" "$outis" bake --root "$tree" "$dynamic_program" --profile "$profile" \
        -t "outis-test/$name:1" -o "$work/$name.tar" -o "oci:$work/oci:$name" \
        --add "$work/srv/$name:/srv/$name" --dir /srv/data:0700:65534:65534 $options \
        ${trace:+--trace "$trace"} -- "$@" ||
        return 0
    succeeds "$name: verify" "$outis" verify --strict "$work/$name.tar"
    succeeds "$name: load" docker load --quiet --input "$work/$name.tar" || return 0
    succeeds "$name: unpack" bundle_made || return 0
    places='tree docker runc'
}

# A runtime bundle in the host's network, without a terminal; all else as the image says.
bundle_made() {
    umoci unpack --image "$work/oci:$name" "$bundle" &&
        sed -i -e 's|"terminal": true|"terminal": false|' \
            -e 's|"type": "network"|"type": "network", "path": "/proc/self/ns/net"|' \
            "$bundle/config.json"
}

# launch PROGRAM ARG...: the program at $place, in a process that `stop` can end. In the tree it has
# $tree_environment besides. Docker's own filter is off, so the one that is seen is ours.
launch() {
    case $place in
    tree)
        # shellcheck disable=SC2086
        exec env -i PATH=/usr/sbin:/usr/bin ${tree_environment:-} strace -f -qq -y \
            -e trace=open,openat,openat2,execve -e status=successful -o "$work/$name.trace" \
            chroot --userspec=65534:65534 --groups= "$tree" "$@" ;;
    docker)
        ! docker container inspect "$name" > /dev/null 2>&1 || exec docker start --attach "$name"
        exec docker run --name "$name" --network host --security-opt seccomp=unconfined \
            "outis-test/$name:1" ;;
    runc)
        exec runc --root "$work/runc" run --bundle "$bundle" --pid-file "$work/$name.pid" \
            "outis-$$-$name" ;;
    esac
}

served() { # CHECK PROGRAM ARG...
    served_check=$1
    shift
    launch "$@" > "$work/server.log" 2>&1 &
    started=$!
    at_exit "stop $started"
    served_status=0
    if until_true 600 "$served_check"; then
        ok "$title: works"
        [ "$place" = tree ] || equal "$title: is filtered, as nobody" '2 65534' "$(confined)"
        ${server_also:-true}
    else
        not_ok "$title: works" "$(tail -n 5 "$work/server.log") $(cat "$work/until_true.log")"
    fi
    stop "$started"
    wait "$started" || served_status=$?
    case $served_status in
    0 | 143) ok "$title: ends" ;;
    *) not_ok "$title: ends" "exit code $served_status: $(tail -n 5 "$work/server.log")" ;;
    esac
}

# Engines are asked, for a client may be told to end before it listens; strace keeps TERM to itself.
stop() { # PID
    ! gone "$1" || return 0
    case $place in
    tree) kill -TERM "$(cut -d ' ' -f 1 "/proc/$1/task/$1/children")" ;;
    docker) docker stop --time 15 "$name" ;;
    runc) runc --root "$work/runc" kill "outis-$$-$name" TERM ;;
    esac > "$work/stop.log" 2>&1 || true
    until_true 600 gone "$1" && return
    [ "$place" != runc ] || runc --root "$work/runc" delete --force "outis-$$-$name" || true
    end "$1"
}

# Seccomp mode (2: filtered) and uid of PID 1's child.
confined() {
    case $place in
    docker) first=$(container_state "$name" Pid) ;;
    runc)
        # runc writes it after the start, and a server may answer before.
        until_true 600 test -s "$work/$name.pid" || true
        first=$(cat "$work/$name.pid") ;;
    esac
    app=$(cut -d ' ' -f 1 "/proc/$first/task/$first/children")
    echo "$(status_field "$app" Seccomp) $(status_field "$app" Uid | cut -d ' ' -f 1)"
}

dynamic_end() {
    case $places in
    *docker*) docker rm --force "$name" > /dev/null 2>&1; closure_compared ;;
    esac
    rm -rf "$work/bundles/$name" "$work/oci" "$work/$name.tar"
}

# The regular files of the tree that the program opened, by their own names, and the program.
# /srv is ours, and the kernel's folders are the engine's.
opened() {
    {
        realpath "$tree$dynamic_program" | sed "s|^$tree||"
        awk -v tree="$tree" 'match($0, / = [0-9]+<\/.*>$/) {
            path = substr($0, RSTART, RLENGTH - 1)
            sub(/^[^<]*</, "", path)
            if (index(path, tree "/") == 1) print substr(path, length(tree) + 1)
        }' "$work/$name.trace"
    } | grep -vE '^/(srv|tmp|dev|proc|sys)/' | sort -u | only_in_tree
}

only_in_tree() {
    while read -r path; do
        [ ! -f "$tree$path" ] || echo "$path"
    done
}

# Whatever the program opened in the tree is in the image: the same bytes, but for what every image
# has of its own, /etc and zones. What the image has of the tree besides is told, but for PID 1,
# what we gave it and the loader, which the kernel maps.
closure_compared() {
    opened > "$work/opened"
    matches "$name: opens its libraries" '/libc\.so(\.6)?$|/ld-musl-' "$(cat "$work/opened")"
    missing=
    while read -r path; do
        case $path in
        # The engine's; one line about hosts of many addresses; the image has them in one file;
        # a list of converters, of which UTF-8 needs none.
        /etc/resolv.conf | /etc/host.conf | /usr/share/ca-certificates/* | */gconv-modules.cache) ;;
        /etc/* | /usr/share/zoneinfo/*) [ -e "$bundle/rootfs$path" ] || missing="$missing $path" ;;
        *) cmp -s "$tree$path" "$bundle/rootfs$path" || missing="$missing $path" ;;
        esac
    done < "$work/opened"
    equal "$name: the image misses nothing that it opens" '' "$missing"
    equal "$name: no path of this machine" '' \
        "$(grep -rlF -e "$tree" -e "$work" "$bundle/rootfs" "$work/oci" | xargs)"
    # shellcheck disable=SC2086
    given=$(printf '%s\n' from:/srv/ from:/outis-init $options |
        sed -n 's|^[^:]*:\(/[^:]*\)$|\1|p')
    (cd "$bundle/rootfs" && find . -path ./etc -prune -o -path ./usr/share/zoneinfo -prune -o \
        -type f ! -name 'ld-*.so.*' -print) | sed 's/^\.//' | sort |
        comm -23 - "$work/opened" | only_in_tree | grep -vF "$given" > "$work/surplus" || true
    echo "$name: opens $(wc -l < "$work/opened") files; $(wc -l < "$work/surplus") besides in the" \
        "image: $(head -n 40 "$work/surplus" | xargs)"
}
