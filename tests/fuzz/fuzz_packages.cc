// The readers of package databases: any bytes are refused or give well-formed packages.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bill/databases.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace outis::images;
    using namespace outis::images::bill;
    using namespace outis::images::commands;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static const PathFilter wanted({"/usr/lib/x86_64-linux-gnu/libc.so.6", "/bin/busybox"},
                                   UsrMerge::yes);
    const auto check = [](const InstalledPackage& package) {
        if (package.name.empty() || package.version.empty() || package.arch.empty() ||
            package.name.size() > kMaxPackageField || package.version.size() > kMaxPackageField)
            __builtin_trap();
    };
    if (const auto packages = read_dpkg_status(text)) {
        for (const Stanza& stanza : *packages)
            check(stanza.package);
    }
    if (const auto files = wanted_in_apk(text, wanted)) {
        for (const auto& [path, file] : files->by_path)
            check(file.owner);
    }
    (void)paths_in_list(text, wanted);
    (void)sums_in(text, wanted);
    return 0;
}
