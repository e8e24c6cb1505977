#!/bin/sh
# What somebody sees who bakes: six lines at the end, what to type next, silence on request, JSON
# that a program reads, the merged options, versions, completion.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

cd "$work"
cp -R "$hello" app
"$outis" bake app -t team/hello:1 -o hello.tar > out 2> err || not_ok 'bake' "$(cat err)"
equal 'a summary of six lines' 6 "$(wc -l < out)"
equal 'nothing else where nobody watches' '' "$(cat err)"
matches 'summary: name, platform, profile, user' \
    '^team/hello:1  linux/(amd64|arm64), profile baseline, user 65534:65534$' "$(cat out)"
matches 'summary: what was written' '^  written  hello.tar$' "$(cat out)"
matches 'summary: sizes' '^  size     [0-9.]+ MB on disk, [0-9.]+ MB pulled$' "$(cat out)"
matches 'summary: digest' '^  digest   sha256:[0-9a-f]{64}$' "$(cat out)"
matches 'summary: next' '^  next     docker load -i hello.tar && docker run --rm team/hello:1$' \
    "$(cat out)"

equal '--quiet is silent' '' "$("$outis" bake app -q -o quiet.tar 2>&1)"
"$outis" bake app --json -t team/hello:1 -o json.tar > out
succeeds '--json is JSON' python3 -m json.tool out || true
for key in digest name outputs platforms profile pulled_size unpacked_size user; do
    holds "--json: $key" "\"$key\":" "$(cat out)"
done
equal 'a stream is the same image' "$(sha256sum < hello.tar)" \
    "$("$outis" bake app -t team/hello:1 -o - | sha256sum)"

# Notes are for everybody but the quiet, also where the image goes to standard output.
note='sets no_new_privs'
noted() {
    "$outis" bake app --cap app=cap_net_bind_service+ep "$@" > noted.out 2> noted.err
    cat noted.err
}
holds 'a note' "$note" "$(noted -o noted.tar)"
holds 'a note beside a stream' "$note" "$(noted -o -)"
equal '--quiet: no note' '' "$(noted -q -o noted.tar)"
equal '--quiet: no note beside a stream' '' "$(noted -q -o -)"

# At a terminal long steps are named.
if command -v script > /dev/null; then
    script -qec "'$outis' bake app -o watched.tar" /dev/null > out 2>&1 < /dev/null
    matches 'progress: compiling' "^compiling 'example.com/hello' for linux/" "$(tr -d '\r' < out)"
    matches 'progress: packing' '^packing the layers of linux/' "$(tr -d '\r' < out)"
else
    skip 'progress at a terminal' 'there is no script(1)'
fi

mkdir app/static
echo page > app/static/index.html
cat > app/outis.toml <<'TEXT'
tag = "from/file:1"
profile = "go"
port = [8080]
add = ["static:/srv/static"]
[label]
a = "file"
b = "file"
TEXT
"$outis" bake app --print-config -t from/flag:2 --label b=flag > out
matches 'print-config: flags win' '^tag = \["from/flag:2"\]$' "$(cat out)"
matches 'print-config: the file counts' '^profile = "go"$' "$(cat out)"
matches 'print-config: labels are merged' '^label = \["a=file", "b=file", "b=flag"\]$' "$(cat out)"
noted=$("$outis" bake app -o noted.tar 2>&1 > /dev/null)
holds 'outis.toml is announced' "note: options from 'app/outis.toml'" "$noted"
"$outis" bake app -q -o file.tar
holds 'outis.toml is heeded' '"8080/tcp"' "$(skopeo inspect --config oci-archive:file.tar)"
matches 'outis.toml: a path of its folder, which is named relatively' 'srv/static/index.html$' \
    "$("$outis" image ls file.tar srv/static)"
equal 'outis.toml names the image' '"from/file:1"' \
    "$(tar -xOf file.tar manifest.json | grep -o '"from/file:1"')"

"$outis" version --json > out
succeeds 'version --json is JSON' python3 -m json.tool out || true
for key in ca-certificates ca-certificates-count compiler gzip tzdata version zstd; do
    matches "version --json: $key" "\"$key\":(\"[^\"]+\"|[1-9][0-9]*)" "$(cat out)"
done
if openssl=$(dpkg-query --show --showformat '${source:Version}' libssl-dev 2> /dev/null); then
    holds 'version --json: the OpenSSL that is linked in' \
        "{\"name\":\"openssl\",\"purl\":\"pkg:deb/debian/openssl@" "$(cat out)"
    holds 'version --json: its version is the package'\''s' "\"version\":\"$openssl\"}" "$(cat out)"
else
    skip 'version --json: the OpenSSL that is linked in' 'dpkg does not know libssl-dev'
fi
equal 'version --json: the certificates that are there' \
    "$(grep -c 'BEGIN CERTIFICATE' "$build/share/outis/ca.pem")" \
    "$(grep -o '"ca-certificates-count":[0-9]*' out | cut -d : -f 2)"

# The machine's own roots are reported, each of them.
if [ -e /etc/ssl/certs/ca-certificates.crt ] && [ "$(id -u)" = 0 ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj '/CN=Site root' -keyout key.pem -out site.pem > log 2>&1
    cat /etc/ssl/certs/ca-certificates.crt site.pem > bundle.pem
    said=$(unshare -m sh -c "mount --bind bundle.pem /etc/ssl/certs/ca-certificates.crt &&
        '$outis' bake app --ca host -o host.tar" 2>&1) || true
    holds '--ca host names a root of this site' "this machine trusts 'CN=Site root'" "$said"
else
    skip '--ca host' 'only root can put a root beside those of this machine'
fi
"$outis" completion bash > completion
succeeds 'completion is a script' bash -n completion || true
finish
