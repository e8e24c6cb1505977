// What loaders and libc read besides ELF files: the first byte chooses which.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/input.h"
#include "programs/ld_cache.h"
#include "programs/run_time.h"
#include "programs/search.h"
#include "programs/search_path.h"
#include "programs/traced.h"

namespace {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::programs;

void cache(Bytes bytes)
{
    const auto entries = read_ld_cache(bytes, policy::Arch::x86_64, "cache");
    if (!entries)
        return;
    // What we write, we read again, in the same order for the same names.
    const std::string written = ld_cache_bytes(entries.value(), policy::Arch::x86_64);
    const auto again = read_ld_cache(as_bytes(written), policy::Arch::x86_64, "cache");
    if (!again || again.value().size() != entries.value().size())
        __builtin_trap();
}

void search(const std::string& text)
{
    const std::size_t middle = text.find('\n');
    const std::string list = text.substr(0, middle);
    const std::string name = middle == std::string::npos ? "x" : text.substr(middle + 1);
    for (const Libc libc : {Libc::glibc, Libc::musl}) {
        const SearchPath path{.libc = libc, .built_in = {"/lib"}, .lib = "lib64"};
        std::vector<Object> objects(2);
        objects[0].look = objects[0].place = "/bin/app";
        objects[1].look = objects[1].place = "/lib/liba.so";
        objects[0].elf.rpath = list;
        objects[1].elf.runpath = list;
        for (const Candidate& candidate : candidates(path, objects, 1, name).places) {
            if (!candidate.look.starts_with('/') || !candidate.place.starts_with('/'))
                __builtin_trap();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const Bytes bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
    const std::string text(as_text(bytes));
    switch (data[0] % 5) {
    case 0: cache(bytes); break;
    case 1: search(text); break;
    case 2: (void)name_services(text); break;
    case 3: (void)parse_folder_list(text); break;
    default: (void)command_words(text); break;
    }
    (void)locale_folders(text);
    return 0;
}
