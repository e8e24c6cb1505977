// errno in words, for the errors that PID 1 meets. Texts as people know them from strerror(3),
// whose own table is larger than this program's loop.
#include "init/kernel/say.h"

#include <array>
#include <cerrno>

namespace outis::init {
namespace {

struct Row {
    int number;
    const char* text;
};

constexpr std::array kRows{
    Row{EPERM, "Operation not permitted"},
    Row{ENOENT, "No such file or directory"},
    Row{ESRCH, "No such process"},
    Row{EIO, "Input/output error"},
    Row{E2BIG, "Argument list too long"},
    Row{ENOEXEC, "Exec format error"},
    Row{EAGAIN, "Resource temporarily unavailable"},
    Row{ENOMEM, "Cannot allocate memory"},
    Row{EACCES, "Permission denied"},
    Row{EFAULT, "Bad address"},
    Row{ENOTDIR, "Not a directory"},
    Row{EISDIR, "Is a directory"},
    Row{EINVAL, "Invalid argument"},
    Row{EMFILE, "Too many open files"},
    Row{ETXTBSY, "Text file busy"},
    Row{EROFS, "Read-only file system"},
    Row{ENAMETOOLONG, "File name too long"},
    Row{ENOSYS, "Function not implemented"},
    Row{ELOOP, "Too many levels of symbolic links"},
    Row{ELIBBAD, "Accessing a corrupted shared library"},
    Row{EOPNOTSUPP, "Operation not supported"},
    Row{EADDRNOTAVAIL, "Cannot assign requested address"},
    Row{ENETUNREACH, "Network is unreachable"},
    Row{ECONNRESET, "Connection reset by peer"},
    Row{ETIMEDOUT, "Connection timed out"},
    Row{ECONNREFUSED, "Connection refused"},
    Row{EHOSTUNREACH, "No route to host"},
};

}  // namespace

Line& Line::add_error(int number) noexcept
{
    for (const Row& row : kRows) {
        if (row.number == number)
            return add(std::string_view(row.text));
    }
    return add("error ").add(std::int64_t{number});
}

}  // namespace outis::init
