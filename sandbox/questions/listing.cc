#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <set>

#include "outis/sandbox/explain.h"
#include "outis/sandbox/questions.h"
#include "sandbox/kernel/arguments.h"
#include "sandbox/kernel/constants.h"
#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox {
namespace {

constexpr std::size_t kMaxNamed = 3;  // calls beside one instruction

struct CallPoint {
    Abi abi = Abi::x86_64;
    const kernel::Syscall* call = nullptr;
};

// What reaches an instruction.
struct Visitors {
    std::vector<CallPoint> calls;
    std::uint32_t offset = filter::kNumberOffset;  // of the word in the accumulator
};

bool jumps(const filter::Instruction& at, std::uint32_t accumulator)
{
    switch (at.code) {
    case filter::kJumpEqual: return accumulator == at.k;
    case filter::kJumpGreater: return accumulator > at.k;
    default: return accumulator >= at.k;
    }
}

// Sends one call through the program; where it looks at arguments it takes both ways.
void visit(Bytes program, const CallPoint& point, std::vector<Visitors>& visitors)
{
    const std::uint32_t number = *kernel::number_on(*point.call, point.abi);
    std::vector<bool> seen(visitors.size());
    std::vector<std::pair<std::size_t, std::uint32_t>> waiting{{0, filter::kNumberOffset}};
    while (!waiting.empty()) {
        auto [index, offset] = waiting.back();
        waiting.pop_back();
        if (seen[index])
            continue;
        seen[index] = true;
        visitors[index].calls.push_back(point);
        visitors[index].offset = offset;
        const filter::Instruction at = filter::load_instruction(program, index);
        const std::size_t next = index + 1;
        switch (at.code) {
        case filter::kReturn: continue;
        case filter::kLoadWord: waiting.push_back({next, at.k}); continue;
        case filter::kAnd: waiting.push_back({next, offset}); continue;
        case filter::kJump: waiting.push_back({next + at.k, offset}); continue;
        default: break;
        }
        const bool decided = offset < filter::kArgumentsOffset;
        const bool yes =
            jumps(at, offset == filter::kNumberOffset ? number : audit_arch(point.abi));
        if (!decided || yes)
            waiting.push_back({next + at.jt, offset});
        if (!decided || !yes)
            waiting.push_back({next + at.jf, offset});
    }
}

std::vector<Visitors> visitors_of(Bytes program, policy::Arch arch)
{
    std::vector<Visitors> visitors(program.size() / filter::kInstructionSize);
    for (const Abi abi : kAllAbis) {
        if (!runs_on(abi, arch))
            continue;
        for (const kernel::Syscall& call : kernel::syscalls()) {
            if (kernel::number_on(call, abi))
                visit(program, {abi, &call}, visitors);
        }
    }
    return visitors;
}

// "socket", "socket and 2 others"
std::string named(const std::set<std::string_view>& calls)
{
    std::string text;
    std::size_t count = 0;
    for (const std::string_view call : calls) {
        if (++count > kMaxNamed)
            return text + " and " + std::to_string(calls.size() - kMaxNamed) + " more";
        text += (text.empty() ? "" : ", ") + std::string(call);
    }
    return text;
}

std::set<std::string_view> calls_at(const Visitors& visitors)
{
    std::set<std::string_view> calls;
    for (const CallPoint& point : visitors.calls)
        calls.insert(point.call->name);
    return calls;
}

std::set<Abi> abis_at(const Visitors& visitors)
{
    std::set<Abi> abis;
    for (const CallPoint& point : visitors.calls)
        abis.insert(point.abi);
    return abis;
}

// The call of `number` among those that get here.
std::string call_at(const Visitors& visitors, std::uint32_t number)
{
    for (const CallPoint& point : visitors.calls) {
        if (kernel::number_on(*point.call, point.abi) == number)
            return std::string(point.call->name);
    }
    return {};
}

std::string arch_called(std::uint32_t audit)
{
    for (const Abi abi : kAllAbis) {
        if (audit_arch(abi) == audit && abi != Abi::x32)
            return std::string(abi_name(abi));
    }
    return {};
}

// What constants of an argument begin with.
struct Prefix {
    std::string_view argument;
    std::string_view prefix;
};

constexpr std::array kPrefixes = std::to_array<Prefix>({
    {"domain", "AF_"},
    {"family", "AF_"},
    {"prot", "PROT_"},
    {"request", "TIOC"},
    {"op", "PTRACE_"},
    {"option", "PR_"},
    {"persona", "PER_"},
    {"shmflg", "SHM_"},
    {"sig", "SIG"},
    {"resource", "RLIMIT_"},
    {"policy", "SCHED_"},
    {"advice", "MADV_"},
    {"how", "O_"},
});

std::string_view prefix_for(std::string_view call, std::string_view argument)
{
    if (argument == "flags" && (call == "clone" || call == "unshare"))
        return "CLONE_";
    if (argument == "flags" && call == "memfd_create")
        return "MFD_";
    if (argument == "flags" && call.starts_with("open"))
        return "O_";
    const auto* found = std::ranges::find(kPrefixes, argument, &Prefix::argument);
    return found == kPrefixes.end() ? std::string_view{} : found->prefix;
}

// "AF_INET", "PROT_EXEC|PROT_WRITE", or nothing.
std::string constant_text(std::uint32_t value, std::string_view prefix)
{
    if (prefix.empty())
        return {};
    std::string text;
    std::uint32_t left = value;
    for (const kernel::Constant& constant : kernel::constants()) {
        const auto bits = static_cast<std::uint32_t>(constant.value);
        if (!constant.name.starts_with(prefix))
            continue;
        if (bits == value)
            return std::string(constant.name);
        if (std::has_single_bit(bits) && (left & bits) != 0) {
            text += (text.empty() ? "" : "|") + std::string(constant.name);
            left &= ~bits;
        }
    }
    return left == 0 ? text : std::string();
}

// Name and prefix of the word that was loaded, if all calls agree about it.
std::pair<std::string, std::string_view> argument_at(const Visitors& visitors, std::uint32_t offset)
{
    const auto index = static_cast<std::uint8_t>((offset - filter::kArgumentsOffset) / 8);
    std::set<std::string_view> names;
    std::string_view prefix;
    for (const CallPoint& point : visitors.calls) {
        for (const kernel::Argument& argument : kernel::arguments_of(point.call->name)) {
            if (argument.index != index)
                continue;
            names.insert(argument.name);
            prefix = prefix_for(point.call->name, argument.name);
        }
    }
    if (names.size() != 1)
        return {};
    return {std::string(*names.begin()), prefix};
}

std::string remark_on(const filter::Instruction& at, const Visitors& visitors)
{
    const bool compares =
        at.code != filter::kReturn && at.code != filter::kLoadWord && at.code != filter::kJump;
    if (visitors.calls.empty())
        return at.code == filter::kReturn ? "what is left" : "";
    if (at.code == filter::kLoadWord && at.k >= filter::kArgumentsOffset) {
        const std::string name = argument_at(visitors, at.k).first;
        return (name.empty() ? "" : name + " of ") + named(calls_at(visitors));
    }
    if (!compares)
        return {};
    if (visitors.offset == filter::kArchOffset)
        return arch_called(at.k);
    if (visitors.offset == filter::kNumberOffset)
        return call_at(visitors, at.k);
    return constant_text(at.k, argument_at(visitors, visitors.offset).second);
}

// Above the load of the number: for which ABIs.
std::string heading(const filter::Instruction& at, const Visitors& visitors)
{
    if (at.code != filter::kLoadWord || at.k != filter::kNumberOffset || visitors.calls.empty())
        return {};
    std::string text;
    for (const Abi abi : abis_at(visitors))
        text += (text.empty() ? "" : " and ") + std::string(abi_name(abi));
    return "      -- calls of " + text + "\n";
}

}  // namespace

std::string annotated_listing(Bytes program, policy::Arch arch)
{
    const std::vector<Visitors> visitors = visitors_of(program, arch);
    std::string text;
    for (std::size_t i = 0; i < visitors.size(); ++i) {
        const filter::Instruction at = filter::load_instruction(program, i);
        const std::string remark = remark_on(at, visitors[i]);
        const std::string instruction = instruction_text(program, i);
        std::array<char, 256> line{};
        if (remark.empty())
            std::snprintf(line.data(), line.size(), "%4zu  %s\n", i, instruction.c_str());
        else
            std::snprintf(line.data(), line.size(), "%4zu  %-42s ; %s\n", i, instruction.c_str(),
                          remark.c_str());
        text += heading(at, visitors[i]) + line.data();
    }
    return text;
}

}  // namespace outis::sandbox
