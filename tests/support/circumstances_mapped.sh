#!/bin/sh
# mapped COUNT COMMAND...: COMMAND as root of a new user namespace in which the ids below COUNT are
# themselves, as an engine makes it for a container. Needs root.
set -eu

count=$1
shift
go=$(mktemp -u)
mkfifo "$go"
trap 'rm -f "$go"' EXIT
# Its own exec loses what an unmapped user has; that of COMMAND, by a mapped root, gives it back.
# shellcheck disable=SC2016
unshare --user sh -c 'read -r _ < "$0"; exec "$@"' "$go" "$@" &
child=$!
while [ "$(readlink "/proc/$child/ns/user")" = "$(readlink /proc/self/ns/user)" ]; do :; done
echo "0 0 $count" > "/proc/$child/uid_map"
echo "0 0 $count" > "/proc/$child/gid_map"
echo go > "$go"
wait "$child"
