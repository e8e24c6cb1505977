#include "commands/run.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "content/policy_choice.h"
#include "content/tool_data.h"
#include "host/interrupt.h"
#include "host/report.h"
#include "outis/base/fd.h"
#include "outis/sandbox/arch.h"

namespace outis::images::commands {

namespace {

// PID 1 takes a policy that nobody can change: a file of root's, or one that is sealed.
Result<Fd, Error> sealed(const std::string& policy)
{
    constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    Fd fd(memfd_create("outis-policy", MFD_ALLOW_SEALING));
    if (!fd.open() ||
        write(fd.get(), policy.data(), policy.size()) != static_cast<ssize_t>(policy.size()) ||
        fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0)
        return unavailable(std::string("cannot hand the policy over: ") + std::strerror(errno));
    return fd;
}

Result<int, Error> start(const RunOptions& options)
{
    const content::ToolData data = OUTIS_TRY(content::find_tool_data());
    const policy::Arch arch = sandbox::host_arch();
    const content::ChosenPolicy policy =
        OUTIS_TRY(content::choose_policy(data, options.profile, arch, content::Accounts{}));
    Fd fd = OUTIS_TRY(sealed(policy.bytes));
    const std::string init = data.init(arch).string();
    std::vector<std::string> words{init, "-p", "/proc/self/fd/" + std::to_string(fd.get())};
    if (!options.user.empty())
        words.insert(words.end(), {"-u", options.user});
    if (options.verbose)
        words.emplace_back("-v");
    words.emplace_back("--");
    words.insert(words.end(), options.program.begin(), options.program.end());
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    host::release_interrupts();  // the program gets the mask that we got
    execv(init.c_str(), arguments.data());
    return unavailable("cannot start '" + init + "': " + std::strerror(errno) +
                       "; is Outis installed as a whole?");
}

}  // namespace

int run(const RunOptions& options)
{
    const auto started = start(options);
    return host::report(started.error());
}

}  // namespace outis::images::commands
