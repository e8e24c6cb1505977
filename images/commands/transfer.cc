#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>

#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "commands/baked.h"
#include "commands/commands.h"
#include "commands/progress.h"
#include "host/interrupt.h"
#include "oci/json.h"
#include "oci/reference.h"
#include "places/each_once.h"

namespace outis::images::commands {

namespace {

struct TransferCommand {
    places::TransferOptions options = {};
    std::vector<std::string> outputs = {};  // where to, instead of options.to
    Verbosity verbosity = {};
};

constexpr std::string_view kRegistry = "docker://";

void add(places::Transferred& all, const places::Transferred& one)
{
    all.digest = one.digest;
    all.media_type = one.media_type;
    all.references.insert(all.references.end(), one.references.begin(), one.references.end());
    all.uploaded += one.uploaded;
    all.present += one.present;
    all.mounted += one.mounted;
    all.referrers += one.referrers;
}

void print_json(const places::Transferred& done)
{
    boost::json::array references;
    for (const std::string& reference : done.references)
        references.emplace_back(reference);
    const boost::json::object blobs{
        {"mounted", done.mounted}, {"moved", done.uploaded}, {"present", done.present}};
    const std::string text =
        oci::canonical_json(boost::json::object{{"blobs", blobs},
                                                {"digest", done.digest},
                                                {"media_type", done.media_type},
                                                {"references", references},
                                                {"referrers", done.referrers}});
    std::printf("%s\n", text.c_str());
}

// `referrers`: whether they were asked for.
void print_summary(const places::Transferred& done, bool referrers)
{
    for (const std::string& reference : done.references)
        std::printf("%s\n", reference.c_str());
    std::printf("  digest   %s\n", done.digest.c_str());
    std::printf("  blobs    %llu moved, %llu there already, %llu mounted\n",
                static_cast<unsigned long long>(done.uploaded),
                static_cast<unsigned long long>(done.present),
                static_cast<unsigned long long>(done.mounted));
    if (referrers)
        std::printf("  about it %llu documents\n", static_cast<unsigned long long>(done.referrers));
}

bool is_watched(const Verbosity& verbosity)
{
    const char* terminal = std::getenv("TERM");
    return !verbosity.quiet && !verbosity.json && isatty(STDERR_FILENO) == 1 &&
           terminal != nullptr && std::string_view(terminal) != "dumb";
}

Result<int, Error> run_transfer(const TransferCommand& command)
{
    OUTIS_TRY(places::check_targets(command.options.from, command.outputs));
    host::hold_interrupts();
    ProgressBoard board(is_watched(command.verbosity) ? stderr : nullptr);
    const places::TransferWatch watch{
        .blob = [&](const places::BlobProgress& progress) { board.show(progress); },
        .note = places::each_once([&](const std::string& note) {
            if (!command.verbosity.quiet)
                board.note(note);
        })};
    places::Transferred all;
    for (const std::string& output : command.outputs) {
        places::TransferOptions options = command.options;
        options.to = output;
        const Result<places::Transferred, Error> done = places::transfer(options, watch);
        board.finish();
        add(all, OUTIS_TRY(done));
    }
    if (command.verbosity.quiet || writes_to_stdout(command.outputs))
        return 0;
    if (command.verbosity.json)
        print_json(all);
    else
        print_summary(all, command.options.referrers);
    return 0;
}

Options transfer_options(TransferCommand& command)
{
    places::RemoteOptions& remote = command.options.remote;
    return concat(
        {{{"--referrers", &command.options.referrers, "",
           "also transfer the documents of the image: SBOM, provenance, signatures"},
          {"-j,--jobs", &remote.jobs, "COUNT", "blobs that are transferred at once", "4"},
          {"--tries", &remote.tries, "COUNT", "attempts if a registry or the network fails", "5"},
          {"--chunk", &remote.chunk, "SIZE", "upload in pieces of this size, e.g. 16M",
           "whole blobs"}},
         registry_options(remote),
         verbosity_options(command.verbosity, "what was transferred")});
}

host::Option format_option(TransferCommand& command)
{
    return {.names = "--format",
            .field = &command.options.format,
            .value = "FORMAT",
            .help = "'docker' for a registry that takes no OCI manifests; the digest changes",
            .default_value = "as-is"};
}

host::Option platform_option(TransferCommand& command, const std::string& default_value)
{
    return {.names = "--platform",
            .field = &command.options.platform,
            .value = "PLATFORM",
            .help = "only this platform of an index, e.g. linux/arm64, or 'all'",
            .default_value = default_value};
}

std::string in_registry(const std::string& name)
{
    return name.starts_with(kRegistry) ? name : std::string(kRegistry) + name;
}

Result<int, Error> pull(TransferCommand command)
{
    if (command.outputs.empty())
        command.outputs = {oci::default_tar(command.options.from)};
    if (command.options.platform.empty())
        command.options.platform = places::kThisMachine;
    command.options.from = in_registry(command.options.from);
    return run_transfer(command);
}

}  // namespace

Command push_command()
{
    const auto push = std::make_shared<TransferCommand>();
    places::TransferOptions& options = push->options;
    return {
        .name = "push",
        .help = "push a local image to a registry",
        .options = concat({{image_option(options.from),
                            {"NAME", &options.to, "", "HOST/NAME[:TAG]"},
                            platform_option(*push, "all"),
                            format_option(*push)},
                           transfer_options(*push)}),
        .run =
            [push](Words) {
                push->outputs = {in_registry(push->options.to)};
                return run_transfer(*push);
            },
    };
}

Command pull_command()
{
    const auto command = std::make_shared<TransferCommand>();
    return {
        .name = "pull",
        .help = "pull an image from a registry",
        .options = concat(
            {{{"NAME", &command->options.from, "", "HOST/NAME[:TAG][@DIGEST]"},
              {"-o,--output", &command->outputs, "OUTPUT",
               "where the image goes, as 'outis bake -o'", "NAME.tar", host::PathKind::output},
              platform_option(*command, "this machine's")},
             transfer_options(*command)}),
        .run = [command](Words) { return pull(*command); },
    };
}

Command copy_command()
{
    const auto copy = std::make_shared<TransferCommand>();
    places::TransferOptions& options = copy->options;
    host::Option from = image_option(options.from);
    from.names = "FROM";
    return {
        .name = "copy",
        .help = "copy an image from any place to any other",
        .options = concat({{from,
                            {"TO", &options.to, "", "docker://NAME[:TAG], or as 'outis bake -o'"},
                            platform_option(*copy, "all"),
                            format_option(*copy)},
                           transfer_options(*copy)}),
        .run =
            [copy](Words) {
                copy->outputs = {copy->options.to};
                return run_transfer(*copy);
            },
    };
}

}  // namespace outis::images::commands
