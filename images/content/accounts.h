// The accounts of an image: what /etc/passwd and /etc/group say, and whom an image runs as.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outis/error.h"

namespace outis::images::content {

struct Account {
    std::string name = {};
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string home = "/nonexistent";
};

using Accounts = std::vector<Account>;

// root and nobody, which every image has.
Accounts base_accounts();

struct UserId {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;

    bool operator==(const UserId&) const = default;
};

constexpr UserId kNobody{.uid = 65534, .gid = 65534};

// "65534:65534", as an image's configuration names a user.
std::string user_text(UserId user);

// "name:uid:gid", as --account takes it; the gid may be left out and is then the uid.
Result<Account, Error> parse_account(std::string_view text);

// "USER[:GROUP]", each a number or the name of an account. A number without group has the group of
// its account, else its own number.
Result<UserId, Error> parse_user(std::string_view text, const Accounts& accounts);

// A decimal number up to 4294967294; nothing else.
std::optional<std::uint32_t> parse_id(std::string_view text);

// Adds `account`; a name or uid that is taken by another is an error.
Result<Done, Error> add_account(Accounts& accounts, Account account);

// With an account for `user`, named 'app', if none has its uid.
Accounts with_user(Accounts accounts, UserId user);

// The account that `--user auto` means: an id from the image's name alone, "team/hello", so that
// each version of it has the same, whatever its tag and registry. 20000 to 59999: above the
// accounts of people, below systemd's own (60001 to 65519) and nobody's, and within the 65536 ids
// that a user namespace of Kubernetes, Docker or Podman usually maps.
constexpr std::uint32_t kFirstAutoId = 20000;
constexpr std::uint32_t kAutoIds = 40000;
Account auto_account(std::string_view image);

std::string passwd_text(const Accounts& accounts);
// The group 65534 has Debian's name for it besides, 'nogroup'.
std::string group_text(const Accounts& accounts);

}  // namespace outis::images::content
