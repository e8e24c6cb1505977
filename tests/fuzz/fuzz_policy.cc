// The policy reader of PID 1: any bytes are refused or give views whose every row can be walked.
// The checksum is put right first, or nothing behind it would be reached.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "outis/base/policy.h"
#include "outis/sandbox/explain.h"

namespace {

void walk(const outis::policy::View& view)
{
    using namespace outis;
    if (view.seccomp) {
        for (const std::uint32_t number : {0U, 59U, 0x40000000U, 0xFFFFFFFFU})
            (void)sandbox::interpret(view.seccomp->program,
                                     {.number = number, .arch = 0xC000003E, .arguments = {}});
        (void)sandbox::listing(view.seccomp->program);
    }
    if (view.landlock) {
        Bytes rows = view.landlock->path_rules;
        for (std::size_t i = 0; i < view.landlock->path_count; ++i)
            (void)policy::next_path_rule(rows);
        for (std::size_t i = 0; i < view.landlock->port_count; ++i)
            (void)policy::port_rule(*view.landlock, i);
    }
    for (std::size_t i = 0; view.limits && i < view.limits->count(); ++i)
        (void)view.limits->at(i);
    if (view.environment) {
        Bytes rows = view.environment->rows;
        for (std::size_t i = 0; i < view.environment->count; ++i)
            (void)policy::next_environment_row(rows);
    }
    for (std::size_t i = 0; view.ids && i < view.ids->group_count(); ++i)
        (void)view.ids->group(i);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace outis;
    const auto* first = reinterpret_cast<const std::byte*>(data);
    std::vector<std::byte> bytes(first, first + size);
    if (size >= policy::kHeaderSize) {
        store_le(std::span(bytes), 12, static_cast<std::uint32_t>(size));
        const std::uint32_t checksum = policy::checksum_of(Bytes(bytes));
        store_le(std::span(bytes), 16, checksum);
    }
    const auto view = policy::read(bytes);
    if (view)
        walk(view.value());
    return 0;
}
