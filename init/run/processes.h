// Who runs beside us, from /proc (proc(5)). Without /proc there is nobody to see.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

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

// One round through /proc.
class ProcessList {
public:
    ProcessList() noexcept;
    ~ProcessList();
    ProcessList(const ProcessList&) = delete;
    ProcessList& operator=(const ProcessList&) = delete;

    // The next pid, or 0 at the end.
    int next() noexcept;

private:
    int folder_;
    std::array<std::byte, 1024> entries_;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
};

// True if `ancestor` is on the way from `pid` to the top.
bool descends(int pid, int ancestor) noexcept;

template <typename Visit>
void for_each_descendant(int ancestor, Visit visit) noexcept
{
    ProcessList list;
    while (const int pid = list.next()) {
        if (pid != ancestor && descends(pid, ancestor))
            visit(pid);
    }
}

}  // namespace outis::init
