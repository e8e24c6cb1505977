#include "host/new_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/input.h"

namespace outis::images::host {

namespace {

constexpr mode_t kMode = 0666;  // less the umask
constexpr mode_t kPrivateMode = 0600;
constexpr int kAttempts = 100;

std::filesystem::path folder_of(const std::filesystem::path& target)
{
    return target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
}

Failure<Error> cannot_write(const std::filesystem::path& target, int error_number)
{
    return unavailable("cannot write '" + target.string() + "': " + reason(error_number));
}

std::filesystem::path temporary_name(const std::filesystem::path& target)
{
    std::uint64_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != sizeof random)
        random = static_cast<std::uint64_t>(::getpid());
    std::array<char, 32> suffix{};
    std::snprintf(suffix.data(), suffix.size(), ".%016llx",
                  static_cast<unsigned long long>(random));
    return folder_of(target) / ("." + target.filename().string() + suffix.data());
}

}  // namespace

Result<Done, Error> write_all(int fd, Bytes bytes, const std::filesystem::path& name_for_errors)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return cannot_write(name_for_errors, errno);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return Done{};
}

namespace {

// What cannot be synced has nothing to lose.
Result<Done, Error> sync_of(int fd, const std::filesystem::path& name_for_errors)
{
    if (::fsync(fd) != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT))
        return cannot_write(name_for_errors, errno);
    return Done{};
}

}  // namespace

Result<Done, Error> sync_folder(const std::filesystem::path& folder)
{
    const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.open() ? sync_of(fd.get(), folder) : Result<Done, Error>(Done{});
}

Result<NewFile, Error> NewFile::create(const std::filesystem::path& target)
{
    if (!target.has_filename())
        return bad_input("'" + target.string() + "' is no name for a file");
    struct stat status = {};
    if (::stat(target.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return bad_input("cannot write '" + target.string() + "': it is a directory");
        if (!S_ISREG(status.st_mode)) {
            Fd device(::open(target.c_str(), O_WRONLY | O_CLOEXEC));
            if (!device.open())
                return cannot_write(target, errno);
            return NewFile(Form::in_place, std::move(device), target, {});
        }
    }
    std::error_code ignored;
    const std::filesystem::path real = std::filesystem::is_symlink(target, ignored)
                                           ? std::filesystem::weakly_canonical(target, ignored)
                                           : target;
    return open_new(folder_of(real), real, kMode);
}

Result<NewFile, Error> NewFile::create_in(const std::filesystem::path& folder)
{
    return open_new(folder, folder / "outis", kPrivateMode);
}

Result<NewFile, Error> NewFile::open_new(const std::filesystem::path& folder,
                                         const std::filesystem::path& target, unsigned mode)
{
    Fd nameless(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
    if (nameless.open())
        return NewFile(Form::nameless, std::move(nameless), target, {});
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
        return cannot_write(target, errno);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const std::filesystem::path temporary = temporary_name(target);
        Fd fd(::open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode));
        if (fd.open())
            return NewFile(Form::temporary, std::move(fd), target, temporary);
        if (errno != EEXIST)
            return cannot_write(target, errno);
    }
    return cannot_write(target, EEXIST);
}

NewFile::~NewFile()
{
    if (fd_.open() && form_ == Form::temporary)
        ::unlink(temporary_.c_str());
}

Result<Done, Error> NewFile::write(Bytes bytes)
{
    return write_all(fd_.get(), bytes, target_);
}

Result<Done, Error> NewFile::make_executable()
{
    struct stat status = {};
    if (form_ == Form::in_place)
        return Done{};
    if (::fstat(fd_.get(), &status) != 0 ||
        ::fchmod(fd_.get(), (status.st_mode | (status.st_mode & 0444) >> 2) & 0777) != 0)
        return cannot_write(target_, errno);
    return Done{};
}

std::filesystem::path NewFile::readable_path() const
{
    return form_ == Form::in_place ? "" : "/proc/self/fd/" + std::to_string(fd_.get());
}

bool NewFile::has_room(std::uint64_t bytes) const
{
    const int done = ::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes));
    return done == 0 || (errno != ENOSPC && errno != EDQUOT && errno != EFBIG);
}

Result<Done, Error> NewFile::sync()
{
    return sync_of(fd_.get(), target_);
}

Result<Done, Error> NewFile::commit()
{
    if (form_ == Form::in_place)
        return Done{};
    OUTIS_TRY(sync());
    OUTIS_TRY(commit_as(target_));
    return sync_folder(folder_of(target_));
}

Result<Done, Error> NewFile::commit_as(const std::filesystem::path& target)
{
    if (form_ == Form::in_place)
        return Done{};
    if (form_ == Form::nameless) {
        // linkat() replaces nothing, so the file gets a temporary name first.
        const std::filesystem::path temporary = temporary_name(target);
        if (::linkat(AT_FDCWD, readable_path().c_str(), AT_FDCWD, temporary.c_str(),
                     AT_SYMLINK_FOLLOW) != 0)
            return cannot_write(target, errno);
        temporary_ = temporary;
        form_ = Form::temporary;
    }
    if (::rename(temporary_.c_str(), target.c_str()) != 0)
        return cannot_write(target, errno);
    fd_.reset();
    return Done{};
}

Result<TemporaryDirectory, Error> TemporaryDirectory::create()
{
    const char* parent = std::getenv("TMPDIR");
    std::string path = (parent != nullptr && *parent == '/' ? parent : "/tmp");
    path += "/outis.XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
        return unavailable("cannot make a temporary directory '" + path + "': " + reason(errno) +
                           "; set TMPDIR");
    return TemporaryDirectory(std::filesystem::path(path));
}

TemporaryDirectory::~TemporaryDirectory()
{
    std::error_code ignored;
    if (!path_.empty())
        std::filesystem::remove_all(path_, ignored);
}

}  // namespace outis::images::host
