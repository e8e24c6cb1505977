#include "init/confine/exec_once.h"

#include <array>
#include <utility>

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

// Where the child had its stack AddressSanitizer still sees frames that never returned.
[[gnu::noinline, gnu::no_sanitize_address]] void clear(std::span<std::byte> bytes) noexcept
{
    for (std::byte& byte : bytes)
        byte = std::byte{0};
    // Without this the compiler may drop stores that nobody reads.
    asm volatile("" : : "r"(bytes.data()) : "memory");
}

// What calls have left on the stack below the caller's frame.
[[gnu::noinline]] void clear_below() noexcept
{
    std::array<std::byte, 1024> below;
    clear(below);
}

}  // namespace

Outcome PatchedFilter::patch(const policy::View& policy, std::span<std::byte> buffer) noexcept
{
    if (!policy.seccomp)
        return Done{};
    program_ = policy.seccomp->program;
    if (!policy.exec || !policy.exec->once)
        return Done{};
    const long answer = sys::random(std::as_writable_bytes(std::span(&cookie_, 1)));
    if (answer != static_cast<long>(sizeof cookie_))
        return Failure{Fault{.step = Step::cookie, .number = static_cast<int>(-answer)}};
    patched_ = buffer.first(program_.size());
    for (std::size_t i = 0; i < patched_.size(); ++i)
        patched_[i] = program_[i];
    program_ = patched_;
    store_cookie(*policy.exec);
    clear_below();
    return Done{};
}

// Not inlined, so that what it leaves on the stack lies below the frame of its caller.
[[gnu::noinline]] void PatchedFilter::store_cookie(const policy::Exec& exec) noexcept
{
    store_constants(patched_, exec.low, static_cast<std::uint32_t>(cookie_));
    store_constants(patched_, exec.high, static_cast<std::uint32_t>(cookie_ >> 32));
}

Outcome PatchedFilter::install(unsigned flags) noexcept
{
    if (program_.empty())
        return Done{};
    const std::size_t count = program_.size() / filter::kInstructionSize;
    if (const long answer = sys::set_filter(flags, program_.data(), count); answer < 0)
        return Failure{Fault{.step = Step::seccomp, .number = static_cast<int>(-answer)}};
    clear(patched_);
    return Done{};
}

long PatchedFilter::execute(const char* path, char* const* arguments,
                            char* const* environment) noexcept
{
    const std::uint64_t cookie = std::exchange(cookie_, 0);
    const long answer = sys::execute(path, arguments, environment, cookie);
    cookie_ = cookie;
    return answer;
}

void PatchedFilter::wipe(std::span<std::byte> child_stack) noexcept
{
    if (patched_.empty())
        return;
    clear(child_stack);
    clear(patched_);
    clear(std::as_writable_bytes(std::span(&cookie_, 1)));
}

}  // namespace outis::init
