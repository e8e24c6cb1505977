#include "sandbox/import/resolve.h"

#include <algorithm>

#include "outis/sandbox/suggest.h"
#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox::imports {
namespace {

bool names_arch(const ForeignFilter& filter, policy::Arch arch)
{
    return std::ranges::find(filter.arches, arch_name(arch)) != filter.arches.end();
}

// Why the rule is not for this machine and these capabilities; empty if it is.
std::string_view objection(const ForeignRule& rule, const ImportOptions& options)
{
    const std::uint64_t held = options.capabilities.value_or(0);
    const ForeignFilter& includes = rule.includes;
    const ForeignFilter& excludes = rule.excludes;
    if (names_arch(excludes, options.arch))
        return "left out: it is not for this architecture";
    if ((excludes.capabilities & held) != 0)
        return "left out: it is for containers that lack a capability which is given";
    if (excludes.minimum && options.kernel >= *excludes.minimum)
        return "left out: it is for older kernels";
    if (!includes.arches.empty() && !names_arch(includes, options.arch))
        return "left out: it is for other architectures";
    if ((includes.capabilities & ~held) != 0)
        return "left out: it needs a capability that is not given";
    if (includes.minimum && options.kernel < *includes.minimum)
        return "left out: it is for newer kernels";
    return {};
}

// Docker and Podman look for the row of the host; a native ABI is always accepted.
std::vector<ForeignAbi> abis_for(const Foreign& foreign, policy::Arch arch)
{
    for (const ForeignMachine& machine : foreign.machines) {
        if (machine.native.abi == native_abi(arch))
            return machine.others;
    }
    return foreign.abis;
}

std::vector<Abi> accepted_abis(const Foreign& foreign, policy::Arch arch, Notes& notes)
{
    std::vector<Abi> accepted;
    for (const ForeignAbi& named : abis_for(foreign, arch)) {
        if (!named.abi || !runs_on(*named.abi, arch))
            notes.add(
                Change::foreign_abi, named.place,
                "left out: kernels of " + std::string(arch_name(arch)) + " do not run this ABI");
        else if (*named.abi != native_abi(arch))
            accepted.push_back(*named.abi);
    }
    std::ranges::sort(accepted);
    accepted.erase(std::unique(accepted.begin(), accepted.end()), accepted.end());
    return accepted;
}

}  // namespace

Flat resolve(const Foreign& foreign, const ImportOptions& options, Notes& notes)
{
    Flat flat{
        .otherwise = foreign.otherwise,
        .otherwise_place = foreign.otherwise_place,
        .accepted = accepted_abis(foreign, options.arch, notes),
        .allow_speculation = foreign.allow_speculation,
        .log = foreign.log,
        .rules = {},
    };
    for (const ForeignRule& rule : foreign.rules) {
        if (const std::string_view why = objection(rule, options); !why.empty()) {
            notes.add(Change::condition, rule.place, std::string(why));
            continue;
        }
        for (const ForeignName& name : rule.names) {
            if (kernel::find_syscall(name.text) != nullptr)
                flat.rules.push_back({name.text, rule.action, rule.tests, name.place});
            else
                notes.add(Change::unknown_call, name.place,
                          "left out: Linux has no system call " + in_quotes(name.text) +
                              " on our architectures");
        }
    }
    return flat;
}

}  // namespace outis::sandbox::imports
