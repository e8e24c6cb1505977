# shellcheck shell=sh
# A page by FastCGI, with a regular expression, a loop that is compiled and a program that is run.
SCRIPT_FILENAME=/srv/page.php REQUEST_METHOD=GET cgi-fcgi -bind -connect 127.0.0.1:9000 |
    grep -qx 'bbb from a shell 599994'
