#include "programs/go_trouble.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/input.h"
#include "host/words.h"
#include "outis/sandbox/suggest.h"
#include "programs/go_command.h"
#include "programs/go_fetch.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxSource = 1U << 20;
constexpr std::string_view kGenerate = "//go:generate ";

// Go's words in GOPATH mode, and in modules.
constexpr std::array kMissing = std::to_array<std::string_view>(
    {"cannot find package", "no required module provides package", "missing go.sum entry"});

// Where a module cannot be fetched.
constexpr std::array kUnfetched =
    std::to_array<std::string_view>({"cannot find module", "does not contain package", "reading ",
                                     "dial tcp", "GOPROXY=", "GOVCS"});

// A package of the build that is not Go's own.
struct Dependency {
    std::string import_path = {};
    bool missing = false;
    bool cgo = false;
    fs::path folder = {};
    std::vector<std::string> files = {};
};

constexpr const char* kFormat =
    "{{if not .Standard}}{{.ImportPath}}\t{{if and .Error (not .Dir)}}missing{{end}}\t"
    "{{if .CgoFiles}}cgo{{end}}\t{{.Dir}}{{range .GoFiles}}\t{{.}}{{end}}{{end}}";

Result<std::vector<Dependency>, Error> dependencies(const Workplace& place,
                                                    const GoOptions& options)
{
    std::vector<std::string> arguments{"list", "-e", "-deps", "-f", kFormat};
    arguments.insert(arguments.end(), place.flags.begin(), place.flags.end());
    if (!options.tags.empty())
        arguments.insert(arguments.end(), {"-tags", options.tags});
    arguments.emplace_back(".");
    const host::ChildAnswer answer = OUTIS_TRY(run_go({.arguments = std::move(arguments),
                                                       .folder = place.folder,
                                                       .environment = place.environment}));
    std::vector<Dependency> all;
    std::string_view rest = answer.output;
    while (!rest.empty()) {
        std::string_view line = host::take_until(rest, '\n');
        if (line.empty())
            continue;
        Dependency one{.import_path = std::string(host::take_until(line, '\t'))};
        one.missing = !host::take_until(line, '\t').empty();
        one.cgo = !host::take_until(line, '\t').empty();
        one.folder = host::take_until(line, '\t');
        while (!line.empty())
            one.files.emplace_back(host::take_until(line, '\t'));
        all.push_back(std::move(one));
    }
    return all;
}

bool holds_source(const fs::path& folder)
{
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".go")
            return true;
    }
    return false;
}

// Of "x/hello/api" the project "x/hello" and the folder "api", if that is one of Go source.
std::pair<std::string, std::string> own_folder(const std::string& import_path, const fs::path& root)
{
    for (std::size_t at = import_path.find('/'); at != std::string::npos;
         at = import_path.find('/', at + 1)) {
        if (holds_source(root / import_path.substr(at + 1)))
            return {import_path.substr(0, at), import_path.substr(at + 1)};
    }
    return {};
}

// The folder above the main package's that holds `import_path`, where the import comment places it.
fs::path folder_above(const GoMain& main, const std::string& import_path)
{
    fs::path folder = main.folder;
    std::string project = main.import_comment;
    for (std::size_t at = project.rfind('/');
         at != project.npos && folder.filename() == project.substr(at + 1);
         at = project.rfind('/')) {
        project.resize(at);
        folder = folder.parent_path();
        if (import_path.starts_with(project + "/") &&
            holds_source(folder / import_path.substr(at + 1)))
            return folder;
    }
    return {};
}

std::string clause(const std::string& import_path)
{
    return "'package main // import \"" + import_path + "\"'";
}

// How the source can bring what it imports.
std::string advice(const GoMain& main)
{
    if (!main.module.empty())
        return "run 'go mod tidy' and 'go mod vendor' where there is a network";
    return "keep what is imported in vendor/, or write a go.mod: 'go mod init " +
           commented_place(main).import_path + "' and 'go mod tidy'";
}

bool says_one_of(const host::ChildAnswer& built, std::span<const std::string_view> all)
{
    return std::ranges::any_of(all, [&](std::string_view words) {
        return built.messages.find(words) != std::string::npos;
    });
}

Failure<Error> with_hint(Failure<Error> failure, const std::string& hint)
{
    failure.error.text += "; " + hint;
    return failure;
}

// Whether a line of `text` makes a file that is not in `folder`, or does not say what it makes.
bool generates_missing(std::string_view text, const fs::path& folder)
{
    std::error_code ignored;
    while (!text.empty()) {
        std::string_view line = host::take_until(text, '\n');
        if (!line.starts_with(kGenerate))
            continue;
        constexpr std::string_view kEnds = " \t=\"'>,";
        bool named = false;
        while (!line.empty()) {
            const std::size_t end = std::min(line.find_first_of(kEnds), line.size());
            const std::string_view word = line.substr(0, end);
            line.remove_prefix(std::min(end + 1, line.size()));
            if (!word.ends_with(".go"))
                continue;
            named = true;
            if (!fs::exists(folder / word, ignored))
                return true;
        }
        if (!named)
            return true;
    }
    return false;
}

