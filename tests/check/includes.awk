# Which include directives break the directions of the house. Input: the list of all files, each
# `- PATH`, then directives as `PATH:LINE:#include …`, paths from the root. Prints one line a
# violation; with -v rooms=1 instead the pairs of rooms of which the first includes the second.

BEGIN {
    # Part, and what it may include besides itself.
    may["base"] = ""
    may["error"] = "base"
    may["sandbox-api"] = "base error"
    may["images-api"] = "base error sandbox-api"
    may["init"] = "base"
    may["sandbox"] = "base error sandbox-api"
    may["images"] = "base error sandbox-api images-api"

    # What exists without heap, exceptions and libstdc++ at link: PID 1, and what it shares. Of the
    # headers of libc it takes types and constants; a function with a heap shows in the link map.
    words("algorithm array bit cerrno charconv concepts cstddef cstdint cstring limits optional " \
        "span string_view tuple type_traits utility variant", freestanding)
    words("dirent.h elf.h errno.h fcntl.h limits.h netinet/in.h poll.h sched.h signal.h time.h " \
        "unistd.h", freestanding)
    kernel = "^(sys|linux|asm)/[a-z0-9_-]+[.]h$"

    # Costly to compile: one file each.
    once["toml++/"] = once["CLI/"] = once["boost/beast"] = ""
}

function words(text, set,    list, count, i) {
    count = split(text, list, " ")
    for (i = 1; i <= count; i++) set[list[i]]
}

function part(path) {
    if (path ~ /^include\/outis\/base\//) return "base"
    if (path ~ /^include\/outis\/error\.h$/) return "error"
    if (path ~ /^include\/outis\/(sandbox|images)\//) {
        split(path, piece, "/")
        return piece[3] "-api"
    }
    sub(/\/.*/, "", path)
    return path
}

# A folder of a part, or a file that lies beside the folders, without its ending.
function room(path,    piece) {
    split(path, piece, "/")
    sub(/\.[a-z]+$/, "", piece[2])
    return piece[1] "/" piece[2]
}

function resolve(from, name,    folder, own) {
    folder = from
    sub(/[^\/]*$/, "", folder)
    own = from
    sub(/\/.*/, "/", own)
    if ((folder name) in exists) return folder name
    if (("include/" name) in exists) return "include/" name
    if ((own name) in exists) return own name
    if (name in exists) return name
    return ""
}

function violation(why) {
    if (!rooms) print place ": " why
}

function check_own(from, name,    target, own, other) {
    if (index(name, "../")) {
        violation("\"" name "\" must not climb; name the file from its part or the root")
        return
    }
    target = resolve(from, name)
    if (target == "") {
        violation("\"" name "\" names no file of ours")
        return
    }
    own = part(from)
    other = part(target)
    if (own != other && index(" " may[own] " ", " " other " ") == 0)
        violation(own " must not include " other " ('" target "')")
    if (rooms && own == other && own !~ /base|api/ && room(from) != room(target))
        print room(from), room(target)
}

function check_foreign(from, name,    own, costly) {
    own = part(from)
    if (own ~ /^(base|init)$/ && !(name in freestanding) && name !~ kernel)
        violation(own " must not include <" name ">: it is no freestanding header")
    if (name ~ /^(outis|init|sandbox|images)\//)
        violation("our own '" name "' belongs in quotes")
    for (costly in once) {
        if (index(name, costly) != 1) continue
        if (once[costly] != "" && once[costly] != from)
            violation("<" costly "…> is included by '" once[costly] "', and one file is enough")
        once[costly] = from
    }
}

/^- / {
    exists[substr($0, 3)]
    next
}

{
    split($0, field, ":")
    place = field[1] ":" field[2]
    name = $0
    sub(/^[^"<]*["<]/, "", name)
    sub(/[">].*/, "", name)
    if ($0 ~ /include *"/) check_own(field[1], name)
    else if ($0 ~ /include *</) check_foreign(field[1], name)
    else violation("an include of neither \"…\" nor <…> cannot be checked")
}
