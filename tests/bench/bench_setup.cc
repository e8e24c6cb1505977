// What each part of a policy adds to a start: the same no-op child under policies that grow by one
// part, interleaved with the peers in one run.
//     bench_setup [RUNS]
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "contenders.h"
#include "init/behaviour/policies.h"
#include "outis/base/policy.h"
#include "start_times.h"

namespace outis::bench {
namespace {

using tests::Section;

Section filter_of_baseline()
{
    std::ifstream stream(OUTIS_BASELINE, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};
    const auto view = policy::read(std::as_bytes(std::span(text)));
    if (!view || !view.value().seccomp)
        throw std::runtime_error("cannot read '" OUTIS_BASELINE "'");
    std::vector<filter::Instruction> program;
    for (std::size_t i = 0; i < view.value().seccomp->count(); ++i)
        program.push_back(filter::load_instruction(view.value().seccomp->program, i));
    return {policy::Kind::seccomp, tests::seccomp_payload(program)};
}

struct Part {
    std::string name;
    Section section;
};

// What the child asks the kernel before its execve, in a loop of this process.
double read_back_microseconds()
{
    constexpr int kRounds = 2000;
    const std::uint64_t before = now_nanoseconds();
    for (int i = 0; i < kRounds; ++i) {
        uid_t uid[3];
        getresuid(&uid[0], &uid[1], &uid[2]);
        gid_t gid[3];
        getresgid(&gid[0], &gid[1], &gid[2]);
        [[maybe_unused]] const int read = getgroups(0, nullptr);
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        std::array<__user_cap_data_struct, 2> data{};
        syscall(SYS_capget, &header, data.data());
        for (unsigned long capability = 0; capability <= CAP_LAST_CAP; ++capability)
            prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
        prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    }
    return static_cast<double>(now_nanoseconds() - before) / 1000 / kRounds;
}

int run(int runs)
{
    const Children children;
    tests::Folder folder;
    const std::vector<tests::Section> walled = tests::walled_sections();
    const Part kParts[]{
        {"user and groups",
         {policy::Kind::ids, tests::ids_payload(tests::kNobodyId, tests::kNobodyId, {}, true)}},
        {"capabilities, securebits", tests::capabilities(0)},
        {"no_new_privs",
         {policy::Kind::process, tests::process_payload({.flags = policy::kNoNewPrivs})}},
        {"Landlock, one rule", walled.back()},
        {"the filter of baseline", filter_of_baseline()},
    };
    std::vector<Contender> all = contenders();
    std::vector<Section> sections;
    std::vector<std::string> names{"outis-init none"};
    for (const Part& part : kParts) {
        sections.push_back(part.section);
        // Sections lie in the order of their kinds.
        std::ranges::sort(sections, {}, &Section::kind);
        names.push_back("+ " + part.name);
        const std::string path =
            folder.write_policy(std::to_string(names.size()), tests::make_policy(sections));
        all.push_back({names.back(), {OUTIS_INIT, "-p", path, "--"}, true});
    }
    auto medians = start_times(all, {children.path("nothing")}, runs);
    std::printf("| start of a static no-op | median us | this part adds us | x tini-static |\n");
    std::printf("|---|---|---|---|\n");
    double before = medians["outis-init none"];
    for (const std::string& name : names) {
        std::printf("| %s | %.0f | %.0f | %.2f |\n", name.c_str(), medians[name],
                    medians[name] - before, medians[name] / medians["tini-static"]);
        before = medians[name];
    }
    std::printf("\n| with all of it | of |\n|---|---|\n");
    for (const char* peer : {"tini-static", "setpriv", "bwrap"})
        std::printf("| %.2f | %s |\n", before / medians[peer], peer);
    std::printf("\nThe calls of the read-back alone: %.1f us.\n", read_back_microseconds());
    return 0;
}

}  // namespace
}  // namespace outis::bench

int main(int argc, char** argv)
{
    return outis::bench::run(outis::bench::argument(argc, argv, 1, 1000));
}
