// Compiled policies, written byte by byte from the table in policy_layout.h: what the reader must
// take, and the start of what it must refuse.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "outis/base/policy_layout.h"

namespace outis::tests {

using PolicyBytes = std::vector<std::byte>;

// A payload in the making; integers are little-endian.
class Payload {
public:
    Payload& u8(unsigned value) { return integer(value, 1); }

    Payload& u16(unsigned value) { return integer(value, 2); }

    Payload& u32(std::uint32_t value) { return integer(value, 4); }

    Payload& u64(std::uint64_t value) { return integer(value, 8); }

    Payload& text(std::string_view text);  // no NUL
    Payload& zeros(std::size_t count);
    Payload& instruction(const filter::Instruction& instruction);

    const PolicyBytes& bytes() const { return bytes_; }

private:
    Payload& integer(std::uint64_t value, int size);

    PolicyBytes bytes_;
};

struct Section {
    policy::Kind kind;
    Payload payload;
};

// The architecture of this machine, where none is named.
policy::Arch native_arch();

// Header, sections, size and checksum, all right; the sections are as given.
PolicyBytes make_policy(const std::vector<Section>& sections, std::string_view name = "test",
                        policy::Arch arch = native_arch());

// Writes size and checksum anew, after a test has changed the rest.
void seal(PolicyBytes& bytes);

// Payloads that are well formed.
struct ProcessFields {
    std::uint32_t flags = 0;
    std::uint16_t umask = 0;
    std::int16_t oom = 0;
};

Payload process_payload(const ProcessFields& fields);
Payload ids_payload(std::uint32_t uid, std::uint32_t gid,
                    std::initializer_list<std::uint32_t> groups, bool replace);
Payload named_ids_payload(std::string_view user, std::string_view group);
Payload capabilities_payload(const policy::Capabilities& sets);
Payload seccomp_payload(const std::vector<filter::Instruction>& program, std::uint32_t flags = 0);
Payload landlock_payload();
Payload limits_payload(const std::vector<policy::Limit>& limits);

struct EnvironmentText {
    std::uint8_t operation;
    std::string_view text;
};

Payload environment_payload(const std::vector<EnvironmentText>& rows);
Payload signals_payload(const policy::Signals& fields,
                        const std::vector<std::pair<int, int>>& rewrites = {});
Payload exec_payload(bool once, std::initializer_list<unsigned> low,
                     std::initializer_list<unsigned> high);

// One of every section.
PolicyBytes rich_policy();

}  // namespace outis::tests
