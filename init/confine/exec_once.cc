#include "init/confine/exec_once.h"

#include "init/kernel/sys.h"

namespace outis::init {
namespace {

constexpr std::size_t kConstantOffset = 4;  // of `k` in struct sock_filter

void store_constants(std::span<std::byte> program, Bytes indexes, std::uint32_t value) noexcept
{
    for (std::size_t i = 0; i < indexes.size(); i += 2) {
        const std::size_t at = load_le16(indexes, i) * filter::kInstructionSize;
        store_le(program, at + kConstantOffset, value);
    }
}

}  // namespace

Result<PatchedFilter, Fault> patch_filter(const policy::View& policy,
                                          std::span<std::byte> buffer) noexcept
{
    PatchedFilter result;
    if (!policy.seccomp)
        return result;
    result.program = policy.seccomp->program;
    if (!policy.exec || !policy.exec->once)
        return result;
    std::uint64_t cookie = 0;
    const long answer = sys::random(std::as_writable_bytes(std::span(&cookie, 1)));
    if (answer != static_cast<long>(sizeof cookie))
        return Failure{Fault{.step = Step::cookie, .number = static_cast<int>(-answer)}};
    const std::span<std::byte> program = buffer.first(result.program.size());
    for (std::size_t i = 0; i < program.size(); ++i)
        program[i] = result.program[i];
    store_constants(program, policy.exec->low, static_cast<std::uint32_t>(cookie));
    store_constants(program, policy.exec->high, static_cast<std::uint32_t>(cookie >> 32));
    result.program = program;
    result.cookie = cookie;
    return result;
}

void wipe(PatchedFilter& filter, std::span<std::byte> buffer) noexcept
{
    if (filter.cookie == 0)
        return;
    filter.cookie = 0;
    for (std::byte& byte : buffer.first(filter.program.size()))
        byte = std::byte{0};
    // Without this the compiler may drop stores that nobody reads.
    asm volatile("" : : "r"(&filter), "r"(buffer.data()) : "memory");
}

}  // namespace outis::init
