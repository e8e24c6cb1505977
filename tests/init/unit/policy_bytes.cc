#include "policy_bytes.h"

#include <array>

namespace outis::tests {

Payload& Payload::integer(std::uint64_t value, int size)
{
    for (int i = 0; i < size; ++i)
        bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
    return *this;
}

Payload& Payload::text(std::string_view text)
{
    for (const char c : text)
        bytes_.push_back(static_cast<std::byte>(c));
    return *this;
}

Payload& Payload::zeros(std::size_t count)
{
    bytes_.resize(bytes_.size() + count);
    return *this;
}

Payload& Payload::instruction(const filter::Instruction& instruction)
{
    return u16(instruction.code).u8(instruction.jt).u8(instruction.jf).u32(instruction.k);
}

policy::Arch native_arch()
{
#if defined(__x86_64__)
    return policy::Arch::x86_64;
#else
    return policy::Arch::aarch64;
#endif
}

PolicyBytes make_policy(const std::vector<Section>& sections, std::string_view name,
                        policy::Arch arch)
{
    Payload policy;
    policy.text("OUTISPOL").u16(policy::kVersion).u16(static_cast<unsigned>(arch)).zeros(8);
    policy.u16(static_cast<unsigned>(sections.size())).u16(0);
    policy.text(name).zeros(policy::kNameSize - name.size()).zeros(8);
    PolicyBytes bytes = policy.bytes();
    for (const Section& section : sections) {
        const PolicyBytes& payload = section.payload.bytes();
        Payload head;
        head.u16(static_cast<unsigned>(section.kind)).u16(0);
        head.u32(static_cast<std::uint32_t>(payload.size()));
        bytes.insert(bytes.end(), head.bytes().begin(), head.bytes().end());
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        bytes.resize((bytes.size() + 7) / 8 * 8);
    }
    seal(bytes);
    return bytes;
}

void seal(PolicyBytes& bytes)
{
    store_le(std::span(bytes), 12, static_cast<std::uint32_t>(bytes.size()));
    store_le(std::span(bytes), 16, policy::checksum_of(Bytes(bytes)));
}

Payload process_payload(const ProcessFields& fields)
{
    return Payload()
        .u32(fields.flags)
        .u16(fields.umask)
        .u16(static_cast<std::uint16_t>(fields.oom))
        .zeros(8);
}

Payload ids_payload(std::uint32_t uid, std::uint32_t gid,
                    std::initializer_list<std::uint32_t> groups, bool replace)
{
    Payload payload;
    payload.u32(uid).u32(gid).u8(replace ? 1 : 0).u8(0).u8(0);
    payload.u8(static_cast<unsigned>(groups.size()));
    for (const std::uint32_t group : groups)
        payload.u32(group);
    return payload;
}

Payload named_ids_payload(std::string_view user, std::string_view group)
{
    Payload payload;
    payload.u32(policy::kById).u32(policy::kById).u8(0);
    payload.u8(static_cast<unsigned>(user.size())).u8(static_cast<unsigned>(group.size())).u8(0);
    return payload.text(user).text(group);
}

Payload capabilities_payload(const policy::Capabilities& sets)
{
    return Payload()
        .u64(sets.bounding)
        .u64(sets.permitted)
        .u64(sets.effective)
        .u64(sets.inheritable)
        .u64(sets.ambient)
        .u32(sets.securebits)
        .u32(0);
}

Payload seccomp_payload(const std::vector<filter::Instruction>& program, std::uint32_t flags)
{
    Payload payload;
    payload.u32(flags).u16(static_cast<unsigned>(program.size())).u16(0);
    for (const filter::Instruction& instruction : program)
        payload.instruction(instruction);
    return payload;
}

Payload landlock_payload()
{
    constexpr std::uint64_t kReadFile = 4;  // LANDLOCK_ACCESS_FS_READ_FILE
    constexpr std::uint64_t kBind = 1;      // LANDLOCK_ACCESS_NET_BIND_TCP
    Payload payload;
    payload.u16(4).u8(1).zeros(5).u64(kReadFile).u64(kBind).u64(0).u16(2).u16(1).u32(0);
    payload.u64(kReadFile).u8(1).u8(0).u16(5).text("/etc").u8(0);
    payload.u64(kReadFile).u8(4).u8(0).u16(1).u8(0);
    return payload.u64(kBind).u16(8080).zeros(6);
}

Payload limits_payload(const std::vector<policy::Limit>& limits)
{
    Payload payload;
    payload.u16(static_cast<unsigned>(limits.size())).zeros(6);
    for (const policy::Limit& limit : limits)
        payload.u32(limit.resource).u32(0).u64(limit.soft).u64(limit.hard);
    return payload;
}

Payload environment_payload(const std::vector<EnvironmentText>& rows)
{
    Payload payload;
    payload.u16(static_cast<unsigned>(rows.size())).zeros(6);
    for (const EnvironmentText& row : rows) {
        payload.u8(row.operation).u8(0).u16(static_cast<unsigned>(row.text.size() + 1));
        payload.text(row.text).u8(0);
    }
    return payload;
}

Payload signals_payload(const policy::Signals& fields,
                        const std::vector<std::pair<int, int>>& rewrites)
{
    Payload payload;
    payload.u64(fields.stop).u32(fields.grace).u32(fields.drain).u8(fields.group ? 1 : 0);
    payload.u8(static_cast<unsigned>(rewrites.size())).zeros(6);
    for (const auto& [from, to] : rewrites)
        payload.u8(static_cast<unsigned>(from)).u8(static_cast<unsigned>(to));
    return payload;
}

Payload exec_payload(bool once, std::initializer_list<unsigned> low,
                     std::initializer_list<unsigned> high)
{
    Payload payload;
    payload.u32(once ? 1 : 0);
    payload.u16(static_cast<unsigned>(low.size())).u16(static_cast<unsigned>(high.size()));
    for (const auto& list : {low, high}) {
        for (const unsigned index : list)
            payload.u16(index);
    }
    return payload;
}

PolicyBytes rich_policy()
{
    using filter::Instruction;
    const std::vector<Instruction> program{
        {.code = filter::kLoadWord, .jt = 0, .jf = 0, .k = filter::kArgumentsOffset},
        {.code = filter::kJumpEqual, .jt = 0, .jf = 2, .k = 0},
        {.code = filter::kLoadWord, .jt = 0, .jf = 0, .k = filter::kArgumentsOffset + 4},
        {.code = filter::kJumpEqual, .jt = 1, .jf = 0, .k = 0},
        {.code = filter::kReturn, .jt = 0, .jf = 0, .k = filter::kErrno | 1},
        {.code = filter::kReturn, .jt = 0, .jf = 0, .k = filter::kAllow},
    };
    policy::Capabilities sets;
    sets.bounding = sets.permitted = sets.effective = sets.inheritable = sets.ambient = 1 << 10;
    sets.securebits = 0x2F;
    policy::Signals stop;
    stop.stop = 1 << 2;
    stop.grace = 10'000;
    stop.drain = 500;
    return make_policy({
        {policy::Kind::process, process_payload({.flags = 0x6B, .umask = 027, .oom = -5})},
        {policy::Kind::ids, ids_payload(65534, 65534, {100, 200}, true)},
        {policy::Kind::capabilities, capabilities_payload(sets)},
        {policy::Kind::seccomp, seccomp_payload(program)},
        {policy::Kind::landlock, landlock_payload()},
        {policy::Kind::limits, limits_payload({{.resource = 7, .soft = 256, .hard = 512}})},
        {policy::Kind::environment,
         environment_payload(
             {{policy::kSet, "A=1"}, {policy::kUnset, "B"}, {policy::kKeep, "PATH"}})},
        {policy::Kind::signals, signals_payload(stop, {{15, 3}, {1, 0}})},
        {policy::Kind::exec, exec_payload(true, {1}, {3})},
    });
}

}  // namespace outis::tests
