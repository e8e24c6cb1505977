# Which include directives break the directions of the house. Input: the rooms that have an order,
# from the lowest, each `= PART/ROOM`; the list of all files, each `- PATH`; then directives as
# `PATH:LINE:#include …`, paths from the root. With -v want=
#     violations   one line a directive that is not allowed
#     pairs        the rooms of which the first includes the second
#     levels       the rooms of the longest way down, without a circle; the first is the highest
# A header of include/outis/images or include/outis/sandbox belongs to the room that defines its
# functions: the one of its name, else the lowest with a source of its name, which includes it first.
# Any other belongs to the lowest room that uses it.

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
    if (path ~ /^include\/outis\/(error|utf8)\.h$/) return "error"
    if (path ~ /^include\/outis\/(sandbox|images)\//) {
        split(path, piece, "/")
        return piece[3] "-api"
    }
    sub(/\/.*/, "", path)
    return path
}

# A folder of a part, or a file that lies beside the folders, without its ending.
function folder_of(path,    piece) {
    if (path ~ /^include\/outis\/base\//) return "include/base"
    split(path, piece, "/")
    sub(/\.[a-z]+$/, "", piece[2])
    return piece[1] "/" piece[2]
}

# The name of a file without folder and endings.
function stem(path) {
    sub(/.*\//, "", path)
    sub(/\..*/, "", path)
    return path
}

# The same, with public headers in the rooms of their functions.
function room(path,    own) {
    if (part(path) == "error") return "include/error"
    if (part(path) !~ /-api$/) return folder_of(path)
    own = part(path)
    sub(/-api$/, "/" stem(path), own)
    if (own in height) return own
    if (path in home) return home[path]
    return path in lowest ? lowest[path] : path
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
    if (want == "violations") print place ": " why
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
    if (other == own "-api") {
        if (!(from in begun) && from ~ /\.cc$/ && stem(from) == stem(target) &&
            (!(target in home) || height[folder_of(from)] < height[home[target]]))
            home[target] = folder_of(from)
        if (!(target in lowest) || height[folder_of(from)] < height[lowest[target]])
            lowest[target] = folder_of(from)
    }
    begun[from]
    count++
    includer[count] = from
    included[count] = target
    where[count] = place
}

# What needs the rooms of public headers, which are known at the end.
function check_rooms(    i, upper, lower) {
    for (i = 1; i <= count; i++) {
        upper = room(includer[i])
        lower = room(included[i])
        if (upper == lower) continue
        place = where[i]
        if (upper in height && lower in height && part(upper) == part(lower) &&
            height[lower] > height[upper])
            violation(upper " must not include " lower ", which stands above it ('" included[i] "')")
        if (want == "pairs") print upper, lower
        if (!((upper, lower) in below)) {
            below[upper, lower]
            lowers[upper] = lowers[upper] " " lower
        }
    }
}

# The rooms on the longest way down from `from`.
function depth(from,    list, size, i, got) {
    if (from in deepest) return deepest[from]
    deepest[from] = 1
    size = split(lowers[from], list, " ")
    for (i = 1; i <= size; i++) {
        got = depth(list[i]) + 1
        if (got > deepest[from]) {
            deepest[from] = got
            through[from] = list[i]
        }
    }
    return deepest[from]
}

function print_levels(    from, top) {
    top = ""
    for (from in lowers)
        if (top == "" || depth(from) > depth(top) || (depth(from) == depth(top) && from < top))
            top = from
    for (; top != "" && !(top in shown); top = through[top]) {
        print top
        shown[top]
    }
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

/^= / {
    height[$2] = ++heights
    next
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

END {
    check_rooms()
    if (want == "levels") print_levels()
}
