#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands/commands.h"
#include "content/policy_choice.h"
#include "content/tool_data.h"
#include "outis/base/fd.h"
#include "outis/sandbox/arch.h"

namespace outis::images::commands {

namespace {

struct RunCommand {
    std::string profile = {};
    std::string user = {};  // instead of the policy's; empty: that
    bool verbose = false;
};

// PID 1 takes a policy that cannot be changed: a file of root's, or a sealed one.
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

// Comes back only if PID 1 of the images cannot be started, which then runs the program.
Result<int, Error> start(const RunCommand& options, Words program)
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
    words.insert(words.end(), program.begin(), program.end());
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv(init.c_str(), arguments.data());
    return unavailable("cannot start '" + init + "': " + std::strerror(errno) +
                       "; is Outis installed as a whole?");
}

}  // namespace

Command run_command()
{
    const auto run = std::make_shared<RunCommand>();
    return {
        .name = "run",
        .help = "run a program of this machine under a security profile",
        .options = {{"PROFILE", &run->profile, "",
                     "a shipped name, or a .toml, .json or .policy file"},
                    {"-u,--user", &run->user, "USER[:GROUP]",
                     "user that the program runs as; only root can change it", "the policy's user"},
                    {"-v,--verbose", &run->verbose, "",
                     "print what is applied, and how the program ends"}},
        .rest = "-- PROGRAM...",
        .run = [run](Words rest) { return start(*run, rest); },
    };
}

}  // namespace outis::images::commands
