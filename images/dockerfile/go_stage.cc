#include "dockerfile/go_stage.h"

#include <filesystem>
#include <set>
#include <system_error>

#include "bake/plan.h"
#include "dockerfile/go_context.h"
#include "dockerfile/quote.h"
#include "outis/utf8.h"

namespace outis::images::dockerfile {

namespace fs = std::filesystem;

namespace {

using Lines = std::vector<std::string>;

// The places are those of golang's images.
const Lines kBegin{
    "# BuildKit keeps Go's caches between builds if each RUN of this stage begins so:",
    "#   RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build",
    "FROM golang:${GO_VERSION} AS build", "WORKDIR /src"};

// "RUN … go build", for the platform.
std::string run_build(const std::string& platform)
{
    if (platform.empty())
        return "RUN CGO_ENABLED=0 go build";
    return "RUN CGO_ENABLED=0 GOOS=linux GOARCH=" + platform.substr(platform.find('/') + 1) +
           " go build";
}

// Without them each edit would compile them again, for the classic builder keeps no cache. Further
// flags may need a module.
Result<Done, Error> add_standard(const GoContext& context, const programs::GoOptions& go,
                                 const std::string& platform, Lines& lines)
{
    if (context.standard.empty() || !go.flags.empty())
        return Done{};
    std::string line = run_build(platform) + " -trimpath";
    if (!go.tags.empty())
        line += " -tags " + shell_word(go.tags);
    for (const std::string& package : context.standard) {
        OUTIS_TRY(require_plain(package));
        line += " " + package;
    }
    lines.push_back(line);
    return Done{};
}

// Before the source, so that an edit of it leaves these layers as they are.
Result<Done, Error> add_dependencies(const GoContext& context, Lines& lines)
{
    const std::vector<fs::path>& manifests = context.manifests;
    for (auto at = manifests.begin(); at != manifests.end();) {
        const fs::path folder = at->parent_path();
        std::string line = "COPY";
        for (; at != manifests.end() && at->parent_path() == folder; ++at) {
            OUTIS_TRY(require_plain(at->string()));
            line += " " + at->string();
        }
        lines.push_back(line + " ./" + (folder.empty() ? "" : folder.string() + "/"));
    }
    if (context.workplace != ".") {
        OUTIS_TRY(require_plain(context.workplace.string()));
        lines.push_back("WORKDIR /src/" + context.workplace.string());
    }
    if (!manifests.empty())
        lines.emplace_back("RUN go mod download");
    if (!context.supplied.empty()) {
        lines.insert(lines.end(),
                     {"# 'go build' takes '" + printable(context.supplied) + "' from go.work, and",
                      "# 'go mod download' would fetch it: with a 'replace' of it in go.work, that",
                      "# command can come before the source and keep a layer of its own."});
    }
    return Done{};
}

Result<std::string, Error> build_line(const programs::GoMain& main, const GoContext& context,
                                      const programs::GoOptions& go, Mode mode,
                                      const std::string& platform)
{
    std::string build = run_build(platform) + " -o /app";
    for (const std::string& flag : programs::go_build_flags(main, go))
        build += " " + shell_word(flag);
    OUTIS_TRY(require_plain(context.package.string()));
    build += context.package == "." ? " ." : " ./" + context.package.string();
    return build + (mode == Mode::hidden ? " && chmod 0111 /app" : "");
}

// What is edited or made beside a program, and is no part of it.
Lines unneeded_patterns(const GoContext& context, const std::string& program, bool tests)
{
    Lines patterns{".git",       ".gitignore", ".dockerignore", "Dockerfile*",
                   "outis.toml", "*.tar",      "*.spdx.json",   "*.provenance.json"};
    if (!tests)
        patterns.insert(patterns.end(), {"**/*_test.go", "**/testdata", "**/*.md"});
    // `go build` leaves the program where it runs.
    for (const fs::path& folder :
         std::set{context.workplace, (context.workplace / context.package).lexically_normal()}) {
        const std::string made = (folder / program).lexically_normal().string();
        std::error_code ignored;
        if (is_plain(made) && !fs::is_directory(context.root / made, ignored))
            patterns.push_back(made);
    }
    return patterns;
}

}  // namespace

Result<Done, Error> add_go_stage(const programs::GoMain& main, const bake::BakeOptions& options,
                                 Mode mode, DockerfileFacts& facts)
{
    if (main.module.empty())
        return bad_input("'" + main.root.string() +
                         "' has no go.mod: run 'go mod init', or take the golang-builder");
    const programs::GoOptions go = OUTIS_TRY(bake::source_options(options)).go;
    if (go.cgo)
        return bad_input(
            "a program with cgo needs libraries of the stage that compiles it: see "
            "images/recipes/lua, or build the program and name the file");
    const GoContext context = OUTIS_TRY(go_context(main, go));
    facts.go_version = context.version.empty() ? "1" : context.version;
    facts.build = kBegin;
    OUTIS_TRY(add_standard(context, go, facts.platform, facts.build));
    OUTIS_TRY(add_dependencies(context, facts.build));
    facts.build.emplace_back(context.workplace == "." ? "COPY . ." : "COPY . /src/");
    if (options.go_test)
        facts.build.emplace_back("RUN CGO_ENABLED=0 go test ./...");
    facts.build.push_back(OUTIS_TRY(build_line(main, context, go, mode, facts.platform)));

    // The context is called as the user called it, if that is what was named.
    std::error_code ignored;
    facts.context = fs::equivalent(options.apps.front(), context.root, ignored)
                        ? options.apps.front()
                        : context.root.string();
    if (context.workplace != ".")
        facts.notes.push_back("the context is '" + facts.context +
                              "', since go.work or go.mod names modules beside '" +
                              context.workplace.string() + "'");
    facts.files.push_back({.source = "/app", .place = "/app"});
    facts.run.entrypoint.emplace_back("/app");
    for (const std::vector<fs::path>* paths : {&context.manifests, &context.files}) {
        for (const fs::path& path : *paths)
            facts.needed.push_back(path.string());
    }
    facts.unneeded = unneeded_patterns(context, programs::go_program_name(main), options.go_test);
    return Done{};
}

}  // namespace outis::images::dockerfile
