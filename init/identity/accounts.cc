#include "init/identity/accounts.h"

#include <cstddef>

#include <fcntl.h>

#include "init/kernel/sys.h"
#include "init/kernel/text.h"
#include "outis/base/fd.h"

namespace outis::init {
namespace {

constexpr std::size_t kLongestLine = 1024;      // with its line feed
constexpr std::size_t kMostRead = 1024 * 1024;  // of a file; what follows is not looked at

// Hands out the lines of a file from one small buffer.
class Lines {
public:
    explicit Lines(const char* path) noexcept
        : file_(static_cast<int>(sys::open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK)))
    {
        // A pipe or a device may have no end.
        struct stat status;

        if (file_.open() && (sys::stat(file_.get(), status) < 0 || !S_ISREG(status.st_mode)))
            file_.reset();
    }

    std::optional<std::string_view> next() noexcept
    {
        for (;;) {
            for (std::size_t i = start_; i < end_; ++i) {
                if (buffer_[i] == std::byte{'\n'})
                    return take_line(i);
            }
            if (!fill())
                return std::nullopt;
        }
    }

private:
    std::optional<std::string_view> take_line(std::size_t line_feed) noexcept
    {
        const std::string_view line(reinterpret_cast<const char*>(buffer_.data()) + start_,
                                    line_feed - start_);
        start_ = line_feed + 1;
        const bool whole = !cut_;
        cut_ = false;
        return whole ? line : std::string_view{};
    }

    bool fill() noexcept
    {
        if (!file_.open() || read_ >= kMostRead)
            return false;
        for (std::size_t i = start_; i < end_; ++i)
            buffer_[i - start_] = buffer_[i];
        end_ -= start_;
        start_ = 0;
        if (end_ == buffer_.size()) {
            cut_ = true;
            end_ = 0;
        }
        const long got = sys::read(file_.get(), std::span(buffer_).subspan(end_));
        if (got <= 0)
            return false;
        end_ += static_cast<std::size_t>(got);
        read_ += static_cast<std::size_t>(got);
        return true;
    }

    Fd file_;
    std::array<std::byte, kLongestLine> buffer_;
    std::size_t start_ = 0;
    std::size_t end_ = 0;
    std::size_t read_ = 0;
    bool cut_ = false;  // the start of the present line was too long to keep
};

// Copies with a final NUL; what does not fit makes the whole field empty.
template <std::size_t Size>
void copy(std::string_view text, std::array<char, Size>& field) noexcept
{
    if (text.size() >= Size)
        return;
    for (std::size_t i = 0; i < text.size(); ++i)
        field[i] = text[i];
}

template <typename Wanted>
std::optional<Account> find_account(Wanted wanted) noexcept
{
    Lines lines("/etc/passwd");
    while (const auto line = lines.next()) {
        const auto account = parse_account(*line);
        if (account && wanted(*account))
            return account;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> parse_id(std::string_view text) noexcept
{
    const auto number = parse_number(text, 0xFFFFFFFE);
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

std::optional<Account> parse_account(std::string_view line) noexcept
{
    const Split name = split(line, ':');
    const Split password = split(name.after, ':');
    const Split uid = split(password.after, ':');
    const Split gid = split(uid.after, ':');
    const Split gecos = split(gid.after, ':');
    const Split home = split(gecos.after, ':');
    const auto uid_number = parse_id(uid.before);
    const auto gid_number = parse_id(gid.before);
    if (!gid.found || name.before.empty() || !uid_number || !gid_number)
        return std::nullopt;
    Account account{.uid = *uid_number, .gid = *gid_number};
    copy(name.before, account.name);
    copy(home.before, account.home);
    return account;
}

std::optional<Group> parse_group(std::string_view line) noexcept
{
    const Split name = split(line, ':');
    const Split password = split(name.after, ':');
    const Split gid = split(password.after, ':');
    const auto number = parse_id(gid.before);
    if (!password.found || name.before.empty() || !number)
        return std::nullopt;
    return Group{.name = name.before, .gid = *number};
}

std::optional<Account> account_by_name(std::string_view name) noexcept
{
    if (const auto found =
            find_account([&](const Account& account) { return name == account.name.data(); }))
        return found;
    if (name != "nobody")
        return std::nullopt;
    return account_by_uid(kNobody);
}

std::optional<Account> account_by_uid(std::uint32_t uid) noexcept
{
    if (const auto found = find_account([&](const Account& account) { return account.uid == uid; }))
        return found;
    if (uid != kNobody)
        return std::nullopt;
    Account nobody{.uid = kNobody, .gid = kNobody};
    copy("nobody", nobody.name);
    return nobody;
}

std::optional<std::uint32_t> group_by_name(std::string_view name) noexcept
{
    Lines lines("/etc/group");
    while (const auto line = lines.next()) {
        const auto group = parse_group(*line);
        if (group && group->name == name)
            return group->gid;
    }
    return name == "nobody" || name == "nogroup" ? std::optional(kNobody) : std::nullopt;
}

}  // namespace outis::init
