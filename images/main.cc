// The tool for people: makes images, and compiles and explains their security profiles.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "commands/commands.h"
#include "host/interrupt.h"
#include "host/report.h"

namespace outis::images {

namespace {

Result<int, Error> run_command(const std::vector<std::string>& words)
{
    const commands::Command program = commands::outis_program();
    const commands::Call call = OUTIS_TRY(commands::parse_command_line(program, words));
    if (call.command != nullptr)
        return call.command->run(call.rest);
    std::fputs(call.text.c_str(), stdout);
    return 0;
}

int report_command(const std::vector<std::string>& words)
{
    const Result<int, Error> code = run_command(words);
    const int exit_code = code ? code.value() : host::report(code.error());
    host::release_interrupts();  // that the command may have held
    return exit_code;
}

// Writes what is left in the buffer: only then is a full disk noticed.
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
    outis::images::host::expect_trouble_of_files();
    try {
        return outis::images::with_all_written(
            outis::images::report_command(std::vector<std::string>(argv + 1, argv + argc)));
    } catch (const std::exception& error) {
        return outis::images::host::report(
            {.text = outis::images::host::words_of(error), .blame = outis::Blame::environment});
    }
}
