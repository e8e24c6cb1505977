// What a profile answers to each call, in rules that other compilers cannot misread: for one call
// the argument sets of different rules never overlap.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "outis/sandbox/profile.h"
#include "sandbox/import/foreign.h"
#include "sandbox/sets/cubes.h"

namespace outis::sandbox::exports {

struct Decision {
    std::uint32_t verdict = 0;
    sets::Cubes when;  // disjoint; one cube that fixes nothing: always
};

struct CallDecisions {
    std::string_view call;
    std::vector<Decision> decisions;  // one a verdict; together they cover every argument
};

struct Decisions {
    std::vector<Abi> abis;             // the native one first
    std::vector<CallDecisions> calls;  // every call of these ABIs, ascending by name
    std::vector<std::string> differences;
};

// `profile` must have a seccomp part.
[[nodiscard]] Decisions decisions_of(const Profile& profile, policy::Arch arch);

struct ExportedRule {
    std::vector<std::string_view> names;
    std::uint32_t verdict = 0;
    std::vector<imports::ForeignTest> tests;  // all hold; one an argument
};

// What a cube of a Decision says. Of a number at which a range begins it names the one before,
// which 63 bits hold for every range that begins with or below the sign bit.
[[nodiscard]] std::vector<imports::ForeignTest> tests_of(const sets::Cube& cube);

// The decisions in an order that libseccomp takes: those without conditions first, one rule a
// verdict, and before them i386's socketcall and ipc, for once a call that they carry is decided
// otherwise libseccomp refuses (EEXIST) to decide them. Of one call those that compare lower
// arguments come first.
[[nodiscard]] std::vector<ExportedRule> rules_of(const Decisions& decisions);

// Calls that libseccomp 2.5.4 does not know, the oldest that is still in use (Debian 12); runc
// leaves them out there. Ascending.
[[nodiscard]] std::span<const std::string_view> new_calls() noexcept;

}  // namespace outis::sandbox::exports
