#include <doctest/doctest.h>

#include "policies.h"

namespace outis::tests {
namespace {

constexpr std::uint64_t kExecute = 1;  // LANDLOCK_ACCESS_FS_*
constexpr std::uint64_t kReadFile = 4;

Section walled_program()
{
    Payload landlock;
    landlock.u16(1).u8(0).zeros(5).u64(kExecute | kReadFile).u64(0).u64(0).u16(1).u16(0).u32(0);
    landlock.u64(kExecute | kReadFile).u8(policy::kPathProgram).u8(0).u16(1).u8(0);
    return {Kind::landlock, landlock};
}

TEST_CASE_FIXTURE(Confinement, "landlock: PID 1 reports the app's end as without it")
{
    if (lacks_root("init: the end under Landlock"))
        return;
    std::vector<Section> walled = strict_sections();
    walled.push_back(walled_program());
    CHECK(run_with(walled, {"exit", "7"}).outcome() == "7");
    CHECK(run_with(walled, {"die", "9"}).outcome() == "137");
}

}  // namespace
}  // namespace outis::tests
