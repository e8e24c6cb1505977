// What a filter answers, and what it looks like.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outis/base/bytes.h"
#include "outis/base/filter.h"
#include "outis/base/policy_layout.h"

namespace outis::sandbox {

struct Profile;

// struct seccomp_data without the instruction pointer, which no filter of ours looks at.
struct CallData {
    std::uint32_t number = 0;
    std::uint32_t arch = 0;  // AUDIT_ARCH_*
    std::array<std::uint64_t, 6> arguments{};
};

struct Answer {
    std::uint32_t verdict = 0;  // SECCOMP_RET_* with its data
    std::uint32_t steps = 0;    // instructions executed
    bool looked_at_arguments = false;
};

// Runs `program` as the kernel would. The program must be filter::well_formed; anything else traps.
[[nodiscard]] Answer interpret(Bytes program, const CallData& call) noexcept;

// The same for a program that is asked often: it is decoded once.
class Interpreter {
public:
    explicit Interpreter(Bytes program);

    [[nodiscard]] Answer ask(const CallData& call) const noexcept;

private:
    std::vector<filter::Instruction> instructions_;
};

// "allow", "log", "trap", "kill-thread", "kill-process", "EPERM", or "errno 4000".
[[nodiscard]] std::string verdict_name(std::uint32_t verdict);

// "NET_BIND_SERVICE" and its like, ascending by number.
[[nodiscard]] std::vector<std::string> capability_names(std::uint64_t set);

// The indexes of the instructions that `program` executes for `call`, in order.
[[nodiscard]] std::vector<std::uint32_t> path_of(Bytes program, const CallData& call);

// One line an instruction, jump targets as line numbers, returns by name.
[[nodiscard]] std::string listing(Bytes program);

// The text of one instruction of it.
[[nodiscard]] std::string instruction_text(Bytes program, std::size_t index);

struct CallAnswer {
    std::string_view name;
    std::uint32_t number = 0;
    std::optional<std::uint32_t> verdict;  // none: it depends on arguments
};

// What a profile answers to every call that `arch` has, ascending by name. Empty without a filter.
[[nodiscard]] std::vector<CallAnswer> answers_of(const Profile& profile, policy::Arch arch);

}  // namespace outis::sandbox
