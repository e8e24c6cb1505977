# shellcheck shell=sh
# A page to which a worker thread, a program and the thread pool contribute.
[ "$(curl -sf http://127.0.0.1:8000/)" = '500500 from a shell 4' ]
