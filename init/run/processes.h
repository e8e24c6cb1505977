// Who runs beside us, from /proc (proc(5)). Without /proc there is nobody to see.
#pragma once

#include <optional>
#include <string_view>

#include "init/kernel/name_list.h"
#include "init/kernel/say.h"

namespace outis::init {

struct ProcessStat {
    std::string_view name;  // points into the text it was read from
    char state = '?';
    int parent = 0;
};

// "PID (NAME) STATE PPID …"; the name may hold anything, even ')'.
std::optional<ProcessStat> parse_stat(std::string_view text) noexcept;

// Appends " NAME (PID, STATE)" to `line`, or what of it is known.
void describe_process(int pid, Line& line) noexcept;

// The numbers among the names in a folder: processes in /proc, descriptors in /proc/PID/fd.
class NumberList {
public:
    explicit NumberList(const char* folder) noexcept : names_(folder) {}

    bool readable() const noexcept { return names_.readable(); }

    // The next number, or -1 at the end.
    int next() noexcept;

private:
    NameList names_;
};

// True if `ancestor` is on the way from `pid` to the top.
bool descends(int pid, int ancestor) noexcept;

template <typename Visit>
void for_each_descendant(int ancestor, Visit visit) noexcept
{
    NumberList list("/proc");
    for (int pid = list.next(); pid >= 0; pid = list.next()) {
        // Whom an engine brought into our namespace has no parent in it.
        if (pid != ancestor && (ancestor == 1 || descends(pid, ancestor)))
            visit(pid);
    }
}

// The first child that /proc lists, or 0.
int first_child(int parent) noexcept;

}  // namespace outis::init
