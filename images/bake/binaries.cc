#include "bake/binaries.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "bake/plan.h"
#include "host/input.h"
#include "host/interrupt.h"
#include "host/new_file.h"
#include "host/replaced.h"
#include "host/words.h"
#include "layers/platform.h"
#include "outis/sandbox/arch.h"
#include "outis/sandbox/suggest.h"
#include "programs/upx.h"

namespace outis::images::bake {

namespace fs = std::filesystem;

namespace {

using namespace std::string_view_literals;

// How what Go's linkers write begins. Source: objectMagic of Go's cmd/go/internal/work/exec.go,
// which guards `go build -o` likewise; and 0xCAFEBABE of <mach-o/fat.h>.
constexpr std::array kPrograms{
    "\x7F"
    "ELF"sv,
    "!<arch>\n"sv,         // ar, of packages
    "<bigaf>\n"sv,         // the same of AIX
    "\xFE\xED\xFA\xCE"sv,  // Mach-O, 32 and 64 bits, in both orders of bytes
    "\xFE\xED\xFA\xCF"sv,
    "\xCE\xFA\xED\xFE"sv,
    "\xCF\xFA\xED\xFE"sv,
    "\xCA\xFE\xBA\xBE"sv,  // Mach-O for several machines
    "\xBE\xBA\xFE\xCA"sv,
    "MZ"sv,                // PE
    "\x00\x00\x01\xEB"sv,  // Plan 9: 386, amd64, arm
    "\x00\x00\x8A\x97"sv,
    "\x00\x00\x06\x47"sv,
    "\x00"
    "asm"sv,       // WebAssembly
    "\x01\xDF"sv,  // XCOFF, 32 and 64 bits
    "\x01\xF7"sv,
};

std::string platform_text(const programs::GoTarget& target)
{
    return target.os + "/" + target.arch;
}

Result<std::vector<programs::GoTarget>, Error> chosen_targets(
    const std::vector<std::string>& platforms)
{
    if (platforms.empty())
        return std::vector<programs::GoTarget>{
            {.os = "linux", .arch = std::string(sandbox::arch_name(sandbox::host_arch()))}};
    const std::vector<programs::GoTarget> known = OUTIS_TRY(programs::go_targets());
    std::vector<programs::GoTarget> chosen;
    for (const std::string& word : platforms) {
        for (const std::string& name : host::split_commas(word)) {
            const auto row = std::ranges::find(known, layers::normal_platform(name), platform_text);
            if (row == known.end())
                return bad_input("Go knows no platform '" + name + "'" +
                                 hint_at_platform(name, known) +
                                 " ('go tool dist list' names them)");
            if (std::ranges::find(chosen, *row) == chosen.end())
                chosen.push_back(*row);
        }
    }
    return chosen;
}

bool is_folder(const fs::path& place)
{
    std::error_code ignored;
    return fs::is_directory(place, ignored);
}

std::string output_of(const BakeOptions& options)
{
    return options.outputs.empty() ? "./" : options.outputs.front();
}

std::string place_of(const BakeOptions& options, const std::string& program,
                     const programs::GoTarget& target)
{
    const std::string output = output_of(options);
    if (!output.ends_with('/') && !is_folder(output))
        return output;
    std::string name = program;
    if (!options.platforms.empty())
        name += "-" + target.os + "-" + target.arch;
    if (target.os == "windows")
        name += ".exe";
    return (fs::path(output) / name).lexically_normal().string();
}

Result<Done, Error> write_program(const fs::path& file, const fs::path& place)
{
    const host::MappedFile program = OUTIS_TRY(host::MappedFile::open(file));
    host::NewFile output = OUTIS_TRY(host::NewFile::create(place));
    OUTIS_TRY(output.write(program.bytes()));
    OUTIS_TRY(output.make_executable());
    return output.commit();
}

// Go makes the folder of its output, so scripts count on it.
Result<Done, Error> make_folder(const fs::path& folder)
{
    std::error_code error;
    if (!folder.empty())
        fs::create_directories(folder, error);
    if (error)
        return unavailable("cannot make '" + folder.string() + "': " + error.message());
    return Done{};
}

Result<Done, Error> make_program(const fs::path& scratch, const programs::GoMain& main,
                                 const programs::GoTarget& target, const programs::GoOptions& go,
                                 bool pack, const fs::path& place)
{
    OUTIS_TRY(programs::build_go(main, go, target, scratch));
    if (!pack)
        return write_program(scratch, place);
    const fs::path packed = scratch.string() + ".packed";
    Result<Done, Error> done = programs::pack_program(scratch, packed);
    if (done)
        return write_program(packed, place);
    OUTIS_TRY(host::check_interrupts());
    OUTIS_TRY(write_program(scratch, place));
    Failure<Error> failure = done.take_failure();
    failure.error.text += "; '" + place.string() + "' is not compressed";
    return failure;
}

}  // namespace

std::string hint_at_platform(const std::string& platform,
                             const std::vector<programs::GoTarget>& known)
{
    std::vector<std::string> names;
    for (const programs::GoTarget& target : known)
        names.push_back(platform_text(target));
    // What distributions call "x86_64" and "aarch64" Go calls otherwise.
    const std::size_t machine = platform.rfind('/') + 1;
    const auto arch = sandbox::parse_arch(platform.substr(machine));
    return sandbox::did_you_mean(
        arch ? platform.substr(0, machine) + std::string(sandbox::arch_name(*arch)) : platform,
        names);
}

Result<BinaryName, Error> binary_name(const BakeOptions& options, const programs::GoMain& main)
{
    const fs::path output = output_of(options);
    const bool into_folder = output_of(options).ends_with('/') || is_folder(output);
    const BinaryName first{
        .text = programs::go_program_name(main),
        .from_folder = main.module.empty() && main.import_comment.empty(),
    };
    if (!into_folder || !is_folder(output / first.text))
        return first;
    BinaryName second{.text = programs::go_project_name(main)};
    if (second.text.empty())
        second = {.text = main.root.filename().string(), .from_folder = true};
    if (!options.platforms.empty() || !is_folder(output / second.text))
        return second;  // of several, NAME-OS-ARCH is no folder's name
    return bad_input("cannot write the program to '" +
                     (output / first.text).lexically_normal().string() + "': it is a folder" +
                     (first.text == second.text ? "" : ", and so is '" + second.text + "'") +
                     "; name a file with --output");
}

Result<std::vector<std::string>, Error> write_binaries(const programs::Sources& sources,
                                                       const BakeOptions& options,
                                                       const Progress& progress)
{
    if (!sources.go)
        return bad_input("--binary-only needs a directory with a Go main package");
    if (options.outputs.size() > 1)
        return bad_input("--binary-only has one output, a file or a folder");
    const std::vector<programs::GoTarget> targets = OUTIS_TRY(chosen_targets(options.platforms));
    const programs::GoOptions go = OUTIS_TRY(source_options(options)).go;
    const std::string name = OUTIS_TRY(binary_name(options, *sources.go)).text;
    std::vector<std::string> places;
    for (const programs::GoTarget& target : targets) {
        const std::string place = place_of(options, name, target);
        if (std::ranges::find(places, place) != places.end())
            return bad_input("several platforms need a folder: end '" + place + "' with a '/'");
        if (is_folder(place))
            return bad_input("cannot write the program to '" + place +
                             "': it is a folder; name a file with --output");
        OUTIS_TRY(host::check_replaced(place, {.name = "program", .beginnings = kPrograms}));
        places.push_back(place);
    }
    OUTIS_TRY(make_folder(fs::path(places.front()).parent_path()));
    // One platform's failure takes nothing from the others; the first is the answer.
    std::optional<Error> failed;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        OUTIS_TRY(host::check_interrupts());
        progress("compiling '" + sources.go->import_path + "' for " + platform_text(targets[i]));
        const auto made = make_program(sources.work->path() / std::to_string(i), *sources.go,
                                       targets[i], go, options.pack, places[i]);
        if (made)
            continue;
        if (failed)
            progress(made.error().text);
        else
            failed = made.error();
    }
    if (failed)
        return Failure{*failed};
    return places;
}

}  // namespace outis::images::bake
