#include "init/identity/environment.h"

#include <string_view>

#include "init/kernel/sys.h"
#include "init/kernel/text.h"

namespace outis::init {
namespace {

constexpr std::size_t kMostAdditions = 12;

// What a scratch image lacks, said to the libraries that look for it: set where the path exists and
// the variable is unset. Sources: crypto/x509 and time of Go, OpenSSL's
// SSL_CTX_load_verify_locations (3), tzset(3) of glibc and musl.
struct Provided {
    const char* needs;  // a path, or nullptr: always
    const char* row;
};

constexpr Provided kProvided[]{
    {"/etc/ssl/certs/ca-certificates.crt", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
    {"/etc/ssl/certs/ca-certificates.crt", "SSL_CERT_DIR=/etc/ssl/certs"},
    {"/usr/share/zoneinfo", "ZONEINFO=/usr/share/zoneinfo"},
    {"/usr/share/zoneinfo", "TZDIR=/usr/share/zoneinfo"},
    {nullptr, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
};

std::string_view name_of(std::string_view row) noexcept
{
    return split(row, '=').before;
}

std::string_view text_of(const policy::EnvironmentRow& row) noexcept
{
    return {reinterpret_cast<const char*>(row.text.data()), row.text.size() - 1};
}

bool keeps_a_list(const policy::View& policy) noexcept
{
    if (!policy.environment)
        return false;
    Bytes rows = policy.environment->rows;
    for (std::size_t i = 0; i < policy.environment->count; ++i) {
        if (policy::next_environment_row(rows).operation == policy::kKeep)
            return true;
    }
    return false;
}

bool policy_drops(const policy::View& policy, std::string_view name, bool has_keep_list) noexcept
{
    if (!policy.environment)
        return false;
    bool kept = !has_keep_list;
    Bytes rows = policy.environment->rows;
    for (std::size_t i = 0; i < policy.environment->count; ++i) {
        const policy::EnvironmentRow row = policy::next_environment_row(rows);
        if (name_of(text_of(row)) != name)
            continue;
        if (row.operation == policy::kKeep)
            kept = true;
        else
            return true;  // unset, or set anew below
    }
    return !kept;
}

class Builder {
public:
    explicit Builder(std::span<char*> room) noexcept : room_(room) {}

    void add(const char* row) noexcept { room_[count_++] = const_cast<char*>(row); }

    void add_new(const char* row) noexcept
    {
        if (!has(name_of(row)))
            add(row);
    }

    char** finish() noexcept
    {
        room_[count_] = nullptr;
        return room_.data();
    }

    bool has(std::string_view name) const noexcept
    {
        for (char* const row : room_.first(count_)) {
            if (name_of(row) == name)
                return true;
        }
        return false;
    }

private:
    std::span<char*> room_;
    std::size_t count_ = 0;
};

template <std::size_t Size>
const char* join(std::array<char, Size>& text, std::string_view name,
                 std::string_view value) noexcept
{
    std::size_t length = 0;
    for (const std::string_view part : {name, value}) {
        for (const char c : part) {
            if (length < text.size() - 1)
                text[length++] = c;
        }
    }
    text[length] = 0;
    return text.data();
}

// Whether the variable says of root what engines say: the home or the name in root's row of passwd,
// or what they take where there is none.
bool names_root(std::string_view name, std::string_view value) noexcept
{
    if (name != "HOME" && name != "USER" && name != "LOGNAME")
        return false;
    std::string_view preset = value;
    if (preset.starts_with("/"))
        preset.remove_prefix(1);
    if (preset.empty() || preset == "root")
        return true;
    const auto root = account_by_uid(0);
    return root && (value == root->home.data() || value == root->name.data());
}

bool is_for_us(std::string_view name) noexcept
{
    return name.starts_with("OUTIS_");
}

void add_user(Builder& builder, const Account& account, EnvironmentTexts& texts) noexcept
{
    const std::string_view home = account.home.data();
    builder.add_new(join(texts.home, "HOME=", home.empty() ? "/" : home));
    const std::string_view name = account.name.data();
    if (name.empty())
        return;
    builder.add_new(join(texts.user, "USER=", name));
    builder.add_new(join(texts.logname, "LOGNAME=", name));
}

void add_provided(Builder& builder) noexcept
{
    const char* looked_for = nullptr;
    bool there = true;
    for (const Provided& provided : kProvided) {
        if (builder.has(name_of(provided.row)))
            continue;
        if (provided.needs == nullptr)
            there = true;
        else if (looked_for == nullptr || std::string_view(looked_for) != provided.needs)
            there = sys::readable_file(provided.needs);
        looked_for = provided.needs;
        if (there)
            builder.add(provided.row);
    }
}

void add_policy_rows(Builder& builder, const policy::View& policy) noexcept
{
    if (!policy.environment)
        return;
    Bytes rows = policy.environment->rows;
    for (std::size_t i = 0; i < policy.environment->count; ++i) {
        const policy::EnvironmentRow row = policy::next_environment_row(rows);
        if (row.operation == policy::kSet)
            builder.add(text_of(row).data());
    }
}

}  // namespace

std::size_t environment_room(char* const* environment, const policy::View& policy) noexcept
{
    std::size_t rows = kMostAdditions;
    for (char* const* row = environment; *row != nullptr; ++row)
        ++rows;
    return rows + (policy.environment ? policy.environment->count : 0);
}

char** build_environment(char* const* environment, std::span<char*> room, const Plan& plan,
                         const policy::View& policy, const Identity& identity, int initial_pid,
                         EnvironmentTexts& texts) noexcept
{
    Builder builder(room);
    const bool has_keep_list = keeps_a_list(policy);
    for (char* const* row = environment; *row != nullptr; ++row) {
        const Split pair = split(*row, '=');
        if (is_for_us(pair.before) || policy_drops(policy, pair.before, has_keep_list))
            continue;
        if (identity.change && names_root(pair.before, pair.after)) {
            texts.replaced.add(std::string_view(*row)).add(" ");
            continue;
        }
        if (pair.before == "LISTEN_PID" &&
            parse_number(pair.after, 0x7FFFFFFF) == static_cast<std::uint64_t>(initial_pid)) {
            texts.listen_pid_wanted = true;
            builder.add(join(texts.listen_pid, "LISTEN_PID=", ""));
            continue;
        }
        builder.add(*row);
    }
    add_policy_rows(builder, policy);
    if (identity.change) {
        add_user(builder, identity.account, texts);
    } else if (identity.uid != 0 && (identity.promised || plan.manner == Manner::outis) &&
               !(builder.has("USER") && builder.has("LOGNAME") && builder.has("HOME"))) {
        // Engines set HOME at most. Go without cgo needs USER too, where passwd lacks the user.
        if (const auto account = account_by_uid(identity.uid))
            add_user(builder, *account, texts);
    }
    if (plan.manner == Manner::outis)
        add_provided(builder);
    return builder.finish();
}

void set_listen_pid(EnvironmentTexts& texts, int pid) noexcept
{
    if (!texts.listen_pid_wanted)
        return;
    join(texts.listen_pid, "LISTEN_PID=", Digits(pid).text());
}

}  // namespace outis::init
