#include "programs/go_command.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/interrupt.h"
#include "outis/utf8.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

// What Go's own words mean for the user, where they do not say it.
struct Remedy {
    std::string_view words;
    std::string_view remedy;
    Blame blame;
};

constexpr std::array kRemedies{
    Remedy{"dial tcp", "the module proxy cannot be reached: set GOPROXY, or run 'go mod vendor'",
           Blame::environment},
    Remedy{"GOPROXY=off", "modules may not be downloaded: set GOPROXY, or run 'go mod vendor'",
           Blame::environment},
    Remedy{"checksum mismatch",
           "a module is not what go.sum says: find out why before you build it", Blame::input},
    Remedy{"no required module provides package", "go.mod lacks it: run 'go mod tidy'",
           Blame::input},
    Remedy{"missing go.sum entry", "go.sum does not cover go.mod: run 'go mod tidy'", Blame::input},
    Remedy{"updates to go.mod needed", "go.mod is out of date: run 'go mod tidy'", Blame::input},
    Remedy{"inconsistent vendoring", "vendor does not match go.mod: run 'go mod vendor'",
           Blame::input},
};

}  // namespace

std::map<std::string, std::string> module_environment(bool has_module)
{
    return {{"GO111MODULE", has_module ? "on" : "off"}};
}

Result<host::ChildAnswer, Error> run_go(host::ChildRequest request)
{
    request.arguments.insert(request.arguments.begin(), "go");
    Result<host::ChildAnswer, Error> answer = host::run_child(request);
    if (!answer && host::check_interrupts())
        return unavailable(answer.error().text +
                           "; install Go, or build the program and name the file");
    return answer;
}

Failure<Error> go_failed(const std::string& what, const host::ChildAnswer& answer)
{
    Error error{.text = what + " failed",
                .details = printable_lines(answer.messages + answer.output)};
    const auto* row = std::ranges::find_if(kRemedies, [&](const Remedy& remedy) {
        return error.details.find(remedy.words) != std::string::npos;
    });
    if (row != kRemedies.end()) {
        error.text += "; " + std::string(row->remedy);
        error.blame = row->blame;
    }
    return Failure{std::move(error)};
}

bool has_vendor(const fs::path& root)
{
    std::error_code ignored;
    return fs::is_regular_file(root / "vendor/modules.txt", ignored);
}

}  // namespace outis::images::programs
