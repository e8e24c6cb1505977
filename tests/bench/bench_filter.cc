// What the kernel takes to load the filter of `baseline`, beside libseccomp's filters for the same
// rules: seccomp(2) in a new child each time, all in one run, in another order each round. Then the
// same for Docker's default profile, if OUTIS_PROFILES_DATA names the folder that holds it.
//     bench_filter [ROUNDS]
//
// libseccomp has one verdict for all calls that no rule names. "as ours" takes ENOSYS for it, as
// we do with unknown calls, and a rule for each known call that is refused; "EPERM else" takes
// EPERM, which makes fewer rules, and answers that to unknown calls too. What the last column
// counts are questions that the filter answers in another way than ours.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "contenders.h"
#include "outis/base/filter.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/import.h"
#include "sandbox/runc_oracle.h"

namespace outis::bench {
namespace {

constexpr int kWarmUp = 20;

using Program = std::vector<std::byte>;

struct Filter {
    std::string name;
    Program program;
    int others = 0;             // questions answered in another way than by ours
    std::vector<double> times;  // microseconds
};

[[noreturn]] void give_up(const std::string& why)
{
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(3);
}

sandbox::Profile baseline()
{
    auto profile = sandbox::load_profile(OUTIS_PROFILES_DIR "/baseline.toml", {});
    if (!profile)
        give_up(sandbox::print(profile.error()));
    return profile.take();
}

// The conditions of `baseline`, as far as libseccomp can say them: one comparison of an argument a
// rule, of all 64 bits. What no row permits gets the verdict of unnamed calls.
struct Condition {
    std::string_view call;
    std::uint32_t verdict;
    scmp_arg_cmp test;
};

constexpr std::uint64_t kNamespaces = 0x7E020000;  // CLONE_NEWNS to CLONE_NEWNET
constexpr std::uint64_t kAllButTwoBits = ~3ULL;

const std::array kConditions = std::to_array<Condition>({
    {"clone", SCMP_ACT_ALLOW, SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaces, 0)},
    {"ioctl", SCMP_ACT_ALLOW, SCMP_A1(SCMP_CMP_LT, 0x5412)},
    {"ioctl", SCMP_ACT_ERRNO(EPERM), SCMP_A1(SCMP_CMP_EQ, 0x5412)},
    {"ioctl", SCMP_ACT_ALLOW, SCMP_A1(SCMP_CMP_EQ, 0x5413)},
    {"ioctl", SCMP_ACT_ALLOW, SCMP_A1(SCMP_CMP_MASKED_EQ, kAllButTwoBits, 0x5414)},
    {"ioctl", SCMP_ACT_ALLOW, SCMP_A1(SCMP_CMP_MASKED_EQ, kAllButTwoBits, 0x5418)},
    {"ioctl", SCMP_ACT_ERRNO(EPERM), SCMP_A1(SCMP_CMP_EQ, 0x541C)},
    {"ioctl", SCMP_ACT_ALLOW, SCMP_A1(SCMP_CMP_GT, 0x541C)},
    {"personality", SCMP_ACT_ALLOW, SCMP_A0(SCMP_CMP_EQ, 0)},
    {"personality", SCMP_ACT_ALLOW, SCMP_A0(SCMP_CMP_EQ, 0x8)},
    {"personality", SCMP_ACT_ALLOW, SCMP_A0(SCMP_CMP_EQ, 0x20000)},
    {"personality", SCMP_ACT_ALLOW, SCMP_A0(SCMP_CMP_EQ, 0x20008)},
    {"personality", SCMP_ACT_ALLOW, SCMP_A0(SCMP_CMP_EQ, 0xFFFFFFFF)},
    {"prlimit64", SCMP_ACT_ALLOW, SCMP_A0(SCMP_CMP_EQ, 0)},
    {"prlimit64", SCMP_ACT_ERRNO(EPERM), SCMP_A0(SCMP_CMP_NE, 0)},
    {"socket", SCMP_ACT_ALLOW, SCMP_A0(SCMP_CMP_LT, 38)},
    {"socket", SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_A0(SCMP_CMP_EQ, 38)},
    {"socket", SCMP_ACT_ALLOW, SCMP_A0(SCMP_CMP_EQ, 39)},
    {"socket", SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_A0(SCMP_CMP_EQ, 40)},
    {"socket", SCMP_ACT_ALLOW, SCMP_A0(SCMP_CMP_GT, 40)},
});

void check(int result, const std::string& doing)
{
    if (result < 0)
        give_up("libseccomp cannot " + doing + ": " + std::strerror(-result));
}

Program exported(scmp_filter_ctx context)
{
    const int file = memfd_create("filter", MFD_CLOEXEC);
    check(seccomp_export_bpf(context, file), "export a filter");
    Program program(static_cast<std::size_t>(lseek(file, 0, SEEK_END)));
    if (pread(file, program.data(), program.size(), 0) != static_cast<ssize_t>(program.size()))
        give_up("cannot read the filter back");
    close(file);
    if (!filter::well_formed(program))
        give_up("our interpreter does not know all of libseccomp's instructions");
    return program;
}

// `level`: SCMP_FLTATR_CTL_OPTIMIZE; 1 is linear, 2 a binary tree.
Program of_libseccomp(const std::vector<sandbox::CallAnswer>& answers, std::uint32_t otherwise,
                      std::uint32_t level)
{
    scmp_filter_ctx context = seccomp_init(otherwise);
    check(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)),
          "set a verdict");
    check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, level), "set its optimization");
    const auto add = [&](const sandbox::CallAnswer& call, std::uint32_t verdict,
                         const std::vector<scmp_arg_cmp>& tests) {
        if (verdict != otherwise)
            check(seccomp_rule_add_array(context, verdict, static_cast<int>(call.number),
                                         static_cast<unsigned>(tests.size()), tests.data()),
                  "add a rule for '" + std::string(call.name) + "'");
    };
    for (const sandbox::CallAnswer& call : answers) {
        if (call.verdict) {
            add(call, *call.verdict, {});
            continue;
        }
        if (std::ranges::find(kConditions, call.name, &Condition::call) == kConditions.end())
            give_up("no conditions for '" + std::string(call.name) + "' here; add them");
        for (const Condition& condition : kConditions) {
            if (condition.call == call.name)
                add(call, condition.verdict, {condition.test});
        }
    }
    Program program = exported(context);
    seccomp_release(context);
    return program;
}

