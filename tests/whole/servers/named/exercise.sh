# shellcheck shell=sh
# A record of the zone, and one that is added while the server runs, over UDP and TCP.
ask() {
    dig +short +time=2 +tries=1 @127.0.0.1 -p 5300 "$@"
}
[ "$(ask www.outis.test)" = 192.0.2.7 ]
printf 'server 127.0.0.1 5300\nupdate add new.outis.test 60 TXT added\nsend\n' | nsupdate
[ "$(ask +tcp new.outis.test TXT)" = '"added"' ]
