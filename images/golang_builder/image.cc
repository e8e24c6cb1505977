#include "golang_builder/image.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "golang_builder/context.h"
#include "host/digest.h"
#include "host/new_file.h"
#include "host/replaced.h"
#include "layers/platform.h"
#include "layers/tar.h"
#include "outis/images/build.h"
#include "outis/utf8.h"
#include "places/archive_payload.h"
#include "places/daemon.h"
#include "places/daemon_place.h"

namespace outis::images::golang_builder {

namespace fs = std::filesystem;

namespace {

// Programs for several of the platforms that images are made for become one index, too. Libraries
// of other platforms are not here, so programs that need some do not.
std::vector<std::string> index_platforms(const BuilderJob& job)
{
    if (!job.cross || !job.own_image || job.compile.go_cgo == "1")
        return {};
    std::vector<std::string> platforms = job.compile.platforms;
    constexpr std::string_view kSystem = "linux/";
    std::erase_if(platforms, [&](const std::string& platform) {
        return !platform.starts_with(kSystem) || !layers::parse_platform(platform);
    });
    return platforms.size() < 2 ? std::vector<std::string>() : platforms;
}

Result<Done, Error> check_index_file(const std::string& file)
{
    // The first member of each archive that is written here.
    static constexpr std::array<std::string_view, 1> kFirst{std::string_view("blobs/\0", 7)};
    if (host::check_replaced(file, {.name = "archive of an image", .beginnings = kFirst}))
        return Done{};
    return bad_input("'" + file +
                     "' is there already and is no archive of an image; move it away, or set "
                     "OUTIS_IMAGE=none");
}

// Where the first program lies that the context lacks; empty if it has all.
std::string outside_of(const fs::path& context, const std::vector<std::string>& programs)
{
    std::error_code error;
    const fs::path top = fs::canonical(context, error);
    for (const std::string& program : programs) {
        const fs::path below = fs::weakly_canonical(program, error).lexically_relative(top);
        if (!below.empty() && *below.begin() == "..")
            return "the program is '" + program + "', outside of DOCKER_BUILD_CONTEXT '" +
                   context.string() + "'; OUTPUT='" + (context / "").string() + "' puts it there";
    }
    return {};
}

Result<Done, Error> send_context(places::Daemon& daemon, const fs::path& context,
                                 const oci::Reference& reference)
{
    const layers::Tree tree = OUTIS_TRY(context_tree(context));
    const host::TemporaryDirectory folder = OUTIS_TRY(host::TemporaryDirectory::create());
    host::NewFile file = OUTIS_TRY(host::NewFile::create(folder.path() / "context.tar"));
    Blob blob{.content = file.readable_path()};
    host::Sha256 hash;
    const layers::TimeOf time_of = [&](const std::string& key) {
        return context_time(context, key);
    };
    OUTIS_TRY(layers::write_tar(tree, time_of, [&](Bytes bytes) {
        blob.size += bytes.size();
        hash.update(bytes);
        return file.write(bytes);
    }));
    blob.digest = hash.finish().text();
    const http::Payload payload = places::archive_payload({blob});
    return daemon.build(payload, reference, [](std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
    });
}

Result<Done, Error> build_dockerfile(places::Daemon& daemon, const BuilderJob& job,
                                     const oci::Reference& reference,
                                     const std::vector<std::string>& programs)
{
    const std::string outside = outside_of(job.context, programs);
    if (!outside.empty())
        tell("note: " + outside);
    Result<Done, Error> done = send_context(daemon, job.context, reference);
    if (done || outside.empty())
        return done;
    Failure<Error> failure = done.take_failure();
    failure.error.text += "; " + outside;
    return failure;
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

Result<bake::Baked, Error> bake_image(const bake::BakeOptions& options)
{
    bake::Baked baked = OUTIS_TRY(bake::bake(options, tell));
    for (const std::string& note : baked.notes)
        tell("note: " + note);
    return baked;
}

Result<Done, Error> make_index(const BuilderJob& job, const ImagePlan& plan)
{
    bake::BakeOptions options = image_options(job, plan.reference);
    options.platforms = plan.index_platforms;
    options.outputs = {"oci-archive:" + plan.index_file};
    options.sbom = "none";
    options.provenance = "none";
    const bake::Baked baked = OUTIS_TRY(bake_image(options));
    std::printf("%s\n", baked.outputs.front().c_str());
    return Done{};
}

// An image in the daemon, if there is one.
Result<Done, Error> fill_daemon(const BuilderJob& job, const ImagePlan& plan,
                                const std::vector<std::string>& programs)
{
    const std::string none = "; there is no image '" + plan.reference.familiar() + "'";
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
    if (plan.has_dockerfile) {
        OUTIS_TRY(build_dockerfile(daemon, job, plan.reference, programs));
    } else {
        tell("note: there is no Dockerfile in '" + job.context +
             "'; the image is Outis' own, which OUTIS_IMAGE=none leaves out");
        bake::BakeOptions options = image_options(job, plan.reference);
        options.platforms = job.image_platforms;
        options.outputs = {"docker-daemon:" + plan.reference.familiar()};
        OUTIS_TRY(bake_image(options));
    }
    std::printf("%s\n", plan.reference.familiar().c_str());
    return Done{};
}

}  // namespace

void tell(std::string_view text)
{
    std::fprintf(stderr, "outis: %s\n", printable(contract_words(std::string(text))).c_str());
}

Result<ImagePlan, Error> plan_image(const BuilderJob& job, const std::string& name)
{
    ImagePlan plan{
        .has_dockerfile = OUTIS_TRY(is_there(fs::path(job.context) / "Dockerfile")),
        .index_platforms = index_platforms(job),
        .index_file = name + "-linux.tar",
    };
    plan.reference =
        OUTIS_TRY(oci::parse_reference(job.tag ? *job.tag : oci::fit_path_component(name)));
    if (!plan.index_platforms.empty())
        OUTIS_TRY(check_index_file(plan.index_file));
    if (job.tag && (job.cross || !job.own_image) && !plan.has_dockerfile &&
        plan.index_platforms.empty())
        return bad_input("no image would be called '" + *job.tag +
                         "': there is no Dockerfile in '" + job.context + "', and " +
                         (job.own_image ? "BUILD_GOOS and BUILD_GOARCH make programs alone"
                                        : "OUTIS_IMAGE is 'none'") +
                         "; leave the tag out, or write a Dockerfile");
    return plan;
}

Result<Done, Error> make_image(const BuilderJob& job, const ImagePlan& plan,
                               const std::vector<std::string>& programs)
{
    if (!plan.index_platforms.empty())
        OUTIS_TRY(make_index(job, plan));
    if (plan.has_dockerfile || (!job.cross && job.own_image))
        return fill_daemon(job, plan, programs);
    if (!job.own_image)
        tell("note: there is no Dockerfile in '" + job.context +
             "'; compiled, and made no image, as OUTIS_IMAGE says");
    return Done{};
}

}  // namespace outis::images::golang_builder
