# shellcheck shell=sh
# A page by each of the two workers.
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    set -- "$@" http://127.0.0.1:8000/
done
[ "$(curl -sf --parallel --max-time 10 "$@" | grep '^worker' | sort -u | wc -l)" = 2 ]
