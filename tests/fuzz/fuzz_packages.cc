// The readers of package databases: any bytes are refused or give well-formed packages, which come
// out of what is written of them as they were.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bill/databases.h"
#include "bill/package_database.h"
#include "bill/relations.h"
#include "layers/tree.h"
#include "readers.h"

namespace {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bill;

constexpr std::size_t kTried = 4;  // packages whose needs are looked for

void check(const InstalledPackage& package)
{
    for (const std::string* part : {&package.name, &package.version, &package.arch})
        must(!part->empty() && part->size() <= kMaxPackageField);
}

void check_status(std::string_view text)
{
    const auto stanzas = read_dpkg_status(text);
    if (!stanzas)
        return;
    for (const Stanza& stanza : *stanzas) {
        check(stanza.package);
        const auto file = status_file(stanza.text);
        if (!file)
            continue;
        const auto again = read_dpkg_status(*file);
        must(again && again->size() == 1 && again->front().package == stanza.package);
        must(status_file(again->front().text) == file);
    }
}

void check_table(const Result<PackageTable, Error>& table)
{
    if (!table)
        return;
    std::size_t tried = 0;
    for (const auto& [name, row] : table.value().by_name) {
        must(!name.empty() && row.needs.size() + row.provides.size() <= kMaxRelations);
        if (++tried > kTried)
            continue;
        const auto needed = with_needed(table.value(), {std::string(name)});
        must(needed.contains(name) && needed.size() <= table.value().by_name.size());
        must(bool(each_file(row.record, [](const std::string& path) -> Result<Done, Error> {
            must(path.starts_with('/') && path.size() <= layers::kMaxPathLength);
            return Done{};
        })));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static const PathFilter wanted({"/usr/lib/x86_64-linux-gnu/libc.so.6", "/bin/busybox"},
                                   UsrMerge::yes);
    check_status(text);
    if (const auto files = wanted_in_apk(text, wanted)) {
        for (const auto& [path, file] : files->by_path) {
            check(file.owner);
            must(files->stanzas.contains(file.owner));
        }
    }
    must(paths_in_list(text, wanted).size() <= 2);
    must(sums_in(text, wanted).size() <= 2);
    check_table(dpkg_table(text, "amd64"));
    check_table(apk_table(text));
    return 0;
}
