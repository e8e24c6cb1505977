// The TOML front end: any text is a profile or a list of errors that can be printed. What is a
// profile compiles, or is refused with an Error.
#include <cstddef>
#include <cstdint>
#include <string>

#include "outis/sandbox/compile.h"
#include "outis/sandbox/document.h"
#include "outis/sandbox/profile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace outis::sandbox;
    const ProfileText texts[] = {
        {.file = "fuzz.toml", .text = std::string(reinterpret_cast<const char*>(data), size)},
        {.file = "base.toml", .text = "[seccomp]\nallow = [\"@basic-io\"]\n"},
    };
    const auto profile = parse_profile(texts);
    if (!profile) {
        if (profile.error().empty() || print(profile.error()).empty())
            __builtin_trap();
        return 0;
    }
    // One input in sixteen is compiled: the proof takes far longer than the parser.
    if (size % 16 != 0)
        return 0;
    const auto policy = compile_policy(profile.value(), outis::policy::Arch::x86_64);
    const bool our_fault =
        !policy && policy.error().text.find("an error in this program") != std::string::npos;
    if (our_fault)
        __builtin_trap();
    return 0;
}
