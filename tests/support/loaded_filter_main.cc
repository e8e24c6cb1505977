// loaded_filter OUTPUT COMMAND [ARG]...: runs COMMAND until one of its processes has loaded a
// seccomp filter, ends it, and writes the filter to OUTPUT as struct sock_filter[].
//
// Exit code: 0; 1 if COMMAND ended without a filter; 2 wrong usage; 3 if the kernel shows none.
#include <cstdio>
#include <system_error>

#include "loaded_filter.h"

namespace {

bool write_file(const std::string& name, const outis::tests::LoadedFilter& filter)
{
    std::FILE* file = std::fopen(name.c_str(), "wb");
    if (file == nullptr)
        return false;
    const bool whole = std::fwrite(filter.data(), 1, filter.size(), file) == filter.size();
    return std::fclose(file) == 0 && whole;
}

int run(const std::string& output, const std::vector<std::string>& command)
{
    const outis::tests::LoadedFilter filter = outis::tests::loaded_filter(command);
    if (filter.empty())
        return 1;
    if (write_file(output, filter))
        return 0;
    std::perror("loaded_filter");
    return 3;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 3) {
        std::fputs("usage: loaded_filter OUTPUT COMMAND [ARG]...\n", stderr);
        return 2;
    }
    try {
        return run(argv[1], {argv + 2, argv + argc});
    } catch (const std::system_error& error) {
        std::fprintf(stderr, "loaded_filter: %s\n", error.what());
        return 3;
    }
}
