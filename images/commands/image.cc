#include "commands/image.h"

#include <charconv>
#include <cstdio>

#include "browse/difference.h"
#include "browse/list.h"
#include "browse/show.h"
#include "host/interrupt.h"
#include "host/report.h"

namespace outis::images {

namespace {

Result<std::string, Error> shown(const ImageShowCommand& command)
{
    const Source source = OUTIS_TRY(open_source(command.image));
    const std::vector<Shown> images = OUTIS_TRY(show_image(source, command.platform));
    return command.json ? show_json(images) : show_text(images);
}

Result<std::string, Error> listed(const ImageListCommand& command)
{
    ListOptions options{.path = command.path, .platform = command.platform};
    if (!command.layer.empty()) {
        std::size_t number = 0;
        const char* const end = command.layer.data() + command.layer.size();
        const auto read = std::from_chars(command.layer.data(), end, number);
        if (read.ec != std::errc() || read.ptr != end)
            return bad_input("--layer '" + command.layer + "' must be a number, the lowest is 1");
        options.layer = number;
    }
    const Source source = OUTIS_TRY(open_source(command.image));
    const std::vector<ListRow> rows = OUTIS_TRY(list_image(source, options));
    return command.json ? list_json(rows) : list_text(rows, command.details);
}

Result<std::vector<Difference>, Error> compared(const ImageDiffCommand& command)
{
    const Source first = OUTIS_TRY(open_source(command.first));
    const Source second = OUTIS_TRY(open_source(command.second));
    const BrowsedImage old = OUTIS_TRY(browse_image(first, command.platform));
    const BrowsedImage fresh = OUTIS_TRY(browse_image(second, command.platform));
    return differences(old, fresh);
}

int print_result(const Result<std::string, Error>& text)
{
    if (!text)
        return report(text.error());
    std::fputs(text.value().c_str(), stdout);
    return 0;
}

}  // namespace

int run(const ImageShowCommand& command)
{
    release_interrupts();  // nothing is left behind
    return print_result(shown(command));
}

int run(const ImageListCommand& command)
{
    release_interrupts();
    return print_result(listed(command));
}

int run(const ImageDiffCommand& command)
{
    release_interrupts();
    const auto found = compared(command);
    if (!found)
        return report(found.error());
    const std::string text = command.json ? difference_json(found.value())
                                          : difference_text(found.value(), colours_on(stdout));
    std::fputs(text.c_str(), stdout);
    return found.value().empty() ? 0 : 1;
}

}  // namespace outis::images
