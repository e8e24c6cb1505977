#include "host/input.h"

#include <cerrno>
#include <span>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outis::images::host {

std::string reason(int error_number)
{
    return std::generic_category().message(error_number);
}

Bytes as_bytes(std::string_view text) noexcept
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

std::string_view as_text(Bytes bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace {

// A file that cannot be opened is the caller's input, unless the machine lets nothing be opened.
Failure<Error> cannot_read(const std::filesystem::path& path, int error_number,
                           const char* doing = "read")
{
    const std::string text =
        std::string("cannot ") + doing + " '" + path.string() + "': " + reason(error_number);
    if (error_number == EMFILE || error_number == ENFILE)
        return unavailable(text + "; raise the limit with 'ulimit -n'");
    return error_number == ENOMEM ? unavailable(text) : bad_input(text);
}

}  // namespace

Result<InputFile, Error> open_input(const std::filesystem::path& path)
{
    // O_NONBLOCK: opening a pipe without a writer would wait for one.
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.open())
        return cannot_read(path, errno);
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0)
        return bad_input("cannot read '" + path.string() + "': " + reason(errno));
    if (S_ISDIR(status.st_mode))
        return bad_input("'" + path.string() + "' is a directory; name a file");
    if (!S_ISREG(status.st_mode))
        return bad_input("'" + path.string() + "' is not a regular file");
    return InputFile{.fd = std::move(fd), .size = static_cast<std::uint64_t>(status.st_size)};
}

Result<std::size_t, Error> read_at(const InputFile& file, std::uint64_t offset,
                                   std::span<std::byte> buffer,
                                   const std::filesystem::path& name_for_errors)
{
    std::size_t done = 0;
    while (done < buffer.size()) {
        const ssize_t count = ::pread(file.fd.get(), buffer.data() + done, buffer.size() - done,
                                      static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return bad_input("cannot read '" + name_for_errors.string() + "': " + reason(errno));
        if (count == 0)
            break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

Result<std::string, Error> read_file(const std::filesystem::path& path, std::size_t limit)
{
    const InputFile file = OUTIS_TRY(open_input(path));
    if (file.size > limit)
        return bad_input("'" + path.string() + "' has " + std::to_string(file.size) +
                         " bytes, more than the " + std::to_string(limit) + " it may have");
    std::string text(static_cast<std::size_t>(file.size), '\0');
    const std::size_t count =
        OUTIS_TRY(read_at(file, 0, std::as_writable_bytes(std::span(text)), path));
    text.resize(count);
    return text;
}

Result<MappedFile, Error> MappedFile::open(const std::filesystem::path& path)
{
    return map(OUTIS_TRY(open_input(path)), path);
}

Result<MappedFile, Error> MappedFile::map(const InputFile& file,
                                          const std::filesystem::path& name_for_errors)
{
    if (file.size == 0)  // mmap refuses an empty range
        return MappedFile(Bytes{});
    const auto size = static_cast<std::size_t>(file.size);
    void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd.get(), 0);
    if (start == MAP_FAILED)
        return cannot_read(name_for_errors, errno, "map");
    return MappedFile(Bytes(static_cast<const std::byte*>(start), size));
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept
{
    std::swap(bytes_, other.bytes_);
    return *this;
}

void MappedFile::forget() const noexcept
{
    if (!bytes_.empty())
        ::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
}

MappedFile::~MappedFile()
{
    if (!bytes_.empty())
        ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace outis::images::host