// Every call with arguments around the constants of the conditions, and numbers that are none.
std::vector<sandbox::CallData> questions(const std::vector<sandbox::CallAnswer>& answers)
{
    const std::uint32_t arch = sandbox::audit_arch(sandbox::native_abi(sandbox::host_arch()));
    std::vector<std::uint64_t> values{0, 7, 8, 9, 0x11, 0x10000000, 0xFFFFFFFF};
    for (const Condition& condition : kConditions) {
        for (const std::uint64_t beside : {~0ULL, 0ULL, 1ULL})
            values.push_back(condition.test.datum_a + beside);
    }
    std::vector<std::uint32_t> numbers{471, 4000, 0x40000000, 0xFFFFFFFF};
    for (const sandbox::CallAnswer& call : answers)
        numbers.push_back(call.number);
    std::vector<sandbox::CallData> all;
    for (const std::uint32_t number : numbers) {
        for (const std::uint64_t value : values) {
            sandbox::CallData data{.number = number, .arch = arch, .arguments = {}};
            data.arguments.fill(value);
            all.push_back(data);
        }
    }
    return all;
}

int difference(const Program& ours, const Program& theirs,
               const std::vector<sandbox::CallData>& asked)
{
    return static_cast<int>(std::ranges::count_if(asked, [&](const sandbox::CallData& data) {
        return sandbox::interpret(ours, data).verdict != sandbox::interpret(theirs, data).verdict;
    }));
}

// Of one seccomp(2) in a new child; the child writes it into `shared`.
double load_microseconds(const Program& program, volatile std::uint64_t* shared)
{
    std::vector<sock_filter> instructions(program.size() / sizeof(sock_filter));
    std::memcpy(instructions.data(), program.data(), program.size());
    const sock_fprog loaded{.len = static_cast<unsigned short>(instructions.size()),
                            .filter = instructions.data()};
    const pid_t child = fork();
    if (child < 0)
        give_up(std::string("cannot fork: ") + std::strerror(errno));
    if (child == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
            _exit(1);
        const std::uint64_t before = now_nanoseconds();
        const long result =
            syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &loaded);
        *shared = now_nanoseconds() - before;
        _exit(result == 0 ? 0 : 1);
    }
    if (wait_for(child) != 0)
        give_up("the kernel does not load a filter here");
    return static_cast<double>(*shared) / 1000;
}

void print(const std::vector<Filter>& filters, const char* what)
{
    const double ours = median(filters.front().times);
    std::printf(
        "| load of %s | instructions | median us | ours / it | other answers "
        "|\n|---|---|---|---|---|\n",
        what);
    for (const Filter& filter : filters) {
        const double time = median(filter.times);
        std::printf("| %s | %zu | %.1f | %.2f | %d |\n", filter.name.c_str(),
                    filter.program.size() / filter::kInstructionSize, time, ours / time,
                    filter.others);
    }
}

