#include <array>
#include <cstdio>
#include <set>
#include <utility>

#include "outis/base/policy.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/questions.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/questions/rights.h"
#include "sandbox/sets/looks.h"

namespace outis::sandbox {
namespace {

constexpr std::size_t kMaxNumbersWithoutName = 16;  // of which a difference is told
constexpr std::size_t kMaxPointsAsked = 1 << 21;    // of all calls and ABIs: half a minute at worst

// What the kernel runs when there is no filter.
constexpr std::array<std::byte, filter::kInstructionSize> kAllowAll = [] {
    std::array<std::byte, filter::kInstructionSize> program{};
    filter::store_instruction(program, 0, {.code = filter::kReturn, .k = filter::kAllow});
    return program;
}();

// What a program compares anything with, the number among it.
std::set<std::uint32_t> constants_of(Bytes program)
{
    std::set<std::uint32_t> constants;
    for (std::size_t i = 0; i < program.size() / filter::kInstructionSize; ++i) {
        const filter::Instruction at = filter::load_instruction(program, i);
        const bool compares = at.code == filter::kJumpEqual || at.code == filter::kJumpGreater ||
                              at.code == filter::kJumpNotLess;
        if (compares)
            constants.insert({at.k - 1, at.k, at.k + 1});
    }
    return constants;
}

struct Asked {
    Interpreter interpreter;
    sets::Reading reading;
    std::set<std::uint32_t> constants;

    explicit Asked(Bytes program)
        : interpreter(program), reading(program), constants(constants_of(program))
    {
    }
};

std::string hexadecimal(std::uint32_t number)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%x", number);
    return text.data();
}

// Each pair of verdicts once, with the first point that shows it. `left` points may be asked yet.
Result<std::vector<CallChange>, Error> changes_of(const Asked& before, const Asked& after,
                                                  std::uint32_t arch, std::uint32_t number,
                                                  std::size_t& left)
{
    const sets::Looks looks =
        sets::merged(before.reading.looks_of(arch, number), after.reading.looks_of(arch, number));
    const auto points = sets::points_of(looks, sets::UpperHalves::all);
    if (looks.too_many || points.size() > left)
        return bad_input("the filters look at arguments in ways that are too many to compare");
    left -= points.size();
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    std::vector<CallChange> changes;
    bool always = true;
    for (const auto& point : points) {
        const CallData data{.number = number, .arch = arch, .arguments = point};
        const std::uint32_t old_verdict = before.interpreter.ask(data).verdict;
        const std::uint32_t new_verdict = after.interpreter.ask(data).verdict;
        always &= old_verdict != new_verdict;
        if (old_verdict == new_verdict || !seen.insert({old_verdict, new_verdict}).second)
            continue;
        changes.push_back(CallChange{.before = old_verdict,
                                     .after = new_verdict,
                                     .arguments = {point.begin(), point.end()}});
    }
    if (always && changes.size() == 1)
        changes.front().arguments.clear();
    return changes;
}

void add_changes(std::vector<CallChange>& all, std::vector<CallChange> more, Abi abi,
                 const std::string& call)
{
    for (CallChange& change : more) {
        change.abi = abi;
        change.call = call;
        all.push_back(std::move(change));
    }
}

Result<Done, Error> compare_abi(const Asked& before, const Asked& after, Abi abi, std::size_t& left,
                                std::vector<CallChange>& all)
{
    const std::uint32_t arch = audit_arch(abi);
    std::set<std::uint32_t> named;
    for (const kernel::Syscall& call : kernel::syscalls()) {
        if (abi == Abi::x86_64) {
            if (const auto of_x32 = kernel::number_on(call, Abi::x32))
                named.insert(*of_x32);
        }
        const std::optional<std::uint32_t> number = kernel::number_on(call, abi);
        if (!number)
            continue;
        named.insert(*number);
        add_changes(all, OUTIS_TRY(changes_of(before, after, arch, *number, left)), abi,
                    std::string(call.name));
    }
    if (abi == Abi::x32)
        return Done{};  // its numbers without a name are among those of x86_64
    std::set<std::uint32_t> numbers = sets::numbers_of(arch);
    numbers.insert(before.constants.begin(), before.constants.end());
    numbers.insert(after.constants.begin(), after.constants.end());
    std::size_t told = 0;
    for (const std::uint32_t number : numbers) {
        if (named.contains(number))
            continue;
        std::vector<CallChange> changes = OUTIS_TRY(changes_of(before, after, arch, number, left));
        if (changes.empty() || ++told > kMaxNumbersWithoutName)
            continue;
        add_changes(all, std::move(changes), abi, hexadecimal(number));
    }
    return Done{};
}

std::vector<RightChange> rights_between(const Rights& before, const Rights& after)
{
    std::set<std::string> keys;
    for (const auto& [what, value] : before)
        keys.insert(what);
    for (const auto& [what, value] : after)
        keys.insert(what);
    const auto value_in = [](const Rights& facts, const std::string& what) {
        const auto found = facts.find(what);
        return found == facts.end() ? std::string() : found->second;
    };
    std::vector<RightChange> changes;
    for (const std::string& what : keys) {
        RightChange change{
            .what = what, .before = value_in(before, what), .after = value_in(after, what)};
        if (change.before != change.after)
            changes.push_back(std::move(change));
    }
    return changes;
}

Result<policy::View, Error> read_policy(Bytes bytes, std::string_view which)
{
    const auto view = policy::read(bytes);
    if (!view)
        return bad_input("the " + std::string(which) + " policy: " + policy::text(view.error()) +
                         "; compile it again");
    return view.value();
}

Bytes program_of(const policy::View& policy)
{
    return policy.seccomp ? policy.seccomp->program : Bytes{};
}

}  // namespace

Result<std::vector<CallChange>, Error> filter_difference(Bytes before, Bytes after,
                                                         policy::Arch arch)
{
    const Bytes old_program = before.empty() ? Bytes(kAllowAll) : before;
    const Bytes new_program = after.empty() ? Bytes(kAllowAll) : after;
    if (!filter::well_formed(old_program) || !filter::well_formed(new_program))
        return bad_input("a filter is no seccomp program that policies may hold");
    const Asked old_filter(old_program);
    const Asked new_filter(new_program);
    std::vector<CallChange> changes;
    std::size_t left = kMaxPointsAsked;
    for (const Abi abi : kAllAbis) {
        if (runs_on(abi, arch))
            OUTIS_TRY(compare_abi(old_filter, new_filter, abi, left, changes));
    }
    return changes;
}

Result<Rights, Error> rights_of(Bytes policy)
{
    const auto view = policy::read(policy);
    if (!view)
        return bad_input(std::string("the policy: ") + policy::text(view.error()) +
                         "; compile it again");
    return questions::rights_of(view.value());
}

Result<Difference, Error> difference(Bytes before, Bytes after)
{
    const policy::View old_policy = OUTIS_TRY(read_policy(before, "first"));
    const policy::View new_policy = OUTIS_TRY(read_policy(after, "second"));
    if (old_policy.arch != new_policy.arch)
        return bad_input(
            "the policies are for different architectures; compile both with the same "
            "--arch");
    return Difference{
        .calls = OUTIS_TRY(
            filter_difference(program_of(old_policy), program_of(new_policy), old_policy.arch)),
        .rights =
            rights_between(questions::rights_of(old_policy), questions::rights_of(new_policy)),
    };
}

}  // namespace outis::sandbox
