#include <charconv>
#include <cstdio>
#include <memory>

#include "browse/difference.h"
#include "browse/list.h"
#include "browse/show.h"
#include "commands/commands.h"
#include "commands/shared.h"
#include "host/interrupt.h"
#include "host/report.h"
#include "outis/images/transfer.h"

namespace outis::images::commands {

namespace {

struct ImageShowCommand {
    std::string image = {};
    std::string platform = {};
    places::RemoteOptions remote = {};
    bool json = false;
};

struct ImageListCommand {
    std::string image = {};
    std::string path = {};
    std::string layer = {};  // a number from 1
    std::string platform = {};
    places::RemoteOptions remote = {};
    bool details = false;
    bool json = false;
};

struct ImageDiffCommand {
    std::string first = {};
    std::string second = {};
    std::string platform = {};
    places::RemoteOptions remote = {};
    bool json = false;
};

// Of a registry's index the images for `platform` alone are pulled.
template <typename Command>
Result<browse::Members, Error> open(const std::string& image, const Command& command,
                                    const std::string& platform)
{
    host::hold_interrupts();
    return browse::open_members(image, platform, command.remote, host::print_note);
}

Result<std::string, Error> shown(const ImageShowCommand& command)
{
    const browse::Members members = OUTIS_TRY(
        open(command.image, command, command.platform.empty() ? "all" : command.platform));
    host::release_interrupts();  // nothing is left behind
    return browse::show_image(members, command.platform,
                              command.json ? browse::ShowAs::json : browse::ShowAs::text);
}

Result<std::string, Error> listed(const ImageListCommand& command)
{
    browse::ListOptions options{.path = command.path, .platform = command.platform};
    if (!command.layer.empty()) {
        std::size_t number = 0;
        const char* const end = command.layer.data() + command.layer.size();
        const auto read = std::from_chars(command.layer.data(), end, number);
        if (read.ec != std::errc() || read.ptr != end)
            return bad_input("--layer '" + command.layer + "' must be a number, the lowest is 1");
        options.layer = number;
    }
    const browse::Members members = OUTIS_TRY(open(command.image, command, command.platform));
    host::release_interrupts();  // nothing is left behind
    const std::vector<browse::ListRow> rows = OUTIS_TRY(browse::list_image(members, options));
    return command.json ? browse::list_json(rows) : browse::list_text(rows, command.details);
}

Result<std::vector<browse::Difference>, Error> compared(const ImageDiffCommand& command)
{
    const browse::Members first = OUTIS_TRY(open(command.first, command, command.platform));
    const browse::Members second = OUTIS_TRY(open(command.second, command, command.platform));
    host::release_interrupts();  // nothing is left behind
    const view::UnpackedImage old = OUTIS_TRY(browse::browse_image(first, command.platform));
    const view::UnpackedImage fresh = OUTIS_TRY(browse::browse_image(second, command.platform));
    return browse::differences(old, fresh);
}

int print_text(const std::string& text)
{
    std::fputs(text.c_str(), stdout);
    return 0;
}

// 0: the same; 1: they differ.
Result<int, Error> print_difference(const ImageDiffCommand& command)
{
    const std::vector<browse::Difference> found = OUTIS_TRY(compared(command));
    print_text(command.json ? browse::difference_json(found)
                            : browse::difference_text(found, host::colours_on(stdout)));
    return found.empty() ? 0 : 1;
}

Command show_image_command()
{
    const auto show = std::make_shared<ImageShowCommand>();
    return {
        .name = "show",
        .help = "show how an image starts and what it is made of",
        .options = concat(
            {{image_option(show->image), platform_option(show->platform), json_option(show->json)},
             registry_options(show->remote)}),
        .run = [show](Words) -> Result<int, Error> { return print_text(OUTIS_TRY(shown(*show))); },
    };
}

Command list_image_command()
{
    const auto list = std::make_shared<ImageListCommand>();
    return {
        .name = "ls",
        .help = "list the files of an image",
        .options =
            concat({{image_option(list->image),
                     {"[PATH]", &list->path, "", "this file or directory, and what is in it", "/"},
                     {"-l,--long", &list->details, "",
                      "show modes, owners, sizes, targets and attributes too"},
                     {"--layer", &list->layer, "NUMBER",
                      "files as they are in this layer; the lowest layer is 1"},
                     platform_option(list->platform),
                     json_option(list->json)},
                    registry_options(list->remote)}),
        .run = [list](Words) -> Result<int, Error> { return print_text(OUTIS_TRY(listed(*list))); },
    };
}

Command diff_images_command()
{
    const auto diff = std::make_shared<ImageDiffCommand>();
    host::Option first = image_option(diff->first);
    first.names = "FIRST";
    return {
        .name = "diff",
        .help = "show the differences of two images",
        .options = concat({{first,
                            {"SECOND", &diff->second, "", "the other image, written as FIRST"},
                            platform_option(diff->platform),
                            json_option(diff->json)},
                           registry_options(diff->remote)}),
        .run = [diff](Words) { return print_difference(*diff); },
    };
}

}  // namespace

Command image_command()
{
    return {
        .name = "image",
        .help = "look into images",
        .commands = {show_image_command(), list_image_command(), diff_images_command()},
    };
}

}  // namespace outis::images::commands