// Each is loaded once a round, in another order each time.
void measure(std::vector<Filter>& filters, int rounds)
{
    auto* shared = static_cast<std::uint64_t*>(mmap(
        nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    if (shared == MAP_FAILED)
        give_up("cannot map memory");
    std::vector<std::size_t> order(filters.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::minstd_rand random(1);
    for (int i = -kWarmUp; i < rounds; ++i) {
        std::ranges::shuffle(order, random);
        for (const std::size_t at : order) {
            const double time = load_microseconds(filters[at].program, shared);
            if (i >= 0)
                filters[at].times.push_back(time);
        }
    }
    munmap(shared, sizeof(std::uint64_t));
}

Program compiled(const sandbox::Profile& profile)
{
    auto program = sandbox::compile_filter(profile, sandbox::host_arch());
    if (!program)
        give_up(program.error().text);
    return program.take();
}

void baseline_table(int rounds)
{
    const sandbox::Profile profile = baseline();
    const Program ours = compiled(profile);
    const auto answers = sandbox::answers_of(profile, sandbox::host_arch());
    constexpr std::uint32_t unknown = SCMP_ACT_ERRNO(ENOSYS);
    constexpr std::uint32_t refused = SCMP_ACT_ERRNO(EPERM);
    std::vector<Filter> filters{
        {"outis", ours, 0, {}},
        {"libseccomp linear, as ours", of_libseccomp(answers, unknown, 1), 0, {}},
        {"libseccomp tree, as ours", of_libseccomp(answers, unknown, 2), 0, {}},
        {"libseccomp linear, EPERM else", of_libseccomp(answers, refused, 1), 0, {}},
        {"libseccomp tree, EPERM else", of_libseccomp(answers, refused, 2), 0, {}},
    };
    const std::vector<sandbox::CallData> asked = questions(answers);
    for (Filter& filter : filters)
        filter.others = difference(ours, filter.program, asked);
    measure(filters, rounds);
    print(filters, "baseline's filter");
    std::printf("asked %zu questions\n", asked.size());
}

sandbox::Profile imported(const sandbox::ProfileText& text, sandbox::ImportMode mode)
{
    auto result = sandbox::import_profile(text, {.mode = mode});
    if (!result)
        give_up(sandbox::print(result.error()));
    return result.take().profile;
}

// libseccomp's are without the stub that runc puts before them.
void docker_table(int rounds)
{
    const char* folder = std::getenv("OUTIS_PROFILES_DATA");
    const std::string file = folder == nullptr ? "" : std::string(folder) + "/moby-default.json";
    std::ifstream stream(file);
    if (!stream) {
        std::printf("skip Docker's default: OUTIS_PROFILES_DATA names no folder with it\n");
        return;
    }
    std::stringstream text;
    text << stream.rdbuf();
    const sandbox::ProfileText source{.file = "moby-default.json", .text = text.str()};
    sandbox::ImportOptions options;
    options.capabilities = sandbox::default_capabilities(sandbox::Dialect::docker);
    const std::string oci = sandbox::resolved_by_tool(source.text, options);
    const sandbox::Profile exact = imported(source, sandbox::ImportMode::exact);
    const sandbox::Profile hardened = imported(source, sandbox::ImportMode::hardened);
    sandbox::Profile native = exact;
    native.seccomp->architectures.clear();
    const auto theirs = [&](sandbox::Shape shape) {
        return sandbox::built_as_runc(oci, sandbox::host_arch(), shape).program;
    };
    std::vector<Filter> filters{
        {"outis, exact", compiled(exact), 0, {}},
        {"outis, hardened", compiled(hardened), 0, {}},
        {"outis, exact, native ABI alone", compiled(native), 0, {}},
        {"libseccomp linear", theirs(sandbox::Shape::linear), 0, {}},
        {"libseccomp tree", theirs(sandbox::Shape::tree), 0, {}},
    };
    const auto asked = questions(sandbox::answers_of(exact, sandbox::host_arch()));
    for (Filter& filter : filters)
        filter.others = difference(filters.front().program, filter.program, asked);
    measure(filters, rounds);
    print(filters, "Docker's default, three ABIs");
}

}  // namespace
}  // namespace outis::bench

int main(int argc, char** argv)
{
    const int rounds = outis::bench::argument(argc, argv, 1, 1000);
    outis::bench::baseline_table(rounds);
    outis::bench::docker_table(rounds);
    return 0;
}
