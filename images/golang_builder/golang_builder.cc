#include "golang_builder/golang_builder.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "bake/plan.h"
#include "golang_builder/context.h"
#include "golang_builder/contract.h"
#include "host/digest.h"
#include "host/new_file.h"
#include "host/replaced.h"
#include "host/report.h"
#include "layers/tar.h"
#include "oci/reference.h"
#include "outis/sandbox/arch.h"
#include "outis/utf8.h"
#include "places/archive_payload.h"
#include "places/daemon.h"
#include "places/daemon_place.h"
#include "programs/program.h"

namespace outis::images::golang_builder {

namespace fs = std::filesystem;

namespace {

// Its output is the log of a build: whoever reads it reads it all.
void tell(std::string_view text)
{
    std::fprintf(stderr, "outis: %s\n", printable(text).c_str());
}

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

// Errors about main packages name an option that nobody typed here.
Result<programs::GoMain, Error> find_main(const BuilderJob& job)
{
    const programs::GoOptions go = OUTIS_TRY(bake::source_options(job.compile)).go;
    Result<programs::GoMain, Error> main = programs::find_go_main(job.compile.apps.front(), go);
    if (main || main.error().text.find("--main") == std::string::npos)
        return main;
    return bad_input(main.error().text + ", which is the variable MAIN_PATH here");
}

// Go makes the folder of its output, so scripts count on it.
Result<Done, Error> make_output_folder(const BuilderJob& job)
{
    if (job.compile.outputs.empty())
        return Done{};
    const fs::path folder = fs::path(job.compile.outputs.front()).parent_path();
    std::error_code error;
    if (!folder.empty())
        fs::create_directories(folder, error);
    if (error)
        return unavailable("cannot make '" + folder.string() + "': " + error.message());
    return Done{};
}

Result<oci::Reference, Error> reference_of(const BuilderJob& job, const programs::GoMain& main)
{
    return oci::parse_reference(job.tag ? *job.tag
                                        : oci::fit_path_component(programs::go_program_name(main)));
}

Result<Done, Error> build_dockerfile(places::Daemon& daemon, const BuilderJob& job,
                                     const oci::Reference& reference)
{
    const layers::Tree tree = OUTIS_TRY(context_tree(job.context));
    const host::TemporaryDirectory folder = OUTIS_TRY(host::TemporaryDirectory::create());
    host::NewFile file = OUTIS_TRY(host::NewFile::create(folder.path() / "context.tar"));
    Blob blob{.content = file.readable_path()};
    host::Sha256 hash;
    const layers::TimeOf time_of = [&](const std::string& key) {
        return context_time(job.context, key);
    };
    OUTIS_TRY(layers::write_tar(tree, time_of, [&](Bytes bytes) {
        blob.size += bytes.size();
        hash.update(bytes);
        return file.write(bytes);
    }));
    blob.digest = hash.finish().text();
    const http::Payload context = places::archive_payload({blob});
    return daemon.build(context, reference, [](std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
    });
}

// What the program was made with, for an image of it.
bake::BakeOptions image_options(const BuilderJob& job, const oci::Reference& reference)
{
    bake::BakeOptions options = job.compile;
    options.binary_only = false;
    options.go_test = false;  // they ran for the program
    options.tags = {reference.familiar()};
    return options;
}

// The image that a bake makes of the same source.
Result<Done, Error> bake_into_daemon(const BuilderJob& job, const oci::Reference& reference)
{
    bake::BakeOptions options = image_options(job, reference);
    options.platforms = job.image_platforms;
    options.outputs = {"docker-daemon:" + reference.familiar()};
    const bake::Baked baked = OUTIS_TRY(bake::bake(options, tell));
    for (const std::string& note : baked.notes)
        tell("note: " + note);
    return Done{};
}

// Programs for several of the platforms that images are made for become one index, too.
std::vector<std::string> index_platforms(const BuilderJob& job)
{
    std::vector<std::string> platforms = job.compile.platforms;
    constexpr std::string_view kSystem = "linux/";
    std::erase_if(platforms, [&](const std::string& platform) {
        return !platform.starts_with(kSystem) ||
               !sandbox::parse_arch(platform.substr(kSystem.size()));
    });
    return platforms.size() < 2 ? std::vector<std::string>() : platforms;
}

std::string index_file(const programs::GoMain& main)
{
    return programs::go_program_name(main) + "-linux.tar";
}

Result<Done, Error> check_index_file(const programs::GoMain& main)
{
    // The first member of each archive that is written here.
    static constexpr std::array<std::string_view, 1> kFirst{std::string_view("blobs/\0", 7)};
    return host::check_replaced(index_file(main),
                                {.name = "archive of an image", .beginnings = kFirst});
}

Result<Done, Error> make_index(const BuilderJob& job, const programs::GoMain& main,
                               const oci::Reference& reference)
{
    bake::BakeOptions options = image_options(job, reference);
    options.platforms = index_platforms(job);
    if (options.platforms.empty())
        return Done{};
    options.outputs = {"oci-archive:" + index_file(main)};
    options.sbom = "none";
    options.provenance = "none";
    const bake::Baked baked = OUTIS_TRY(bake::bake(options, tell));
    for (const std::string& note : baked.notes)
        tell("note: " + note);
    std::printf("%s\n", baked.outputs.front().c_str());
    return Done{};
}

Result<Done, Error> make_image(const BuilderJob& job, const oci::Reference& reference)
{
    const std::string none = "; there is no image '" + reference.familiar() + "'";
    const Result<std::optional<http::Url>, Error> place = places::look_for_daemon();
    if (!place)
        return unavailable(place.error().text + none);
    if (!place.value()) {
        const std::string missing = places::no_daemon().error.text;
        if (job.tag)
            return unavailable(missing + none);
        tell("note: " + missing + "; compiled, and made no image");
        return Done{};
    }
    places::Daemon daemon = OUTIS_TRY(places::Daemon::open());
    if (OUTIS_TRY(is_there(fs::path(job.context) / "Dockerfile"))) {
        OUTIS_TRY(build_dockerfile(daemon, job, reference));
    } else {
        tell("note: there is no Dockerfile in '" + job.context + "'; the image is Outis' own");
        OUTIS_TRY(bake_into_daemon(job, reference));
    }
    std::printf("%s\n", reference.familiar().c_str());
    return Done{};
}

Result<Done, Error> do_job(const BuilderJob& told)
{
    for (const std::string& note : told.notes)
        tell("note: " + note);
    OUTIS_TRY(check_source());
    OUTIS_TRY(check_context(told));
    const BuilderJob job = OUTIS_TRY(with_config(told, host::print_note));
    const programs::GoMain main = OUTIS_TRY(find_main(job));
    const oci::Reference reference = OUTIS_TRY(reference_of(job, main));
    if (!index_platforms(job).empty())
        OUTIS_TRY(check_index_file(main));
    // There is one main package, the image's name is good, and no file of the user's is in the way.

    OUTIS_TRY(make_output_folder(job));
    for (const std::string& file : OUTIS_TRY(bake::bake_binaries(job.compile, tell)))
        std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    return job.cross ? make_index(job, main, reference) : make_image(job, reference);
}

}  // namespace

int run(const GolangBuilderCommand& command)
{
    const Result<BuilderJob, Error> job = read_contract(contract_variables(), command.arguments);
    if (!job)
        return host::report(job.error());
    const Result<Done, Error> done = do_job(job.value());
    return done ? 0 : host::report(done.error());
}

}  // namespace outis::images::golang_builder
