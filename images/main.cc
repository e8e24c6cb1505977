// The tool for people: bakes images, and compiles and explains the profiles they run under.
#include <cstdio>
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "commands/command_line.h"
#include "host/interrupt.h"
#include "host/report.h"

namespace outis::images {

namespace {

int run(const commands::ShowText& help)
{
    std::fputs(help.text.c_str(), stdout);
    return 0;
}

template <typename... Kinds>
bool is_one_of(const commands::Command& command)
{
    return (std::holds_alternative<Kinds>(command) || ...);
}

// These leave nothing half done, and compute without asking for interrupts.
bool asks_about_profiles(const commands::Command& command)
{
    return is_one_of<commands::ProfileListOptions, commands::ProfileShowOptions,
                     commands::ProfileExplainOptions, commands::ProfileCheckOptions,
                     commands::ProfileDiffOptions, commands::ProfileCompileOptions,
                     commands::ProfileImportOptions, commands::ProfileExportOptions>(command);
}

int run_command(const std::vector<std::string>& words)
{
    const Result<commands::Command, Error> command = commands::parse_command_line(words);
    if (!command)
        return host::report(command.error());
    const bool ends_at_once = asks_about_profiles(command.value());
    if (!ends_at_once)
        host::hold_interrupts();
    const int code = std::visit([](const auto& it) { return run(it); }, command.value());
    if (!ends_at_once)
        host::release_interrupts();
    return code;
}

// What is left in the buffer is written, for a full disk is found out only then.
int with_all_written(int code)
{
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
        return code;
    return host::report({.text = "cannot write all of the output", .blame = Blame::environment});
}

}  // namespace

}  // namespace outis::images

int main(int argc, char** argv)
{
    try {
        return outis::images::with_all_written(
            outis::images::run_command(std::vector<std::string>(argv + 1, argv + argc)));
    } catch (const std::exception& error) {
        // The libraries below throw for want of memory alone.
        return outis::images::host::report(
            {.text = error.what(), .blame = outis::Blame::environment});
    }
}
