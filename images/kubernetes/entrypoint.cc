#include "kubernetes/entrypoint.h"

#include <algorithm>

#include "bake/run_words.h"
#include "view/init_words.h"

namespace outis::images::kubernetes {

namespace {

std::string variable(const oci::RunConfig& run, const char* name)
{
    const auto found = run.environment.find(name);
    return found == run.environment.end() ? "" : found->second;
}

}  // namespace

Result<InitWords, Error> init_words(const oci::RunConfig& run)
{
    const std::string program = run.entrypoint.empty() ? "" : run.entrypoint.front();
    if (!view::is_outis_init(program))
        return bad_input("the image starts '" + program +
                         "' instead of outis-init; make it with 'outis bake'");
    InitWords words{.profile = variable(run, "OUTIS_PROFILE"),
                    .drain = variable(run, "OUTIS_DRAIN"),
                    .grace = variable(run, "OUTIS_GRACE")};
    for (const view::InitOption& option : view::init_command(run.entrypoint).options) {
        if (option.name == "profile") {
            words.profile = option.value;
        } else if (option.name == "drain") {
            words.drain = option.value;
            words.drain_is_fixed = true;
        } else if (option.name == "grace") {
            words.grace = option.value;
            words.grace_is_fixed = true;
        }
    }
    return words;
}

Result<std::int64_t, Error> init_time(const std::string& text)
{
    const bool bare =
        !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    return bake::parse_time(bare ? text + "s" : text);
}

}  // namespace outis::images::kubernetes
