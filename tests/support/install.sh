# Sourced. Installs what is missing from the distribution (Debian 12); says nothing when nothing is.

packages_build='g++ cmake dpkg-dev ninja-build musl-tools musl-dev pkg-config file git doctest-dev
    libseccomp-dev libcap-dev libcap-ng-dev libboost1.81-dev libboost-json1.81-dev
    libboost-url1.81-dev libssl-dev libtomlplusplus-dev libcli11-dev libdeflate-dev libzstd-dev
    zlib1g-dev libbenchmark-dev ca-certificates tzdata'
packages_cross='g++-aarch64-linux-gnu musl-dev:arm64 qemu-user'
packages_sample='golang-go openssl curl strace'
packages_lint='clang-tidy clang-format libclang-rt-14-dev clang shellcheck'
packages_docker='docker.io'
packages_readers='podman skopeo umoci oci-image-tool libarchive-tools busybox-static
    docker-registry nginx-light tinyproxy-bin'
packages_package='lintian'
# A containerd's CRI client; containerd itself comes with docker.io.
packages_cri='python3-grpcio python3-protobuf protobuf-compiler python3-yaml'
packages_qemu='qemu-system-x86 qemu-system-arm cpio'
packages_tree='debootstrap'
# Inside the tree that debootstrap makes.
packages_programs='nginx-light redis-server etcd-server etcd-client caddy haproxy curl sqlite3
    lua5.1 lua-cjson liblua5.1-0-dev python3-minimal libpython3-stdlib ca-certificates'
# Inside the tree of tests/whole/servers.sh.
packages_servers='bind9 bind9-dnsutils gunicorn python3-gevent php8.2-fpm libfcgi-bin
    rabbitmq-server python3-pika apache2 varnish postgresql-15 mariadb-server nodejs
    openjdk-17-jre-headless curl ruby perl php8.2-cli imagemagick unbound openssh-server'

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo > /dev/null; then
        sudo "$@"
    else
        echo "cannot run '$1': neither root nor sudo; become root, or install sudo" >&2
        return 3
    fi
}

installed() { # PACKAGE, for this machine's architecture unless it names one
    case $1 in
    *:*) install_architecture=${1#*:} ;;
    *) install_architecture=$(dpkg --print-architecture) ;;
    esac
    dpkg-query -W -f '${Architecture} ${db:Status-Status}\n' "$1" 2> /dev/null |
        grep -Eqx "($install_architecture|all) installed"
}

apt_install() { # PACKAGE...
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" \
        > "$install_log" 2>&1
}

apt_update() {
    as_root apt-get update -q > "$install_log" 2>&1 && return
    install_reason=$(grep -m 1 '^E:' "$install_log" || echo 'no reason given')
    echo "warning: 'apt-get update' failed: $install_reason" >&2
}

# install_packages PACKAGE...: all at once; if that fails, one by one, so that the culprit is named.
install_packages() {
    install_missing=
    for install_package in "$@"; do
        installed "$install_package" || install_missing="$install_missing $install_package"
    done
    [ -n "$install_missing" ] || return 0
    echo "installing:$install_missing"
    as_root true || return 3
    install_log=$(mktemp)
    apt_update
    # shellcheck disable=SC2086
    if ! apt_install $install_missing; then
        for install_package in $install_missing; do
            apt_install "$install_package" && continue
            cat "$install_log" >&2
            echo "cannot install '$install_package'; install it by hand" >&2
            rm -f "$install_log"
            return 3
        done
    fi
    rm -f "$install_log"
}

# PID 1 for the other architecture, and its programs at work; its compiler is in the distribution of
# amd64 machines alone.
install_cross() {
    [ "$(dpkg --print-architecture)" = amd64 ] || return 0
    if ! dpkg --print-foreign-architectures | grep -qx arm64; then
        as_root dpkg --add-architecture arm64 || return 3
    fi
    # shellcheck disable=SC2086
    install_packages $packages_cross
}

# Engines without the services that their packages would start: ours are private.
install_engines() { # PACKAGE...
    install_guard=/usr/sbin/policy-rc.d
    if [ -e "$install_guard" ]; then
        install_packages "$@"
        return
    fi
    install_needed=no
    for install_package in "$@"; do
        installed "$install_package" || install_needed=yes
    done
    [ "$install_needed" = yes ] || return 0
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$install_guard" > /dev/null
    as_root chmod 755 "$install_guard"
    install_status=0
    install_packages "$@" || install_status=$?
    as_root rm -f "$install_guard"
    return "$install_status"
}
