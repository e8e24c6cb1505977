#include "golang_builder/golang_builder.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "bake/binaries.h"
#include "bake/plan.h"
#include "golang_builder/image.h"
#include "host/new_file.h"
#include "host/report.h"
#include "layers/platform.h"
#include "outis/sandbox/suggest.h"
#include "programs/go.h"
#include "programs/go_fetch.h"

namespace outis::images::golang_builder {

namespace fs = std::filesystem;

namespace {

Result<Done, Error> check_source()
{
    std::error_code error;
    const fs::path here = fs::current_path(error);
    const fs::directory_iterator first(here, error);
    if (error)
        return bad_input("cannot read '" + here.string() + "': " + error.message() +
                         "; mount the source there, readable for whom the container runs as");
    if (first == fs::directory_iterator())
        return bad_input(
            "'" + here.string() +
            "' is empty; mount the source there: docker run -v \"$(pwd):" + here.string() + "\"");
    return Done{};
}

Result<Done, Error> check_context(const BuilderJob& job)
{
    std::error_code error;
    if (fs::is_directory(job.context, error))
        return Done{};
    return bad_input("DOCKER_BUILD_CONTEXT '" + job.context + "' is no folder" +
                     (error ? ": " + error.message() : ""));
}

// Takes platforms that Go does not know from the job, if there are others, and answers them.
Result<std::vector<std::string>, Error> take_unknown(BuilderJob& job)
{
    std::vector<std::string> unknown;
    if (!job.cross)
        return unknown;
    const std::vector<programs::GoTarget> targets = OUTIS_TRY(programs::go_targets());
    std::vector<std::string>& platforms = job.compile.platforms;
    const auto first =
        std::stable_partition(platforms.begin(), platforms.end(), [&](const std::string& platform) {
            return std::ranges::any_of(targets, [&](const programs::GoTarget& target) {
                return layers::normal_platform(platform) == target.os + "/" + target.arch;
            });
        });
    if (first == platforms.begin())
        return unknown;
    unknown.assign(first, platforms.end());
    platforms.erase(first, platforms.end());
    return unknown;
}

// Whoever counts on versions must write them down.
Result<Done, Error> tell_fetched(const BuilderJob& job, const programs::GoMain& main)
{
    if (!programs::has_fetched(job.compile.go_fetch))
        return Done{};
    const std::vector<std::string> modules =
        OUTIS_TRY(programs::fetched_modules(main, job.compile.go_fetch));
    tell("note: fetched " +
         (modules.empty() ? "what go.sum lacks" : sandbox::quoted_list(modules)) +
         "; another build may get other versions, unless go.mod and go.sum say which: 'go mod "
         "tidy'");
    return Done{};
}

Result<Done, Error> do_job(const BuilderJob& told)
{
    for (const std::string& note : told.notes)
        tell("note: " + note);
    OUTIS_TRY(check_source());
    OUTIS_TRY(check_context(told));
    BuilderJob job = OUTIS_TRY(with_config(told, host::print_note));
    const std::vector<std::string> unknown = OUTIS_TRY(take_unknown(job));
    const programs::GoOptions go = OUTIS_TRY(bake::source_options(job.compile)).go;
    const programs::GoMain main = OUTIS_TRY(programs::find_go_main(".", go));
    const bake::BinaryName name = OUTIS_TRY(bake::binary_name(job.compile, main));
    const ImagePlan plan = OUTIS_TRY(plan_image(job, name.text));
    // There is one main package, the image's name is good, and no file of the user's is in the way.

    std::optional<host::TemporaryDirectory> fetched;
    if (job.fetch) {
        fetched = OUTIS_TRY(host::TemporaryDirectory::create());
        job.compile.go_fetch = fetched->path().string();
    }
    const std::vector<std::string> files = OUTIS_TRY(bake::bake_binaries(job.compile, tell));
    for (const std::string& file : files)
        std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    if (name.from_folder && (!job.tag || job.compile.outputs.empty()))
        tell("note: '" + name.text +
             "' is the name of a folder; a go.mod, an import comment, or OUTPUT and TAG give "
             "another");
    OUTIS_TRY(tell_fetched(job, main));
    OUTIS_TRY(make_image(job, plan, files));
    if (unknown.empty() || job.guessed_platforms)
        return Done{};
    const std::vector<programs::GoTarget> known = OUTIS_TRY(programs::go_targets());
    return bad_input("Go knows no platform " + sandbox::quoted_list(unknown) +
                     bake::hint_at_platform(unknown.front(), known) +
                     " ('go tool dist list' names them); all else is made");
}

int report(Error error)
{
    error.text = contract_words(std::move(error.text));
    return host::report(error);
}

}  // namespace

int run(const GolangBuilderCommand& command)
{
    const Result<BuilderJob, Error> job =
        read_contract(contract_variables(), command.tag, command.flags);
    if (!job)
        return report(job.error());
    const Result<Done, Error> done = do_job(job.value());
    return done ? 0 : report(done.error());
}

}  // namespace outis::images::golang_builder
