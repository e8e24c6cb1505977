# Sourced after whole.sh. The list of packages inside an image, as dpkg's own tools read it.

listed_form='${Package} ${Version} ${Architecture} ${source:Package} ${db:Status-Status} ${Depends}\n'

# listed_agrees TITLE ROOTFS ROOT: dpkg-query says of the packages in the image what it says of those
# of ROOT, and md5sum agrees with every line. Sets $listed, their names with blanks between.
listed_agrees() {
    listed_admin=$work/listed.admin
    rm -rf "$listed_admin"
    mkdir -p "$listed_admin/updates" "$listed_admin/info"
    : > "$work/listed.sums"
    for listed_file in "$2"/var/lib/dpkg/status.d/*; do
        case $listed_file in
        *.md5sums) cat "$listed_file" >> "$work/listed.sums" ;;
        *) cat "$listed_file" && echo ;;
        esac
    done > "$listed_admin/status"
    listed_said=$(dpkg-query --admindir "$listed_admin" --show --showformat "$listed_form" 2>&1 | sort)
    listed=$(echo "$listed_said" | cut -d ' ' -f 1 | tr '\n' ' ')
    # A package may be installed for other architectures too.
    # shellcheck disable=SC2086
    equal "$1: dpkg-query reads what the root has" "$listed_said" \
        "$(dpkg-query --admindir "$3/var/lib/dpkg" --show --showformat "$listed_form" $listed 2>&1 |
            grep -E "^[^ ]+ [^ ]+ (all|$(dpkg --print-architecture)) " | sort)"
    succeeds "$1: md5sum agrees with every line" env -C "$2" \
        md5sum --check --strict --quiet "$work/listed.sums" || true
}
