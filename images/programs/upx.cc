#include "programs/upx.h"

#include <string>

#include "host/child.h"
#include "host/interrupt.h"
#include "outis/utf8.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

Result<Done, Error> pack_program(const fs::path& file, const fs::path& copy)
{
    const std::string source = fs::absolute(file).string();
    const Result<host::ChildAnswer, Error> answer =
        host::run_child({.arguments = {"upx", "-qq", "--best", "-o", copy.string(), source},
                         .folder = ".",
                         .environment = {}});
    if (!answer) {
        OUTIS_TRY(host::check_interrupts());
        return unavailable(answer.error().text + "; install upx, or leave out --pack");
    }
    if (answer.value().exit_code == 0)
        return Done{};
    Failure<Error> failure = bad_input("upx cannot pack '" + file.string() + "'");
    failure.error.details = printable_lines(answer.value().messages + answer.value().output);
    return failure;
}

}  // namespace outis::images::programs
