// A seccomp profile of another tool: first as it is written, then as rules of one machine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outis/sandbox/document.h"
#include "outis/sandbox/import.h"

namespace outis::sandbox::imports {

constexpr std::size_t kMaxForeignNames = 1 << 14;  // of all rules; old formats have one a rule
constexpr std::size_t kMaxForeignTests = 4096;     // comparisons of all rules, for each name

constexpr std::uint16_t kMaxLibraryErrno = 4094;  // that libseccomp 2.5 takes: below MAX_ERRNO

// Ascending by strictness, in the order that runtime-spec#1317 gives them.
enum class ForeignKind : std::uint8_t { allow, log, trace, notify, error, trap, thread, process };

struct ForeignAction {
    ForeignKind kind = ForeignKind::error;
    std::uint16_t number = 1;  // of kind error: the errno, 0 to 4095; of trace: 0 to 65535

    friend bool operator==(const ForeignAction&, const ForeignAction&) = default;
};

enum class ForeignOperator : std::uint8_t {
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    masked_equal
};

// Unsigned, of the whole register. Masked: (argument & value) == value_two.
struct ForeignTest {
    std::uint8_t argument = 0;  // 0..5
    ForeignOperator op = ForeignOperator::equal;
    std::uint64_t value = 0;
    std::uint64_t value_two = 0;

    friend bool operator==(const ForeignTest&, const ForeignTest&) = default;
};

// Every part that is said must hold; `includes` asks for all of `capabilities`, `excludes` for any.
struct ForeignFilter {
    std::uint64_t capabilities = 0;
    std::vector<std::string> arches;  // Go's names
    std::optional<KernelVersion> minimum;
};

struct ForeignName {
    std::string text;
    Place place;
};

struct ForeignRule {
    Place place;
    std::vector<ForeignName> names;
    ForeignAction action;
    std::vector<ForeignTest> tests;
    ForeignFilter includes;
    ForeignFilter excludes;
};

// An ABI's name, SCMP_ARCH_*; `abi` is absent for those of other machines.
struct ForeignAbi {
    std::optional<Abi> abi;
    Place place;
};

struct ForeignMachine {
    ForeignAbi native;
    std::vector<ForeignAbi> others;
};

struct Foreign {
    ForeignAction otherwise;
    Place otherwise_place;
    std::vector<ForeignAbi> abis;          // `architectures`
    std::vector<ForeignMachine> machines;  // `archMap`; excludes `abis`
    bool allow_speculation = true;
    bool log = false;
    std::vector<ForeignRule> rules;
};

// A rule for one call.
struct FlatRule {
    std::string name;  // of our tables
    ForeignAction action;
    std::vector<ForeignTest> tests;
    Place place;  // of the name
};

// Conditions are decided, names known. What a runtime specification says.
struct Flat {
    ForeignAction otherwise;
    Place otherwise_place;
    std::vector<Abi> accepted;  // besides the native one, ascending, each once
    bool allow_speculation = true;
    bool log = false;
    std::vector<FlatRule> rules;  // in order of the text
};

// Collects what an import did not take over, up to a thousand notes and one that there are more.
class Notes {
public:
    explicit Notes(const ProfileText& source) : source_(&source) {}

    void add(Change change, const Place& place, std::string message);
    // One about another text.
    void add(ImportNote note);

    // File by file, in order of the text.
    [[nodiscard]] std::vector<ImportNote> take();

private:
    const ProfileText* source_;
    std::vector<ImportNote> found_;
    bool dropped_ = false;
};

}  // namespace outis::sandbox::imports
