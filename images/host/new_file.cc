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
    Fd nameless(::open(folder_of(real).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode));
    if (nameless.open())
        return NewFile(Form::nameless, std::move(nameless), real, {});
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
        return cannot_write(target, errno);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const std::filesystem::path temporary = temporary_name(real);
        Fd fd(::open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kMode));
        if (fd.open())
            return NewFile(Form::temporary, std::move(fd), real, temporary);
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

Result<Done, Error> NewFile::commit()
{
    return commit_as(target_);
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
