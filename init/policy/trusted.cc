#include "init/policy/trusted.h"

#include <array>
#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <sys/stat.h>

#include "init/kernel/sys.h"
#include "init/kernel/text.h"

namespace outis::init {
namespace {

constexpr int kMostLinks = 40;  // as the kernel follows (path_resolution(7))
constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestName = 257;  // too long for the kernel where it was cut

// A text with a final NUL, which is cut where it has no room.
class Joined {
public:
    explicit Joined(std::span<char> room) noexcept : room_(room) { room_[0] = 0; }

    Joined& add(std::string_view text) noexcept
    {
        for (const char c : text) {
            if (length_ + 1 < room_.size())
                room_[length_++] = c;
        }
        room_[length_] = 0;
        return *this;
    }

    std::string_view text() const noexcept { return {room_.data(), length_}; }

private:
    std::span<char> room_;
    std::size_t length_ = 0;
};

bool is_roots(int file) noexcept
{
    struct stat status {};

    return sys::stat(file, status) >= 0 && status.st_uid == 0;
}

class Walk {
public:
    Walk(const char* path, std::span<std::byte> room) noexcept
        : path_(path),
          room_(reinterpret_cast<char*>(room.data()), kLongestPath),
          rest_(path),
          walked_(room_)
    {
    }

    Result<Fd, Refusal> run() noexcept
    {
        OUTIS_TRY(begin());
        for (int links = 0;;) {
            while (rest_.starts_with("/"))
                rest_.remove_prefix(1);
            const Split next = split(rest_, '/');
            std::array<char, kLongestName> name;
            Joined(name).add(next.before.empty() ? "." : next.before);
            const int flags = next.found ? O_PATH | O_DIRECTORY : O_RDONLY | O_NOCTTY | O_NONBLOCK;
            const long file = sys::open_at(folder_.get(), name.data(), flags | O_NOFOLLOW);
            if (file >= 0 && !next.found)
                return Fd(static_cast<int>(file));
            if (file >= 0) {
                rest_ = next.after;
                OUTIS_TRY(enter(static_cast<int>(file), next.before));
                continue;
            }
            // Either says that there may be a link.
            if ((file != -ELOOP && file != -ENOTDIR) || links++ == kMostLinks)
                return cannot_open(file);
            OUTIS_TRY(follow(name.data(), next, file));
        }
    }

private:
    using Step = Result<Done, Refusal>;

    Failure<Refusal> cannot_open(long answer) const noexcept
    {
        return Failure{Refusal{.reason = Reason::policy_not_opened,
                               .number = static_cast<int>(-answer),
                               .subject = path_}};
    }

    Failure<Refusal> not_roots() const noexcept
    {
        return Failure{
            Refusal{.reason = Reason::policy_folder_not_roots, .subject = walked_.text()}};
    }

    Step begin() noexcept
    {
        const bool absolute = rest_.starts_with("/");
        walked_ = Joined(room_);
        return enter(static_cast<int>(sys::open(absolute ? "/" : ".", O_PATH | O_DIRECTORY)),
                     absolute ? "" : ".");
    }

    Step enter(int folder, std::string_view name) noexcept
    {
        if (folder < 0)
            return cannot_open(folder);
        folder_ = Fd(folder);
        walked_.add(name).add("/");

        struct stat status {};

        if (const long error = sys::stat(folder, status); error < 0)
            return cannot_open(error);
        shared_ = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
        if (status.st_uid != 0 || (shared_ && (status.st_mode & S_ISVTX) == 0))
            return not_roots();
        return Done{};
    }

    // The link's target takes its place in the path. `answer` is what opening it said.
    Step follow(const char* name, const Split& next, long answer) noexcept
    {
        std::array<char, kLongestPath>& text = texts_[turn_ ^= 1];
        const long length = sys::read_link(folder_.get(), name, text);
        if (length <= 0)
            return cannot_open(answer);
        const auto size = static_cast<std::size_t>(length);
        if (size + next.after.size() + 2 > text.size())
            return cannot_open(-ENAMETOOLONG);
        if (shared_) {
            const Fd link(static_cast<int>(sys::open_at(folder_.get(), name, O_PATH | O_NOFOLLOW)));
            if (!is_roots(link.get()))
                return not_roots();
        }
        // The rest lies in the other text, or in the path itself.
        Joined behind{std::span(text).subspan(size)};
        if (next.found)
            behind.add("/").add(next.after);
        rest_ = {text.data(), size + behind.text().size()};
        return rest_.starts_with("/") ? begin() : Step(Done{});
    }

    const char* path_;
    std::span<char> room_;
    std::string_view rest_;  // of the way
    Joined walked_;          // the folder where we are, for a message
    Fd folder_;
    bool shared_ = false;  // others may make names in it
    std::array<std::array<char, kLongestPath>, 2> texts_;
    unsigned turn_ = 0;
};

}  // namespace

Result<Fd, Refusal> open_trusted(const char* path, std::span<std::byte> room) noexcept
{
    return Walk(path, room).run();
}

}  // namespace outis::init
