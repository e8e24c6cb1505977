// The image's accounts: /etc/passwd and /etc/group, passwd(5) and group(5).
//
// Lines longer than 1023 bytes and malformed ones are passed over, and so is what lies behind the
// first MiB, and a file that is no regular one. Without the files only the numbers work, and
// `nobody`, which is 65534 everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace outis::init {

constexpr std::uint32_t kNobody = 65534;

struct Account {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::array<char, 64> name{};   // NUL-terminated
    std::array<char, 192> home{};  // NUL-terminated
};

// Ids are decimal and below 2^32 - 1, which setresuid(2) keeps for "unchanged".
std::optional<std::uint32_t> parse_id(std::string_view text) noexcept;

std::optional<Account> account_by_name(std::string_view name) noexcept;
std::optional<Account> account_by_uid(std::uint32_t uid) noexcept;
std::optional<std::uint32_t> group_by_name(std::string_view name) noexcept;

// The pure parts: one line of each file.
std::optional<Account> parse_account(std::string_view line) noexcept;

struct Group {
    std::string_view name;
    std::uint32_t gid = 0;
};

std::optional<Group> parse_group(std::string_view line) noexcept;

}  // namespace outis::init
