#include "commands/image.h"

#include <charconv>
#include <cstdio>

#include "browse/difference.h"
#include "browse/list.h"
#include "browse/show.h"
#include "host/interrupt.h"
#include "host/report.h"

namespace outis::images::commands {

namespace {

template <typename Command>
Result<browse::Members, Error> open(const std::string& image, const Command& command)
{
    return browse::open_members(image, command.platform, command.remote, host::print_note);
}

Result<std::string, Error> shown(const ImageShowCommand& command)
{
    const browse::Members members = OUTIS_TRY(open(command.image, command));
    host::release_interrupts();  // nothing is left behind
    const std::vector<browse::Shown> images =
        OUTIS_TRY(browse::show_image(members, command.platform));
    return command.json ? browse::show_json(images) : browse::show_text(images);
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
    const browse::Members members = OUTIS_TRY(open(command.image, command));
    host::release_interrupts();  // nothing is left behind
    const std::vector<browse::ListRow> rows = OUTIS_TRY(browse::list_image(members, options));
    return command.json ? browse::list_json(rows) : browse::list_text(rows, command.details);
}

Result<std::vector<browse::Difference>, Error> compared(const ImageDiffCommand& command)
{
    const browse::Members first = OUTIS_TRY(open(command.first, command));
    const browse::Members second = OUTIS_TRY(open(command.second, command));
    host::release_interrupts();  // nothing is left behind
    const browse::BrowsedImage old = OUTIS_TRY(browse::browse_image(first, command.platform));
    const browse::BrowsedImage fresh = OUTIS_TRY(browse::browse_image(second, command.platform));
    return browse::differences(old, fresh);
}

int print_result(const Result<std::string, Error>& text)
{
    if (!text)
        return host::report(text.error());
    std::fputs(text.value().c_str(), stdout);
    return 0;
}

}  // namespace

int run(const ImageShowCommand& command)
{
    return print_result(shown(command));
}

int run(const ImageListCommand& command)
{
    return print_result(listed(command));
}

int run(const ImageDiffCommand& command)
{
    const auto found = compared(command);
    if (!found)
        return host::report(found.error());
    const std::string text = command.json
                                 ? browse::difference_json(found.value())
                                 : browse::difference_text(found.value(), host::colours_on(stdout));
    std::fputs(text.c_str(), stdout);
    return found.value().empty() ? 0 : 1;
}

}  // namespace outis::images::commands
