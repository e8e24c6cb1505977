// errno in words, for the errors that PID 1 meets. Texts as people know them from strerror(3),
// whose own table is larger than this program's loop.
#include "init/kernel/say.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "init/kernel/packed_texts.h"

namespace outis::init {
namespace {

struct Row {
    int number;
    const char* text;
};

constexpr Row kRows[]{
    {EPERM, "Operation not permitted"},
    {ENOENT, "No such file or directory"},
    {ESRCH, "No such process"},
    {EIO, "Input/output error"},
    {E2BIG, "Argument list too long"},
    {ENOEXEC, "Exec format error"},
    {EAGAIN, "Resource temporarily unavailable"},
    {ENOMEM, "Cannot allocate memory"},
    {EACCES, "Permission denied"},
    {EFAULT, "Bad address"},
    {ENOTDIR, "Not a directory"},
    {EISDIR, "Is a directory"},
    {EINVAL, "Invalid argument"},
    {EMFILE, "Too many open files"},
    {ETXTBSY, "Text file busy"},
    {EROFS, "Read-only file system"},
    {ENAMETOOLONG, "File name too long"},
    {ENOSYS, "Function not implemented"},
    {ELOOP, "Too many levels of symbolic links"},
    {ELIBBAD, "Accessing a corrupted shared library"},
    {EOPNOTSUPP, "Operation not supported"},
    {EADDRNOTAVAIL, "Cannot assign requested address"},
    {ENETUNREACH, "Network is unreachable"},
    {ECONNRESET, "Connection reset by peer"},
    {ETIMEDOUT, "Connection timed out"},
    {ECONNREFUSED, "Connection refused"},
    {EHOSTUNREACH, "No route to host"},
};

constexpr auto kTexts = pack_texts<kRows, &Row::text>();

constexpr auto kNumbers = [] {
    std::array<std::uint8_t, std::size(kRows)> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<std::uint8_t>(kRows[i].number);
    return numbers;
}();

}  // namespace

Line& Line::add_error(int number) noexcept
{
    for (std::size_t i = 0; i < kNumbers.size(); ++i) {
        if (kNumbers[i] == number)
            return add(std::string_view(kTexts.at(i)));
    }
    return add("error ").add(std::int64_t{number});
}

}  // namespace outis::init
