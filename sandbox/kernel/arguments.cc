#include "sandbox/kernel/arguments.h"

#include <algorithm>
#include <array>

#include "sandbox/kernel/argument_rows.h"

namespace outis::sandbox::kernel {
namespace {

// Calls with an argument of 64 bits on every ABI, and the first that is. Sources:
// arch/x86/kernel/sys_ia32.c, arch/arm64/kernel/sys32.c, fs/notify/fanotify/fanotify_user.c.
struct Displaced {
    std::string_view call;
    std::uint8_t first = 0;
};

constexpr std::array kDisplaced = std::to_array<Displaced>({
    {"fadvise64", 1},
    {"fallocate", 2},
    {"fanotify_mark", 2},
    {"lookup_dcookie", 0},
    {"pread64", 3},
    {"pwrite64", 3},
    {"readahead", 1},
    {"sync_file_range", 1},
});

constexpr ArgumentType type_of(char letter)
{
    switch (letter) {
    case 'i': return ArgumentType::int32;
    case 'u': return ArgumentType::uint32;
    case 'l': return ArgumentType::int_long;
    case 'p': return ArgumentType::pointer;
    default: return ArgumentType::uint_long;
    }
}

}  // namespace

std::vector<Argument> arguments_of(std::string_view call)
{
    std::vector<Argument> arguments;
    std::string_view rest = argument_row(call);
    while (!rest.empty()) {
        const std::size_t colon = rest.find(':');
        arguments.push_back(Argument{
            .name = rest.substr(0, colon),
            .index = static_cast<std::uint8_t>(arguments.size()),
            .type = type_of(rest[colon + 1]),
        });
        rest.remove_prefix(std::min(colon + 3, rest.size()));
    }
    return arguments;
}

namespace {

// The number of "arg0" to "arg5", or of "reg0" to "reg5".
std::optional<std::uint8_t> numbered(std::string_view name, std::string_view prefix)
{
    if (name.size() != 4 || !name.starts_with(prefix) || name[3] < '0' || name[3] > '5')
        return std::nullopt;
    return static_cast<std::uint8_t>(name[3] - '0');
}

}  // namespace

std::optional<Argument> find_argument(std::string_view call, std::string_view name)
{
    if (const auto index = numbered(name, "reg"))
        return Argument{.name = name, .index = *index, .type = ArgumentType::whole_register};
    const std::vector<Argument> arguments = arguments_of(call);
    const auto named = std::ranges::find(arguments, name, &Argument::name);
    if (named != arguments.end())
        return *named;
    const std::optional<std::uint8_t> index = numbered(name, "arg");
    if (!index)
        return std::nullopt;
    if (*index < arguments.size())
        return arguments[*index];
    return Argument{.name = name, .index = *index, .type = ArgumentType::uint_long};
}

unsigned bits_of(ArgumentType type, Abi abi) noexcept
{
    const bool is_int = type == ArgumentType::int32 || type == ArgumentType::uint32;
    const bool low_word = type == ArgumentType::whole_register && abi == Abi::x32;
    return is_int || low_word ? 32 : long_bits(abi);
}

bool is_signed(ArgumentType type) noexcept
{
    return type == ArgumentType::int32 || type == ArgumentType::int_long;
}

bool takes_arguments_in_memory(std::string_view call, Abi abi) noexcept
{
    return abi == Abi::i386 && (call == "mmap" || call == "select");
}

bool is_displaced(std::string_view call, std::uint8_t argument, Abi abi) noexcept
{
    // x32's pass their offset in one register, where others have two of 32 bits each.
    if (abi == Abi::x32)
        return (call == "preadv2" || call == "pwritev2") && argument >= 4;
    if (long_bits(abi) == 64)
        return false;
    const auto* found = std::ranges::find(kDisplaced, call, &Displaced::call);
    return found != kDisplaced.end() && argument >= found->first;
}

}  // namespace outis::sandbox::kernel
