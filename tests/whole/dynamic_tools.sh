#!/bin/sh
# Debian's dynamic tools and interpreters, each baked by one command from a tree: sqlite3 creates
# and queries a table, curl fetches over verified TLS, Lua and Python compute with modules in C; in
# the tree itself, in Docker and in runc.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/dynamic.sh"

tree_ready
dynamic_start
tls_start

tool sqlite3 baseline '' '2|b' /usr/bin/sqlite3 /srv/data/new.db \
    "create table t (n integer primary key, s text); insert into t values (1, 'a'), (2, 'b');
     select * from t where s = 'b';"

lua=/usr/lib/x86_64-linux-gnu/lua/5.1/cjson.so
tool lua baseline "--library $lua" '[3,"text"]' /usr/bin/lua5.1 -e \
    'local cjson = require("cjson")
     local value = cjson.decode([[{"sum": [1, 2], "name": "text"}]])
     print(cjson.encode({value.sum[1] + value.sum[2], value.name}))'

# The image trusts our authority because a command said so; the tree is told by the environment.
mkdir "$work/srv/curl"
cp "$work/tls/ca.pem" "$work/srv/curl/"
fetch="/usr/bin/curl -s -o /srv/data/page -w %{http_code}:%{ssl_verify_result}"
tree_environment=CURL_CA_BUNDLE=/srv/curl/ca.pem
# shellcheck disable=SC2086
tool curl baseline "--ca-add $work/tls/ca.pem" 200:0 $fetch "https://127.0.0.1:$tls_port/"
tree_environment=
tool_status=60
# shellcheck disable=SC2086
tool curl-strict baseline '' 000:20 $fetch "https://127.0.0.1:$tls_port/"
tool_status=

# Every module in C that the standard library has, and then those that need most. Python changes to
# C.UTF-8 by itself; its modules 'readline' and 'curses' look for settings and terminals.
python=/usr/lib/python3.11
library="--add $tree$python:$python --add $tree/etc/python3.11:/etc/python3.11"
terminal="--add $tree/etc/inputrc:/etc/inputrc --add $tree/usr/lib/terminfo:/usr/lib/terminfo"
mkdir "$work/srv/python3.11"
cat > "$work/srv/python3.11/exercise.py" << 'END'
import ctypes, decimal, importlib, json, os, pathlib, pwd, socket, sqlite3, ssl, sys
import urllib.request, zoneinfo

folder = pathlib.Path(os.__file__).parent / "lib-dynload"
modules = [file.name.split(".")[0] for file in sorted(folder.glob("*.so"))]
for module in modules:
    importlib.import_module(module)
assert len(modules) > 40

table = sqlite3.connect("/srv/data/new.db")
table.execute("create table t (n)")
table.executemany("insert into t values (?)", [(1,), (2,)])
total = table.execute("select sum(n) from t").fetchone()[0]

assert ctypes.CDLL("libc.so.6").abs(-3) == 3
assert decimal.Decimal("0.1") * 3 == decimal.Decimal("0.3")
assert str(zoneinfo.ZoneInfo("Europe/Berlin")) == "Europe/Berlin"
assert pwd.getpwuid(os.getuid()).pw_name == "nobody"
page = urllib.request.urlopen(sys.argv[1], timeout=5)
print(json.dumps([total, page.status, os.getuid(), ssl.OPENSSL_VERSION.split()[0]]))
END
tree_environment=SSL_CERT_FILE=/srv/python3.11/ca.pem
cp "$work/tls/ca.pem" "$work/srv/python3.11/"
tool python3.11 baseline \
    "--ca-add $work/tls/ca.pem --locale C.UTF-8 $library $terminal" \
    '[3, 200, 65534, "OpenSSL"]' \
    /usr/bin/python3.11 /srv/python3.11/exercise.py "https://127.0.0.1:$tls_port/"
tree_environment=

# Names that only the image's files can answer.
tool python3.11-names service "--locale C.UTF-8 $library" '127.0.0.1 nobody' \
    /usr/bin/python3.11 -c \
    'import pwd, socket; print(socket.gethostbyname("localhost"), pwd.getpwuid(65534).pw_name)'

# The library is not listed: one run shows what is needed. Python would open its compiled modules
# and only ask whether their sources are there, without which it takes none; so it is told to read
# the sources.
code='import json, sqlite3; print(json.dumps(sqlite3.connect("").execute("select 1").fetchall()))'
sources='-B -X pycache_prefix=/srv/data'
trace="/usr/bin/python3.11 $sources -c '$code'"
# shellcheck disable=SC2086
tool python3.11-traced baseline '' '[[1]]' /usr/bin/python3.11 $sources -c "$code"
trace=
finish
