#include "runc_oracle.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <stdexcept>

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>
#include <boost/json.hpp>

#include "../support/loaded_filter.h"
#include "outis/base/filter.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/sets/looks.h"

namespace outis::sandbox {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

struct Machine {
    Abi abi;
    const char* word;  // of the profiles
    std::uint32_t token;
};

constexpr std::array kMachines = std::to_array<Machine>({
    {Abi::x86_64, "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},
    {Abi::x32, "SCMP_ARCH_X32", SCMP_ARCH_X32},
    {Abi::i386, "SCMP_ARCH_X86", SCMP_ARCH_X86},
    {Abi::aarch64, "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
    {Abi::arm, "SCMP_ARCH_ARM", SCMP_ARCH_ARM},
});

const Machine& machine_of(Abi abi)
{
    return *std::ranges::find(kMachines, abi, &Machine::abi);
}

void check(int result, const std::string& what)
{
    if (result < 0)
        throw std::runtime_error("libseccomp cannot " + what + ": " + std::to_string(result));
}

const json::value* member(const json::value& object, const char* name)
{
    const json::object* members = object.if_object();
    const json::value* found = members == nullptr ? nullptr : members->if_contains(name);
    return found == nullptr || found->is_null() ? nullptr : found;
}

json::array list(const json::value& object, const char* name)
{
    const json::value* found = member(object, name);
    return found == nullptr ? json::array() : found->as_array();
}

bool holds(const json::array& words, const std::string& word)
{
    return std::ranges::any_of(words, [&](const json::value& w) { return w.as_string() == word; });
}

std::uint64_t bits_of(const json::array& names)
{
    std::uint64_t bits = 0;
    for (const json::value& name : names) {
        for (unsigned bit = 0; bit < 64; ++bit) {
            const auto known = capability_names(std::uint64_t{1} << bit);
            if (!known.empty() && name.as_string() == "CAP_" + known.front())
                bits |= std::uint64_t{1} << bit;
        }
    }
    return bits;
}

bool is_new_enough(const json::value& filter, const KernelVersion& kernel)
{
    return kernel >=
           *parse_kernel_version(std::string_view(member(filter, "minKernel")->as_string()));
}

bool applies(const json::value& rule, const ImportOptions& options, bool knows_kernels)
{
    const std::string arch(arch_name(options.arch));
    if (const json::value* excludes = member(rule, "excludes")) {
        if (holds(list(*excludes, "arches"), arch) ||
            (bits_of(list(*excludes, "caps")) & *options.capabilities) != 0 ||
            (knows_kernels && member(*excludes, "minKernel") != nullptr &&
             is_new_enough(*excludes, options.kernel)))
            return false;
    }
    const json::value* includes = member(rule, "includes");
    if (includes == nullptr)
        return true;
    const json::array arches = list(*includes, "arches");
    return (arches.empty() || holds(arches, arch)) &&
           (bits_of(list(*includes, "caps")) & ~*options.capabilities) == 0 &&
           (!knows_kernels || member(*includes, "minKernel") == nullptr ||
            is_new_enough(*includes, options.kernel));
}

// True if the installed libseccomp has the call's numbers as Linux 7.1 has them. The pseudo numbers
// of i386's sockets and System V IPC lie between -224 and -100.
bool knows(const char* name)
{
    const kernel::Syscall* call = kernel::find_syscall(name);
    return std::ranges::all_of(kMachines, [&](const Machine& machine) {
        const int theirs = seccomp_syscall_resolve_name_arch(machine.token, name);
        const bool has = call != nullptr && kernel::number_on(*call, machine.abi).has_value();
        const bool pseudo = theirs <= -100 && theirs >= -224;
        return theirs != __NR_SCMP_ERROR && (!has || theirs >= 0 || pseudo);
    });
}

void drop_unknown_names(json::value& value)
{
    if (json::array* items = value.if_array()) {
        for (json::value& item : *items)
            drop_unknown_names(item);
    } else if (json::object* members = value.if_object()) {
        for (auto& [key, child] : *members) {
            drop_unknown_names(child);
            if (key != "names")
                continue;
            json::array known;
            for (const json::value& name : child.as_array()) {
                if (knows(name.as_string().c_str()))
                    known.push_back(name);
            }
            child = known;
        }
    }
}

std::uint32_t action_of(const json::value& owner, const char* action, const char* number)
{
    const std::string word(member(owner, action)->as_string());
    const json::value* given = member(owner, number);
    const std::uint32_t code = given == nullptr ? 1 : given->to_number<std::uint32_t>();
    if (word == "SCMP_ACT_ALLOW")
        return SCMP_ACT_ALLOW;
    if (word == "SCMP_ACT_LOG")
        return SCMP_ACT_LOG;
    if (word == "SCMP_ACT_TRAP")
        return SCMP_ACT_TRAP;
    if (word == "SCMP_ACT_KILL_PROCESS")
        return SCMP_ACT_KILL_PROCESS;
    if (word == "SCMP_ACT_ERRNO")
        return SCMP_ACT_ERRNO(code);
    return SCMP_ACT_KILL_THREAD;
}

scmp_compare operator_of(const json::value& test)
{
    const std::string word(member(test, "op")->as_string());
    constexpr std::array<std::pair<const char*, scmp_compare>, 7> words{
        {{"SCMP_CMP_NE", SCMP_CMP_NE},
         {"SCMP_CMP_LT", SCMP_CMP_LT},
         {"SCMP_CMP_LE", SCMP_CMP_LE},
         {"SCMP_CMP_EQ", SCMP_CMP_EQ},
         {"SCMP_CMP_GE", SCMP_CMP_GE},
         {"SCMP_CMP_GT", SCMP_CMP_GT},
         {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}}};
    return std::ranges::find_if(words, [&](const auto& w) { return word == w.first; })->second;
}

std::uint64_t number(const json::value& owner, const char* name)
{
    const json::value* found = member(owner, name);
    return found == nullptr ? 0 : found->to_number<std::uint64_t>();
}

// As libcontainer's matchCall: the rule's comparisons together, or each alone if two are of one
// argument.
std::vector<std::vector<scmp_arg_cmp>> conditions_of(const json::value& rule)
{
    std::vector<scmp_arg_cmp> tests;
    std::set<unsigned> arguments;
    for (const json::value& test : list(rule, "args")) {
        tests.push_back({.arg = static_cast<unsigned>(number(test, "index")),
                         .op = operator_of(test),
                         .datum_a = number(test, "value"),
                         .datum_b = number(test, "valueTwo")});
        arguments.insert(tests.back().arg);
    }
    if (arguments.size() == tests.size())
        return {tests};
    std::vector<std::vector<scmp_arg_cmp>> each;
    for (const scmp_arg_cmp& test : tests)
        each.push_back({test});
    return each;
}

std::vector<std::byte> exported(scmp_filter_ctx context)
{
    const int file = memfd_create("filter", MFD_CLOEXEC);
    check(seccomp_export_bpf(context, file), "export a filter");
    std::vector<std::byte> program(static_cast<std::size_t>(lseek(file, 0, SEEK_END)));
    const bool whole =
        pread(file, program.data(), program.size(), 0) == static_cast<ssize_t>(program.size());
    close(file);
    if (!whole || !filter::well_formed(program))
        throw std::runtime_error("the filter cannot be read back");
    return program;
}

}  // namespace

std::string without_unknown_names(const std::string& text)
{
    json::value value = json::parse(text);
    drop_unknown_names(value);
    return json::serialize(value);
}

std::string resolved_by_tool(const std::string& text, const ImportOptions& options)
{
    const json::value profile = json::parse(text);
    const json::value* by_name = member(profile, "defaultErrno");
    json::object oci;
    oci["defaultAction"] = *member(profile, "defaultAction");
    if (const json::value* code = member(profile, "defaultErrnoRet"))
        oci["defaultErrnoRet"] = *code;
    json::array abis = list(profile, "architectures");
    for (const json::value& row : list(profile, "archMap")) {
        if (member(row, "architecture")->as_string() != machine_of(native_abi(options.arch)).word)
            continue;
        abis.push_back(*member(row, "architecture"));
        for (const json::value& other : list(row, "subArchitectures"))
            abis.push_back(other);
    }
    oci["architectures"] = abis;
    json::array rules;
    for (const json::value& rule : list(profile, "syscalls")) {
        if (!applies(rule, options, by_name == nullptr))
            continue;
        json::object made;
        made["names"] = member(rule, "names") != nullptr ? list(rule, "names")
                                                         : json::array{*member(rule, "name")};
        made["action"] = *member(rule, "action");
        made["args"] = list(rule, "args");
        if (const json::value* code = member(rule, "errnoRet"))
            made["errnoRet"] = *code;
        rules.push_back(made);
    }
    oci["syscalls"] = rules;
    return json::serialize(oci);
}

RuncProgram built_as_runc(const std::string& text, policy::Arch arch, Shape shape)
{
    const json::value oci = json::parse(text);
    const std::uint32_t otherwise = action_of(oci, "defaultAction", "defaultErrnoRet");
    const std::unique_ptr<void, decltype(&seccomp_release)> context(seccomp_init(otherwise),
                                                                    seccomp_release);
    check(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE,
                           static_cast<std::uint32_t>(shape)),
          "shape a filter");
    std::set<Abi> abis{native_abi(arch)};
    for (const Machine& machine : kMachines) {
        if (runs_on(machine.abi, arch) && holds(list(oci, "architectures"), machine.word))
            abis.insert(machine.abi);
    }
    for (const Abi abi : abis) {
        if (seccomp_arch_exist(context.get(), machine_of(abi).token) != 0)
            check(seccomp_arch_add(context.get(), machine_of(abi).token), "add an architecture");
    }
    if (!abis.contains(native_abi(host_arch())))
        check(seccomp_arch_remove(context.get(), SCMP_ARCH_NATIVE), "leave its own out");
    RuncProgram made;
    const bool has_stub = otherwise != SCMP_ACT_ALLOW && otherwise != SCMP_ACT_LOG;
    for (const json::value& rule : list(oci, "syscalls")) {
        const std::uint32_t action = action_of(rule, "action", "errnoRet");
        for (const json::value& name : list(rule, "names")) {
            const char* word = name.as_string().c_str();
            for (const Abi abi : abis) {
                const int there = seccomp_syscall_resolve_name_arch(machine_of(abi).token, word);
                auto& highest = made.highest[static_cast<std::size_t>(abi)];
                if (has_stub && there > static_cast<int>(highest.value_or(0)))
                    highest = static_cast<std::uint32_t>(there);
            }
            const int call = seccomp_syscall_resolve_name(word);
            if (action == otherwise || call == __NR_SCMP_ERROR)
                continue;
            for (const std::vector<scmp_arg_cmp>& tests : conditions_of(rule))
                check(seccomp_rule_add_array(context.get(), action, call,
                                             static_cast<unsigned>(tests.size()), tests.data()),
                      std::string("add a rule for ") + word);
        }
    }
    made.program = exported(context.get());
    return made;
}

RuncProgram loaded_by_runc(const std::string& oci)
{
    const std::string pattern = (fs::temp_directory_path() / "outis-runc-XXXXXX").string();
    std::vector<char> name(pattern.c_str(), pattern.c_str() + pattern.size() + 1);
    if (mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("no temporary folder");
    const fs::path bundle = name.data();
    fs::create_directories(bundle / "rootfs/proc");
    std::ofstream(bundle / "rootfs/program");
    fs::permissions(bundle / "rootfs/program", fs::perms::owner_all);
    std::ofstream(bundle / "config.json")
        << R"({"ociVersion":"1.0.2","process":{"user":{"uid":0,"gid":0},"args":["/program"],)"
           R"("cwd":"/","noNewPrivileges":true},"root":{"path":"rootfs"},"mounts":[)"
           R"({"destination":"/proc","type":"proc","source":"proc"}],"linux":{"namespaces":[)"
           R"({"type":"mount"},{"type":"pid"}],"seccomp":)"
        << oci << "}}";
    const std::string state = (bundle / "state").string();
    RuncProgram made;
    made.program = tests::loaded_filter({"runc", "--root", state, "--log", "/dev/null", "run",
                                         "--bundle", bundle.string(), "outis-test"});
    // It may be gone already.
    [[maybe_unused]] const int deleted =
        std::system(("runc --root " + state + " delete --force outis-test").c_str());
    fs::remove_all(bundle);
    return made;
}

std::uint32_t RuncProgram::ask(const Interpreter& interpreter, const CallData& data) const
{
    const bool of_x32 = data.arch == audit_arch(Abi::x32) && (data.number >> 30 & 1) != 0;
    for (const Abi abi : kAllAbis) {
        const auto& limit = highest[static_cast<std::size_t>(abi)];
        if (limit && audit_arch(abi) == data.arch && (abi == Abi::x32) == of_x32 &&
            data.number > *limit)
            return filter::kErrno | 38;
    }
    return interpreter.ask(data).verdict;
}

std::string difference(const std::vector<std::byte>& ours, const RuncProgram& theirs,
                       policy::Arch arch)
{
    const Interpreter our_interpreter(ours);
    const Interpreter their_interpreter(theirs.program);
    const sets::Reading our_reading(ours);
    const sets::Reading their_reading(theirs.program);
    std::set<std::uint32_t> entries{0};
    for (const Abi abi : kAllAbis)
        entries.insert(audit_arch(abi));
    for (const std::uint32_t entry : entries) {
        std::set<std::uint32_t> numbers = sets::numbers_of(entry);
        for (const std::uint32_t end : {0U, 0x40000000U, 0x80000000U, 0xC0000000U, 0xFFFFFFFFU})
            numbers.insert({end - 1, end, end + 1});
        for (const std::uint32_t number : numbers) {
            const sets::Looks looks = sets::merged(our_reading.looks_of(entry, number),
                                                   their_reading.looks_of(entry, number));
            for (const auto& arguments : sets::points_of(looks, sets::UpperHalves::all)) {
                const CallData data{.number = number, .arch = entry, .arguments = arguments};
                const std::uint32_t mine = our_interpreter.ask(data).verdict;
                const std::uint32_t his = theirs.ask(their_interpreter, data);
                if (mine == his)
                    continue;
                char text[200];
                std::snprintf(text, sizeof text, "0x%x of 0x%x with 0x%llx 0x%llx 0x%llx: ", number,
                              entry, static_cast<unsigned long long>(arguments[0]),
                              static_cast<unsigned long long>(arguments[1]),
                              static_cast<unsigned long long>(arguments[2]));
                return text + verdict_name(mine) + ", runc " + verdict_name(his) +
                       (arch == policy::Arch::x86_64 ? " (amd64)" : " (arm64)");
            }
        }
    }
    return {};
}

}  // namespace outis::sandbox
