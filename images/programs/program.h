// The programs that go into an image: ELF files as they are, or built from Go source.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/new_file.h"
#include "host/root.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"
#include "outis/images/progress.h"
#include "programs/go.h"

namespace outis::images::programs {

struct ElfSource {
    std::filesystem::path file = {};
    policy::Arch arch = policy::Arch::x86_64;
    std::string place = {};  // in the image, if it keeps its path in a root
    host::Found found = {};  // then: where that path leads
};

// What the user names, and how it is built.
struct SourceOptions {
    std::vector<std::string> apps = {};  // ELF files, or one directory with Go source
    std::string root = {};               // programs are paths in it; empty: of this machine
    GoOptions go = {};
    bool test = false;  // Go source: its tests must pass
    bool git = true;    // Go source: git may be asked
    bool pack = false;  // by upx
};

// What the user named, looked at but not built.
struct Sources {
    std::vector<ElfSource> files = {};
    std::optional<GoMain> go = {};
    std::optional<host::TemporaryDirectory> work = {};  // where compiled and packed programs lie
    std::string name = {};                              // of the first, for the image
    std::vector<policy::Arch> platforms = {};           // of the files in order, or this machine's
};

// A program for one platform.
struct Program {
    std::filesystem::path file = {};
    std::filesystem::path unpacked = {};  // before upx packed it; without --pack the same
    std::string place = {};               // in the image, as it is called
    std::string path = {};                // in the image, where the file lies: behind `links`
    std::vector<host::FollowedLink> links = {};
};

// What an image can say about where its program is from; empty fields are unknown.
struct Origin {
    std::string version = {};
    std::string revision = {};
    std::string source = {};
    std::string go_module = {};
    std::string go_toolchain = {};
};

// The architecture of a program that an image can be made for; anything else is an error.
Result<policy::Arch, Error> require_program(const std::filesystem::path& file);

// The same of a program that needs no loader.
Result<policy::Arch, Error> require_static_file(const std::filesystem::path& file);

// Every file must be a program for an architecture that images can be made for; a directory must
// hold a Go main package, whose tests pass if they are asked for, and be the only source. With
// options.root programs are paths in `root` and keep them; else the first becomes /app, the others
// /bin/NAME.
Result<Sources, Error> open_sources(const SourceOptions& options, const host::Root& root,
                                    const Progress& progress);

// Those of `arch`, Go source compiled for it, packed if that is asked for. None for it is an error
// that names both.
Result<std::vector<Program>, Error> programs_for(const Sources& sources, policy::Arch arch,
                                                 const SourceOptions& options,
                                                 const Progress& progress);

// From git for source, and from what Go's linker wrote into the first of `programs`.
Origin origin_of(const Sources& sources, const std::vector<Program>& programs, bool asks_git);

}  // namespace outis::images::programs
