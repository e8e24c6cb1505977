# shellcheck shell=sh
# A page by a class that was compiled at the start, with a program that is run.
[ "$(curl -sf http://127.0.0.1:8000/)" = 'from a shell' ]
