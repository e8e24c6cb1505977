# shellcheck shell=sh
# A page, compressed on its way, and a script with a body.
[ "$(curl -sf --compressed http://127.0.0.1:8080/page.html)" = 'a page' ]
[ "$(curl -sf --data body 'http://127.0.0.1:8080/cgi/script.cgi?query')" = 'POST query body' ]
