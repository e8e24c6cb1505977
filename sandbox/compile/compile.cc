#include "outis/sandbox/compile.h"

#include "outis/base/policy.h"
#include "outis/sandbox/profile.h"
#include "sandbox/compile/filter.h"
#include "sandbox/compile/policy_writer.h"
#include "sandbox/proof/proof.h"

namespace outis::sandbox {
namespace {

// Only programs that have been proved leave this function.
Result<compile::Program, Error> checked_filter(const Profile& profile, policy::Arch arch)
{
    if (!profile.seccomp)
        return compile::Program{};
    compile::Program program = OUTIS_TRY(compile::generate_filter(profile, arch));
    if (!filter::well_formed(program.bytes))
        return bad_input("the compiled filter is malformed, which is an error in this program");
    OUTIS_TRY(proof::prove(program.bytes, profile, arch));
    return program;
}

}  // namespace

Result<std::vector<std::byte>, Error> compile_policy(const Profile& profile, policy::Arch arch)
{
    const compile::Program program = OUTIS_TRY(checked_filter(profile, arch));
    std::vector<std::byte> bytes = OUTIS_TRY(compile::write_policy(profile, arch, program));
    const auto read_back = policy::read(bytes);
    if (!read_back)
        return bad_input(std::string("the compiled policy is malformed, which is an error in this "
                                     "program: ") +
                         policy::text(read_back.error()));
    return bytes;
}

Result<std::vector<std::byte>, Error> compile_filter(const Profile& profile, policy::Arch arch)
{
    compile::Program program = OUTIS_TRY(checked_filter(profile, arch));
    return std::move(program.bytes);
}

}  // namespace outis::sandbox
