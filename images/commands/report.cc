#include "commands/report.h"

#include <cstdio>

namespace outis::images {

int report(const Error& error)
{
    std::fprintf(stderr, "outis: %s\n", error.text.c_str());
    return error.blame == Blame::input ? 2 : 3;
}

}  // namespace outis::images
