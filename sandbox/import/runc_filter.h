// What runc's filter answers, evaluated directly from the flat rules: without the model of a
// profile, its text and the compiler, all of which an exact import has to agree with.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "outis/sandbox/explain.h"
#include "sandbox/import/foreign.h"

namespace outis::sandbox::imports {

class RuncFilter {
public:
    // Keeps references to the rules of `flat`, which must outlive this.
    RuncFilter(const Flat& flat, policy::Arch arch);

    // SECCOMP_RET_*; ENOSYS for TRACE, as without a tracer.
    [[nodiscard]] std::uint32_t judge(const CallData& data) const;

private:
    // A rule of libseccomp's for one number.
    struct LibraryRule {
        const FlatRule* rule = nullptr;
        // i386: the number of the sub-call, in place of what argument 0 is compared with.
        std::optional<std::uint32_t> companion;
    };

    [[nodiscard]] bool accepts(Abi abi) const;
    [[nodiscard]] static bool speaks(const LibraryRule& library, const CallData& data, Abi abi);

    const Flat& flat_;
    Abi native_;
    std::array<std::optional<std::uint32_t>, kAbis> highest_;            // of the stub, by Abi
    std::unordered_map<std::uint64_t, std::vector<LibraryRule>> rules_;  // by ABI << 32 | number
};

}  // namespace outis::sandbox::imports
