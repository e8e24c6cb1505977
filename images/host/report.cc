#include "host/report.h"

#include <csignal>
#include <cstdlib>
#include <new>
#include <string_view>

#include <unistd.h>

#include "outis/utf8.h"

namespace outis::images::host {

namespace {

// Pages of files alone can be lost: whoever wrote the file has cut it off, or its disk fails.
void on_lost_page(int)
{
    constexpr std::string_view kLine =
        "outis: a file became shorter while it was read, or its disk fails; run the command "
        "again\n";
    [[maybe_unused]] const ssize_t done = ::write(STDERR_FILENO, kLine.data(), kLine.size());
    ::_exit(3);
}

}  // namespace

int report(const Error& error)
{
    if (!error.text.empty())
        std::fprintf(stderr, "outis: %s\n%s", printable(error.text).c_str(), error.details.c_str());
    return error.blame == Blame::input ? 2 : 3;
}

std::string words_of(const std::exception& error)
{
    const bool is_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
    return is_memory ? "out of memory" : error.what();
}

void expect_trouble_of_files()
{
    struct sigaction action = {};
    action.sa_handler = on_lost_page;
    ::sigaction(SIGBUS, &action, nullptr);
    // Not ignored, which programs that are started would inherit.
    action.sa_handler = [](int) {};
    ::sigaction(SIGXFSZ, &action, nullptr);
}

void print_note(const std::string& text)
{
    std::fprintf(stderr, "outis: note: %s\n", printable(text).c_str());
}

bool colours_on(std::FILE* stream)
{
    const char* const refused = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    return ::isatty(::fileno(stream)) == 1 && (refused == nullptr || *refused == '\0') &&
           terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace outis::images::host
