#include "pty.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>

namespace outis::tests {

Terminal open_terminal()
{
    Terminal terminal;
    terminal.outside = Fd(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    std::array<char, 64> path{};
    const int outside = terminal.outside.get();
    if (outside < 0 || grantpt(outside) != 0 || unlockpt(outside) != 0 ||
        ptsname_r(outside, path.data(), path.size()) != 0)
        throw std::system_error(errno, std::generic_category(), "opening a terminal");
    terminal.program = Fd(open(path.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal.program.open())
        throw std::system_error(errno, std::generic_category(), "opening a terminal");
    return terminal;
}

}  // namespace outis::tests
