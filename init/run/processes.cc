#include "init/run/processes.h"

#include <cstddef>

#include <fcntl.h>

#include "init/kernel/sys.h"
#include "init/kernel/text.h"
#include "outis/base/fd.h"

namespace outis::init {
namespace {

constexpr int kDeepest = 4096;  // generations; a longer chain changes while we read it

class StatText {
public:
    explicit StatText(int pid) noexcept
    {
        Line path;
        path.add("/proc/").add(std::int64_t{pid}).add("/stat\0");
        const long fd = sys::open(path.text().data(), O_RDONLY);
        if (fd < 0)
            return;
        const Fd file(static_cast<int>(fd));
        const long got = sys::read(file.get(), std::as_writable_bytes(std::span(text_)));
        length_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    }

    std::optional<ProcessStat> parsed() const noexcept { return parse_stat({text_, length_}); }

private:
    char text_[256];
    std::size_t length_ = 0;
};

}  // namespace

std::optional<ProcessStat> parse_stat(std::string_view text) noexcept
{
    const Split start = split(text, '(');
    if (!start.found)
        return std::nullopt;
    std::size_t close = start.after.size();
    while (close > 0 && start.after[close - 1] != ')')
        --close;
    if (close == 0)
        return std::nullopt;
    ProcessStat stat{.name = {start.after.data(), close - 1}};
    std::string_view rest = start.after;
    rest.remove_prefix(close);
    if (rest.size() < 4 || rest[0] != ' ' || rest[2] != ' ')
        return std::nullopt;
    stat.state = rest[1];
    rest.remove_prefix(3);
    const auto parent = parse_number(split(rest, ' ').before, 0x7FFFFFFF);
    if (!parent)
        return std::nullopt;
    stat.parent = static_cast<int>(*parent);
    return stat;
}

void describe_process(int pid, Line& line) noexcept
{
    const StatText text(pid);
    line.add(" ");
    if (const auto stat = text.parsed()) {
        line.add(stat->name).add(" (").add(std::int64_t{pid}).add(", state ");
        line.add(std::string_view(&stat->state, 1)).add(")");
    } else {
        line.add(std::int64_t{pid});
    }
}

int NumberList::next() noexcept
{
    while (const char* name = names_.next()) {
        if (const auto number = parse_number(name, 0x7FFFFFFF))
            return static_cast<int>(*number);
    }
    return -1;
}

bool descends(int pid, int ancestor) noexcept
{
    for (int generation = 0; generation < kDeepest && pid > 1; ++generation) {
        const StatText text(pid);
        const auto stat = text.parsed();
        if (!stat)
            return false;
        if (stat->parent == ancestor)
            return true;
        pid = stat->parent;
    }
    return false;
}

int first_child(int parent) noexcept
{
    NumberList list("/proc");
    for (int pid = list.next(); pid >= 0; pid = list.next()) {
        const StatText text(pid);
        if (const auto stat = text.parsed(); stat && stat->parent == parent)
            return pid;
    }
    return 0;
}

}  // namespace outis::init
