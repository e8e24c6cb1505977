// Files that appear whole or not at all: written without a name (O_TMPFILE), or under a temporary
// one where the file system has no such thing, and renamed over the target by commit().
// Dropped without commit(), nothing is left behind; a kill leaves nothing either where O_TMPFILE
// works. A symbolic link is followed; a pipe or device that is there already is written to as it
// comes. What cannot be written is Blame::environment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "outis/base/bytes.h"
#include "outis/base/fd.h"
#include "outis/error.h"

namespace outis::images::host {

Result<Done, Error> write_all(int fd, Bytes bytes, const std::filesystem::path& name_for_errors);

// Waits until the names in a folder are on the disk.
Result<Done, Error> sync_folder(const std::filesystem::path& folder);

class NewFile {
public:
    // The directory of `target` must exist. `target` is what commit() will make or replace.
    static Result<NewFile, Error> create(const std::filesystem::path& target);
    // For nobody else to read, and without a name that anybody could guess: for commit_as(), or for
    // no name at all.
    static Result<NewFile, Error> create_in(const std::filesystem::path& folder);

    NewFile(NewFile&&) noexcept = default;
    NewFile& operator=(NewFile&&) noexcept = default;
    ~NewFile();

    Result<Done, Error> write(Bytes bytes);
    // For whom it can be read by, so that the umask is heeded.
    Result<Done, Error> make_executable();
    // Where what was written can be read before it has its name; empty for a pipe or device.
    [[nodiscard]] std::filesystem::path readable_path() const;
    // Gives the file its name: `target` of create(), or another on the same file system.
    // commit() is for outputs: what it has made is there after a loss of power, too.
    Result<Done, Error> commit();
    Result<Done, Error> commit_as(const std::filesystem::path& target);
    // Whether the disk has so many bytes more; where it cannot be asked, it has.
    [[nodiscard]] bool has_room(std::uint64_t bytes) const;
    // Waits until what was written is on the disk.
    Result<Done, Error> sync();

private:
    enum class Form { nameless, temporary, in_place };

    static Result<NewFile, Error> open_new(const std::filesystem::path& folder,
                                           const std::filesystem::path& target, unsigned mode);

    NewFile(Form form, Fd fd, std::filesystem::path target, std::filesystem::path temporary)
        : form_(form),
          fd_(std::move(fd)),
          target_(std::move(target)),
          temporary_(std::move(temporary))
    {
    }

    Form form_;
    Fd fd_;
    std::filesystem::path target_;
    std::filesystem::path temporary_;  // with Form::temporary alone
};

// A directory of our own under $TMPDIR, removed with all that is in it.
class TemporaryDirectory {
public:
    static Result<TemporaryDirectory, Error> create();

    TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {}))
    {
    }

    TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept
    {
        path_.swap(other.path_);
        return *this;
    }

    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path path_;
};

}  // namespace outis::images::host
