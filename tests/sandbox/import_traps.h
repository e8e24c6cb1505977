// The traps for whoever reads other tools' profiles, each with what runc's filter answers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outis/sandbox/explain.h"
#include "outis/sandbox/import.h"

namespace outis::sandbox {

struct Ask {
    Abi abi = Abi::x86_64;
    std::string call;  // or a number: "0x40000001"
    std::array<std::uint64_t, 6> arguments;
    std::string runc;      // verdict_name of runc's filter, and so of an exact import
    std::string hardened;  // of a hardened import
    // Of the libseccomp that is installed, where a bug of its tree makes that another verdict.
    std::string library = {};
};

struct Trap {
    std::string name;
    std::string json;
    std::string oci;  // what its tool hands to runc; empty: the same
    ImportOptions options;
    std::vector<Ask> asks;
    std::vector<Change> exact_notes;  // at least once each
    std::vector<Change> hardened_notes;
    bool same_points = true;  // runc's filter is the exact import's at every point
};

[[nodiscard]] std::vector<Trap> traps();

[[nodiscard]] CallData call_data(const Ask& ask);

}  // namespace outis::sandbox