// "FILE" of the source whose generated files are not there; empty if there is none.
std::string file_to_generate(const std::vector<Dependency>& all, const fs::path& root)
{
    for (const Dependency& one : all) {
        const fs::path below = one.folder.lexically_relative(root);
        if (below.empty() || *below.begin() == "..")
            continue;
        std::string found;
        bool generated = false;
        for (const std::string& file : one.files) {
            const Result<std::string, Error> text = host::read_file(one.folder / file, kMaxSource);
            if (!text)
                continue;
            generated |= text.value().find("\n// Code generated ") != std::string::npos ||
                         text.value().starts_with("// Code generated ");
            if (found.empty() && generates_missing(text.value(), one.folder))
                found = (below / file).lexically_normal().string();
        }
        if (!found.empty() && !generated)
            return found;
    }
    return {};
}

}  // namespace

bool lacks_packages(const host::ChildAnswer& built)
{
    return says_one_of(built, kMissing);
}

Result<std::vector<std::string>, Error> missing_packages(const Workplace& place,
                                                         const GoOptions& options)
{
    std::vector<std::string> missing;
    for (const Dependency& one : OUTIS_TRY(dependencies(place, options))) {
        if (one.missing)
            missing.push_back(one.import_path);
    }
    return missing;
}

Result<Done, Error> check_import_comment(const GoMain& main,
                                         const std::vector<std::string>& missing)
{
    if (!main.module.empty())
        return Done{};
    const std::string below = main.folder.lexically_relative(main.root).string();
    const CommentedPlace now = commented_place(main);
    for (const std::string& import_path : missing) {
        if (const fs::path above = folder_above(main, import_path);
            !above.empty() && main.folder == main.root)
            return bad_input("cannot find '" + import_path + "', which is in '" + above.string() +
                             "', above the folder that was named; build '" + above.string() +
                             "' with --main '" + main.folder.lexically_relative(above).string() +
                             "'");
        const auto [project, folder] = own_folder(import_path, main.root);
        // A package of others may end like a folder of the source that is placed as it should be.
        if (project.empty() || (now.folder == main.root && !now.import_path.empty() &&
                                host::base_name_of(project) != host::base_name_of(now.import_path)))
            continue;
        const std::string right = below == "." ? project : project + "/" + below;
        return bad_input(
            "cannot find '" + import_path + "'; if it is the folder '" + folder +
            "' of this project, write " + clause(right) + " in '" + below + "', which has " +
            (main.import_comment.empty() ? "no import comment"
                                         : "the import comment '" + main.import_comment + "'"));
    }
    return Done{};
}

Failure<Error> packages_failed(const GoMain& main, const std::vector<std::string>& missing,
                               const host::ChildAnswer& built)
{
    Failure<Error> failure = go_failed("go build of '" + main.import_path + "'", built);
    if (!main.module.empty())
        return failure;
    std::error_code ignored;
    const bool vendored = fs::exists(main.root / "vendor", ignored);
    std::string text = "cannot find " + sandbox::quoted_list(missing);
    if (main.import_comment.empty()) {
        text += ": there is neither a go.mod nor an import comment" +
                std::string(vendored ? ", without which vendor/ does not count" : "") +
                "; run 'go mod init NAME' and 'go mod tidy', or write " +
                clause("example.com/" + host::base_name_of(main.root.string()));
    } else {
        text += (vendored ? " in vendor/; " : "; ") + advice(main);
    }
    failure.error.text = std::move(text);
    return failure;
}

Failure<Error> build_failed(const GoMain& main, const GoOptions& options, Workplace place,
                            const host::ChildAnswer& built)
{
    Failure<Error> failure = go_failed("go build of '" + main.import_path + "'", built);
    const auto says = [&](std::string_view words) {
        return built.messages.find(words) != std::string::npos;
    };
    if (has_fetched(options.fetch) && says_one_of(built, kUnfetched) &&
        !says("checksum mismatch")) {
        failure.error.blame = Blame::environment;
        failure.error.text = "cannot fetch what '" + main.import_path +
                             "' imports and lacks; set GOPROXY, or " + advice(main);
        return failure;
    }
    const bool undefined = says("undefined: ");
    if (!undefined && !says("build constraints exclude all Go files"))
        return failure;
    place.environment["CGO_ENABLED"] = "1";  // or it would not tell which packages need it
    const Result<std::vector<Dependency>, Error> all = dependencies(place, options);
    if (!all)
        return failure;
    const auto with_cgo = std::ranges::find_if(all.value(), [&](const Dependency& one) {
        return one.cgo && (says("# " + one.import_path + "\n") ||
                           says("exclude all Go files in " + one.folder.string() + "\n"));
    });
    if (!options.cgo && with_cgo != all.value().end())
        return with_hint(std::move(failure),
                         "'" + with_cgo->import_path + "' has code in C, which needs --cgo 1");
    const std::string file = undefined ? file_to_generate(all.value(), main.root) : "";
    if (!file.empty())
        return with_hint(std::move(failure), "'" + file +
                                                 "' has a line '//go:generate' whose output is "
                                                 "not there: run 'go generate' first, which is "
                                                 "never done here");
    return failure;
}

}  // namespace outis::images::programs
