// The grammar of `when`. The first byte chooses the call.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sandbox/kernel/syscalls.h"
#include "sandbox/language/condition.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace outis::sandbox;
    if (size == 0)
        return 0;
    const auto calls = kernel::syscalls();
    const std::string_view call = calls[data[0] * calls.size() / 256].name;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto when = language::parse_condition(text, call);
    if (!when) {
        const language::ConditionError& error = when.error();
        if (error.message.empty() || error.at > text.size() || error.width == 0)
            __builtin_trap();
        return 0;
    }
    for (const Conjunction& tests : when.value()) {
        if (tests.empty())
            __builtin_trap();
        for (const Test& test : tests) {
            if (test.argument > 5 || test.constants.empty())
                __builtin_trap();
        }
    }
    return 0;
}
