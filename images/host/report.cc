#include "host/report.h"

#include <cstdlib>
#include <string_view>

#include <unistd.h>

#include "outis/utf8.h"

namespace outis::images::host {

int report(const Error& error)
{
    if (!error.text.empty())
        std::fprintf(stderr, "outis: %s\n%s", printable(error.text).c_str(), error.details.c_str());
    return error.blame == Blame::input ? 2 : 3;
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
