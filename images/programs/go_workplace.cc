#include "programs/go_workplace.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/child.h"
#include "host/words.h"
#include "outis/sandbox/arch.h"
#include "programs/go_command.h"
#include "programs/go_fetch.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

// How GNU's compilers for another architecture are called. Source: Debian's packages gcc-*.
struct Triplet {
    std::string_view arch;
    std::string_view name;
};

constexpr std::array kTriplets{
    Triplet{"386", "i686-linux-gnu"},
    Triplet{"amd64", "x86_64-linux-gnu"},
    Triplet{"arm", "arm-linux-gnueabihf"},
    Triplet{"arm64", "aarch64-linux-gnu"},
    Triplet{"ppc64le", "powerpc64le-linux-gnu"},
    Triplet{"riscv64", "riscv64-linux-gnu"},
    Triplet{"s390x", "s390x-linux-gnu"},
};

Result<fs::path, Error> link_into_gopath(const GoMain& main, const fs::path& gopath)
{
    const CommentedPlace place = commented_place(main);
    std::error_code error;
    const fs::path link = gopath / "src" / place.import_path;
    fs::create_directories(link.parent_path(), error);
    if (!error)
        fs::create_directory_symlink(place.folder, link, error);
    if (error)
        return unavailable("cannot lay out '" + link.string() + "': " + error.message());
    return gopath / "src" / main.import_comment;
}

bool runs(const std::string& compiler)
{
    const Result<host::ChildAnswer, Error> answer =
        host::run_child({.arguments = {compiler, "--version"}});
    return answer && answer.value().exit_code == 0;
}

}  // namespace

CommentedPlace commented_place(const GoMain& main)
{
    const std::string below = "/" + main.folder.lexically_relative(main.root).string();
    if (below == "/." || !main.import_comment.ends_with(below))
        return {.folder = main.folder, .import_path = main.import_comment};
    return {
        .folder = main.root,
        .import_path = main.import_comment.substr(0, main.import_comment.size() - below.size())};
}

Result<Workplace, Error> open_workplace(const GoMain& main, const GoOptions& options)
{
    Workplace place{.folder = main.folder, .environment = module_environment(!main.module.empty())};
    place.environment["CGO_ENABLED"] = options.cgo ? "1" : "0";
    if (has_fetched(options.fetch)) {
        OUTIS_TRY(use_fetched(place, main, options.fetch));
        return place;
    }
    // In a workspace Go would not look at the vendor folder of a module.
    std::error_code none;
    if (!main.module.empty() && has_vendor(main.root) && !fs::exists(main.root / "go.work", none))
        place.environment["GOWORK"] = "off";
    if (main.module.empty() && !main.import_comment.empty()) {
        place.gopath = OUTIS_TRY(host::TemporaryDirectory::create());
        place.folder = OUTIS_TRY(link_into_gopath(main, place.gopath->path()));
        place.environment["GOPATH"] = place.gopath->path().string();
        // Where godep kept dependencies, before there were vendor folders.
        const fs::path kept = main.root / "Godeps/_workspace";
        std::error_code ignored;
        if (fs::is_directory(kept, ignored) && !fs::exists(main.root / "vendor", ignored))
            place.environment["GOPATH"] += ":" + kept.string();
        place.environment["PWD"] = place.folder.string();  // or Go would see through the link
    }
    return place;
}

Result<Done, Error> set_target(Workplace& place, const GoOptions& options, const GoTarget& target)
{
    place.environment["GOOS"] = target.os;
    place.environment["GOARCH"] = target.arch;
    const GoTarget own{.arch = std::string(sandbox::arch_name(sandbox::host_arch()))};
    if (!options.cgo || target == own || !host::variable("CC").empty())
        return Done{};
    const std::string needed = "cgo for '" + target.os + "/" + target.arch + "' needs ";
    const auto* const row = std::ranges::find(kTriplets, target.arch, &Triplet::arch);
    if (target.os != own.os || row == kTriplets.end())
        return unavailable(needed + "a C compiler for it; name one with the variable CC");
    const std::string compiler(row->name);
    if (runs(compiler + "-gcc")) {
        place.environment["CC"] = compiler + "-gcc";
        place.environment["CXX"] = compiler + "-g++";
    } else if (target.arch != "386" || own.arch != "amd64") {  // which is `gcc -m32` as well
        return unavailable(needed + "'" + compiler +
                           "-gcc'; install it, or name a compiler with the variable CC");
    }
    return Done{};
}

}  // namespace outis::images::programs
