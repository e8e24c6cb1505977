# Sourced after workspace.sh, report.sh and install.sh, with $root set. Other kernels, in QEMU and
# in software: a kernel of Debian for clouds, with an initramfs of ours.
#
#     kernel_ready ARCH [RELEASE] || …       ARCH: amd64, arm64; installs and fetches; 3 if it cannot
#     boot ARCH FOLDER COMMAND SECONDS       FOLDER becomes the root of the machine

kernel_folder=$root/build/kernels

# Packages of any architecture, unpacked and kept: the kernel and a static shell. They are those of the
# running release; RELEASE is the name of another one of Debian, whose lists only this function sees.
kernel_ready() { # ARCH [RELEASE]
    # shellcheck disable=SC2086
    install_packages $packages_qemu || return 3
    kernel_release=${2:-}
    kernel_place=$kernel_folder/$1${2:+-$2}
    [ -e "$kernel_place/ready" ] && return
    rm -rf "${kernel_place:?}"
    mkdir -p "$kernel_place/packages"
    [ -z "$kernel_release" ] || kernel_lists "$1" || return 3
    kernel_image=$(kernel_apt "$1" apt-cache depends "linux-image-cloud-$1:$1" |
        sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$kernel_image" ] || { echo "no kernel package for '$1'" >&2; return 3; }
    (
        cd "$kernel_place/packages"
        kernel_apt "$1" apt-get download -q "${kernel_image%:*}:$1" "busybox-static:$1" \
            > "$work/download" 2>&1
    ) || { cat "$work/download" >&2; return 3; }
    for kernel_package in "$kernel_place"/packages/*.deb; do
        dpkg -x "$kernel_package" "$kernel_place/unpacked" || return 3
    done
    cp "$kernel_place"/unpacked/boot/vmlinuz-* "$kernel_place/kernel" || return 3
    cp "$kernel_place/unpacked/bin/busybox" "$kernel_place/busybox" 2> /dev/null ||
        cp "$kernel_place/unpacked/usr/bin/busybox" "$kernel_place/busybox" || return 3
    rm -rf "$kernel_place/unpacked" "$kernel_place/packages" "$kernel_place/apt"
    : > "$kernel_place/ready"
}

# What $kernel_release has, from the mirror that apt uses here.
kernel_lists() { # ARCH
    kernel_here=$(. /etc/os-release && echo "$VERSION_CODENAME")
    kernel_mirror=$(apt-get indextargets --no-release-info --format '$(RELEASE) $(REPO_URI)' \
        'Created-By: Packages' 2> /dev/null |
        awk -v release="$kernel_here" '$1 == release { print $2; exit }')
    mkdir -p "$kernel_place/apt/lists/partial" "$kernel_place/apt/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "${kernel_mirror:-http://deb.debian.org/debian} $kernel_release main" \
        > "$kernel_place/apt/sources.list"
    kernel_apt "$1" apt-get update -q --error-on=any > "$work/update" 2>&1 && return
    grep -m 1 '^E:' "$work/update" >&2 || echo "no list of packages of '$kernel_release'" >&2
    return 3
}

kernel_apt() { # ARCH COMMAND...: with the lists of $kernel_release, if there is one
    kernel_arch=$1
    kernel_command=$2
    shift 2
    if [ -n "$kernel_release" ]; then
        set -- -o "Dir::Etc::SourceList=$kernel_place/apt/sources.list" \
            -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$kernel_place/apt/lists" \
            -o "Dir::Cache=$kernel_place/apt/cache" -o "APT::Architectures=$kernel_arch" "$@"
    fi
    "$kernel_command" "$@"
}

# What the machine starts: mounts, then outis-init as its PID 1.
kernel_stub() {
    cat << STUB
#!/bin/sh
export PATH=/bin
busybox mount -t proc proc /proc
$boot_before
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs devtmpfs /dev
busybox mkdir -p /dev/pts
busybox mount -t devpts devpts /dev/pts
busybox ln -s /proc/self/fd /dev/fd
busybox ln -s /proc/self/fd/1 /dev/stdout
busybox ip link set lo up
exec /outis-init --halt $boot_options -- $boot_program
STUB
}

# boot ARCH FOLDER COMMAND SECONDS: FOLDER holds outis-init and what COMMAND needs, a line of shell.
# A stub /init mounts proc, sys and dev; then outis-init --halt is the machine's PID 1 and COMMAND its
# app. What the console says goes to stdout. Fails if the machine is still on when the time is over.
#
#     boot_options   of outis-init                     boot_append   for the kernel's command line
#     boot_program   instead of the shell              boot_before   a line of shell for /init
#     boot_release   as kernel_ready had it
boot_options='-p none'
boot_release=
boot_program='/bin/sh /command'
boot_append=
boot_before=
boot() {
    mkdir -p "$2/proc" "$2/sys" "$2/dev" "$2/bin" "$2/tmp"
    boot_place=$kernel_folder/$1${boot_release:+-$boot_release}
    cp "$boot_place/busybox" "$2/bin/busybox"
    ln -sf busybox "$2/bin/sh"
    printf '%s\n' "$3" > "$2/command"
    kernel_stub > "$2/init"
    chmod 755 "$2/init"
    (cd "$2" && find . | cpio --quiet -o -H newc) | gzip -1 > "$work/initramfs"
    boot_kernel=$boot_place/kernel
    boot_seconds=$4
    case $1 in
    amd64) set -- qemu-system-x86_64 ttyS0 ;;
    arm64) set -- qemu-system-aarch64 ttyAMA0 -M virt -cpu max,pauth-impdef=on ;;
    esac
    boot_qemu=$1
    boot_console=$2
    shift 2
    boot_status=0
    timeout -s KILL "$boot_seconds" "$boot_qemu" "$@" -display none -monitor none -serial stdio \
        -nic none -m 768 -no-reboot -kernel "$boot_kernel" -initrd "$work/initramfs" \
        -append "console=$boot_console panic=-1 quiet $boot_append" \
        < /dev/null > "$work/console" 2>&1 || boot_status=$?
    tr -d '\r' < "$work/console"
    return "$boot_status"
}
