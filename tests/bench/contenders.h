// The programs that are measured against each other, and how each starts a child.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace outis::bench {

struct Contender {
    std::string name;
    std::vector<std::string> prefix;  // the child's command follows; empty: the child alone
    bool init = true;                 // forwards signals and reaps; false: only replaces itself
};

// Those of the machine, direct first; says on stderr which are not installed.
std::vector<Contender> contenders();

// Children of tests/bench, copied to where every user may execute them; removed at the end.
class Children {
public:
    Children();
    ~Children();
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;

    std::string path(const std::string& name) const { return folder_ + "/" + name; }

private:
    std::string folder_;
};

struct Spawn {
    int output = -1;  // the child's stdout; -1 for ours
};

// posix_spawn(3); ends the program with a message where that fails.
pid_t start(const Contender& contender, const std::vector<std::string>& child, Spawn spawn = {});
// As PID 1 of a new namespace, which needs root; `before_exec` runs in the new process.
pid_t start_first(const Contender& contender, const std::vector<std::string>& child,
                  const std::function<void()>& before_exec);
int wait_for(pid_t pid);  // its status
void end(pid_t pid);      // KILL, and its orphans, which come to us

std::uint64_t now_nanoseconds();

double median(std::vector<double> values);
double quantile(std::vector<double> values, double part);

// The argument at `index` as a number, or `otherwise`; ends the program if it is none.
int argument(int argc, char** argv, int index, int otherwise);

std::string proc_text(pid_t pid, const std::string& file);
// The number behind "NAME:" in a file of /proc/PID; -1 if there is none.
long proc_number(pid_t pid, const std::string& file, const std::string& name);

}  // namespace outis::bench
