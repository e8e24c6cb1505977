#include "commands/shared.h"

#include <iterator>
#include <utility>

namespace outis::images::commands {

using host::PathKind;

Options concat(std::initializer_list<Options> parts)
{
    Options all;
    for (const Options& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

host::Option image_option(std::string& image)
{
    return {.names = "IMAGE",
            .field = &image,
            .help =
                "docker://NAME[:TAG][@DIGEST], docker-daemon:NAME[:TAG], "
                "oci:DIR[:NAME|@DIGEST], "
                "oci-archive:FILE, docker-archive:FILE, a tar, or a layout's directory"};
}

host::Option platform_option(std::string& platform)
{
    return {.names = "--platform",
            .field = &platform,
            .value = "OS/ARCH",
            .help = "the image for this platform, if there are several, or 'all'"};
}

Options result_options(std::vector<std::string>& tags, std::vector<std::string>& outputs,
                       std::vector<std::string>& platforms, const std::string& ending)
{
    return {{"-t,--tag", &tags, "NAME[:TAG]", "name of the new image", "NAME-" + ending},
            {"-o,--output", &outputs, "OUTPUT", "where the new image goes, as 'outis bake -o'",
             "NAME-" + ending + ".tar", PathKind::output},
            {"--platform", &platforms, "PLATFORM",
             "linux/amd64 or linux/arm64, several with commas", "all of IMAGE"}};
}

Options registry_options(places::RemoteOptions& remote)
{
    return bake::registry_options(remote.tls_ca, remote.authfile, remote.plain_http);
}

host::Option app_option(bake::BakeOptions& options)
{
    return {.names = "APP",
            .field = &options.apps,
            .help = "ELF programs, static or dynamic, or a directory with a Go main package"};
}

host::Option config_option(bake::BakeOptions& options)
{
    return {.names = "-f,--file",
            .field = &options.config,
            .value = "FILE",
            .help = "options as TOML; 'none' for no such file",
            .default_value = "outis.toml beside APP",
            .path = PathKind::file};
}

Options table_options(bake::BakeOptions& options, bool (*has)(const bake::OptionUse&))
{
    Options chosen;
    for (bake::BakeRow& row : bake::bake_table(options)) {
        if (has(row.use))
            chosen.push_back(std::move(row.option));
    }
    return chosen;
}

Options verbosity_options(Verbosity& verbosity, const std::string& report)
{
    return {{.names = "-q,--quiet",
             .field = &verbosity.quiet,
             .help = "print errors and nothing else",
             .excludes = "json"},
            {.names = "--json", .field = &verbosity.json, .help = "print " + report + " as JSON"}};
}

host::Option json_option(bool& json)
{
    return {.names = "--json", .field = &json, .help = "print JSON"};
}

}  // namespace outis::images::commands
