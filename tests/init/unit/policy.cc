// The reader of policies: takes the rich one, refuses everything beside it.
#include "outis/base/policy.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "init/unit/policy_bytes.h"

namespace outis::tests::policy_test {
namespace {

using policy::Kind;
using policy::ReadError;

constexpr auto smallest_policy()
{
    std::array<std::byte, policy::kHeaderSize> bytes{};
    const std::span<std::byte> all(bytes);
    for (std::size_t i = 0; i < policy::kMagic.size(); ++i)
        bytes[i] = static_cast<std::byte>(policy::kMagic[i]);
    store_le(all, 8, policy::kVersion);
    store_le(all, 10, static_cast<std::uint16_t>(policy::Arch::x86_64));
    store_le(all, 12, static_cast<std::uint32_t>(policy::kHeaderSize));
    bytes[24] = std::byte{'x'};
    store_le(all, 16, policy::checksum_of(Bytes(bytes)));
    return bytes;
}

constexpr auto kSmallest = smallest_policy();
constexpr auto kSmallestRead = policy::read(kSmallest);
static_assert(kSmallestRead, "the smallest policy is read at compile time");
static_assert(!kSmallestRead.value().process && kSmallestRead.value().name[0] == 'x');
static_assert(!policy::read(Bytes(kSmallest).first(63)));
static_assert(crc32(Bytes(kSmallest).first(0)) == 0);

// A policy that is whole and sealed, so that the named section alone decides.
struct Refused {
    std::string name;
    Kind kind;
    Payload payload;
    ReadError error;
};

TEST_CASE("policy: a policy with every section is read")
{
    const PolicyBytes bytes = rich_policy();
    const auto read = policy::read(bytes);
    REQUIRE(read);
    const policy::View& view = read.value();
    CHECK(std::string(view.name.data()) == "test");
    CHECK(view.arch == native_arch());
    CHECK(view.process->flags == 0x6B);
    CHECK(view.process->umask == 027);
    CHECK(view.process->oom == -5);
    CHECK(view.ids->uid == 65534);
    CHECK(view.ids->group_count() == 2);
    CHECK(view.ids->group(1) == 200);
    CHECK(view.capabilities->ambient == 1 << 10);
    CHECK(view.capabilities->securebits == 0x2F);
    CHECK(view.seccomp->count() == 6);
    CHECK(reinterpret_cast<std::uintptr_t>(view.seccomp->program.data()) % 8 ==
          reinterpret_cast<std::uintptr_t>(bytes.data()) % 8);
    CHECK(view.landlock->minimum_abi == 4);
    CHECK(view.landlock->path_count == 2);
    CHECK(policy::port_rule(*view.landlock, 0).port == 8080);
    CHECK(view.limits->at(0).hard == 512);
    CHECK(view.environment->count == 3);
    CHECK(view.signals->grace == 10'000);
    CHECK(view.signals->drain == 500);
    CHECK(view.signals->rewrites.size() == 4);
    CHECK(view.exec->once);
    CHECK(load_le16(view.exec->high, 0) == 3);
}

TEST_CASE("policy: every truncation is refused")
{
    const PolicyBytes bytes = rich_policy();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(policy::read(Bytes(bytes).first(size)));
        // Nor where the size field and the checksum were made to fit.
        PolicyBytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        if (size >= policy::kHeaderSize) {
            seal(cut);
            CHECK_FALSE(policy::read(cut));
        }
    }
}

TEST_CASE("policy: every changed byte is refused")
{
    PolicyBytes bytes = rich_policy();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        CAPTURE(at);
        for (const unsigned change : {0x01U, 0x80U, 0xFFU}) {
            bytes[at] ^= static_cast<std::byte>(change);
            CHECK_FALSE(policy::read(bytes));
            bytes[at] ^= static_cast<std::byte>(change);
        }
    }
    REQUIRE(policy::read(bytes));
}

TEST_CASE("policy: what follows the last section is refused")
{
    PolicyBytes bytes = rich_policy();
    bytes.resize(bytes.size() + 8);
    CHECK(policy::read(bytes).error() == ReadError::wrong_size);
    seal(bytes);
    CHECK(policy::read(bytes).error() == ReadError::wrong_size);
    bytes.resize(policy::kMaxSize + 1);
    CHECK(policy::read(bytes).error() == ReadError::too_long);
}

TEST_CASE("policy: a header that is wrong is named")
{
    struct Case {
        std::string name;
        std::size_t at;
        unsigned value;
        ReadError error;
    };

    const Case kCases[]{
        {"another magic", 0, 'o', ReadError::not_a_policy},
        {"the version before", 8, 1, ReadError::wrong_version},
        {"another version", 8, 3, ReadError::wrong_version},
        {"no architecture", 10, 0, ReadError::unknown_arch},
        {"an unknown architecture", 10, 3, ReadError::unknown_arch},
        {"fewer sections than there are", 20, 8, ReadError::wrong_size},
        {"more sections than there are", 20, 10, ReadError::bad_section},
        {"reserved field set", 22, 1, ReadError::bad_section},
        {"no name", 24, 0, ReadError::bad_name},
        {"a blank in the name", 25, ' ', ReadError::bad_name},
        {"a name after its end", 40, 'x', ReadError::bad_name},
        {"last reserved field set", 63, 1, ReadError::bad_section},
        {"a section that does not exist", 64, 10, ReadError::unknown_section},
        {"section of kind 0", 64, 0, ReadError::bad_section},
        {"sections not ascending", 64, 2, ReadError::bad_ids},
        {"reserved field of a section", 66, 1, ReadError::bad_section},
        {"a section longer than the rest", 70, 1, ReadError::bad_section},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        PolicyBytes bytes = rich_policy();
        bytes[c.at] = static_cast<std::byte>(c.value);
        seal(bytes);
        const auto read = policy::read(bytes);
        REQUIRE_FALSE(read);
        CHECK(read.error() == c.error);
    }
}

TEST_CASE("policy: the same section twice is refused")
{
    const Payload process = process_payload({});
    CHECK(policy::read(make_policy({{Kind::process, process}})));
    CHECK_FALSE(policy::read(make_policy({{Kind::process, process}, {Kind::process, process}})));
}

TEST_CASE("policy: padding that is not empty is refused")
{
    PolicyBytes bytes = make_policy({{Kind::ids, ids_payload(1, 1, {}, false)}});
    REQUIRE(policy::read(bytes));
    bytes.back() = std::byte{1};
    seal(bytes);
    CHECK(policy::read(bytes).error() == ReadError::bad_section);
}

TEST_CASE("policy: a malformed section is refused")
{
    constexpr std::uint64_t kBit = 1 << 5;
    const auto capabilities = [](auto change) {
        policy::Capabilities sets;
        change(sets);
        return capabilities_payload(sets);
    };
    const Refused kCases[]{
        {"process: short", Kind::process, Payload().u64(0), ReadError::bad_process},
        {"process: unknown flag", Kind::process, process_payload({.flags = 128}),
         ReadError::bad_process},
        {"process: umask too wide", Kind::process, process_payload({.flags = 32, .umask = 01000}),
         ReadError::bad_process},
        {"process: umask without its flag", Kind::process,
         process_payload({.flags = 0, .umask = 1}), ReadError::bad_process},
        {"process: oom too low", Kind::process,
         process_payload({.flags = 64, .umask = 0, .oom = -1001}), ReadError::bad_process},
        {"process: oom without its flag", Kind::process,
         process_payload({.flags = 0, .umask = 0, .oom = 1}), ReadError::bad_process},
        {"ids: short", Kind::ids, Payload().u64(0), ReadError::bad_ids},
        {"ids: by name without one", Kind::ids, ids_payload(policy::kById, 1, {}, false),
         ReadError::bad_ids},
        {"ids: group by name without any", Kind::ids, ids_payload(1, policy::kById, {}, false),
         ReadError::bad_ids},
        {"ids: groups that are not to be set", Kind::ids, ids_payload(1, 1, {5}, false),
         ReadError::bad_ids},
        {"ids: a colon in the name", Kind::ids, named_ids_payload("a:b", ""), ReadError::bad_ids},
        {"ids: a name of 33", Kind::ids, named_ids_payload(std::string(33, 'a'), ""),
         ReadError::bad_ids},
        {"capabilities: effective beyond permitted", Kind::capabilities,
         capabilities([](auto& sets) { sets.effective = kBit; }), ReadError::bad_capabilities},
        {"capabilities: inheritable beyond bounding", Kind::capabilities,
         capabilities([](auto& sets) { sets.inheritable = kBit; }), ReadError::bad_capabilities},
        {"capabilities: ambient beyond inheritable", Kind::capabilities,
         capabilities([](auto& sets) { sets.ambient = sets.permitted = kBit; }),
         ReadError::bad_capabilities},
        {"capabilities: unknown securebits", Kind::capabilities,
         capabilities([](auto& sets) { sets.securebits = 256; }), ReadError::bad_capabilities},
        {"seccomp: no instruction", Kind::seccomp, seccomp_payload({}), ReadError::bad_seccomp},
        {"seccomp: unknown flag", Kind::seccomp,
         seccomp_payload({{.code = filter::kReturn, .jt = 0, .jf = 0, .k = filter::kAllow}}, 1),
         ReadError::bad_seccomp},
        {"limits: soft over hard", Kind::limits, limits_payload({{7, 2, 1}}),
         ReadError::bad_limits},
        {"limits: unknown resource", Kind::limits, limits_payload({{16, 1, 1}}),
         ReadError::bad_limits},
        {"limits: 17 rows", Kind::limits, limits_payload(std::vector<policy::Limit>(17)),
         ReadError::bad_limits},
        {"environment: set without a value", Kind::environment,
         environment_payload({{policy::kSet, "A"}}), ReadError::bad_environment},
        {"environment: unset with a value", Kind::environment,
         environment_payload({{policy::kUnset, "A=1"}}), ReadError::bad_environment},
        {"environment: no name", Kind::environment, environment_payload({{policy::kSet, "=1"}}),
         ReadError::bad_environment},
        {"environment: unknown operation", Kind::environment, environment_payload({{4, "A"}}),
         ReadError::bad_environment},
        {"environment: a NUL inside", Kind::environment,
         environment_payload({{policy::kSet, std::string_view("A=\0b", 4)}}),
         ReadError::bad_environment},
        {"signals: rewrites 0", Kind::signals, signals_payload({}, {{0, 1}}),
         ReadError::bad_signals},
        {"signals: rewrites 65", Kind::signals, signals_payload({}, {{65, 1}}),
         ReadError::bad_signals},
        {"signals: rewrites to 65", Kind::signals, signals_payload({}, {{1, 65}}),
         ReadError::bad_signals},
        {"exec: without a filter", Kind::exec, exec_payload(false, {}, {}), ReadError::bad_exec},
    };
    for (const Refused& c : kCases) {
        CAPTURE(c.name);
        const auto read = policy::read(make_policy({{c.kind, c.payload}}));
        REQUIRE_FALSE(read);
        CHECK(read.error() == c.error);
    }
}

TEST_CASE("policy: the cookie's places must be comparisons")
{
    const Payload filter = seccomp_payload({
        {.code = filter::kJumpEqual, .jt = 0, .jf = 0, .k = 0},
        {.code = filter::kReturn, .jt = 0, .jf = 0, .k = filter::kAllow},
    });

    struct Case {
        std::string name;
        Payload payload;
        bool good;
    };

    const Case kCases[]{
        {"both on a comparison", exec_payload(true, {0}, {0}), true},
        {"none, and not asked for", exec_payload(false, {}, {}), true},
        {"asked for without places", exec_payload(true, {}, {}), false},
        {"low word alone", exec_payload(true, {0}, {}), false},
        {"places without being asked for", exec_payload(false, {0}, {0}), false},
        {"on a return", exec_payload(true, {1}, {0}), false},
        {"past the end", exec_payload(true, {0}, {2}), false},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        const PolicyBytes bytes = make_policy({{Kind::seccomp, filter}, {Kind::exec, c.payload}});
        CHECK(static_cast<bool>(policy::read(bytes)) == c.good);
    }
}

}  // namespace
}  // namespace outis::tests::policy_test
