# shellcheck shell=sh
# A page of the program that was compiled at the start, then one of another that is compiled now.
[ "$(curl -sf http://127.0.0.1:6081/)" = first ]
varnishadm -n /srv/work vcl.load second /srv/second.vcl
varnishadm -n /srv/work vcl.use second
[ "$(curl -sf http://127.0.0.1:6081/)" = second ]
