#include "bake/closure_of.h"

#include <filesystem>
#include <utility>
#include <variant>

#include "content/base.h"
#include "host/input.h"
#include "programs/traced.h"

namespace outis::images::bake {

namespace {

constexpr const char* kNameServiceKey = "etc/nsswitch.conf";
constexpr std::size_t kMaxNameServiceOrder = 1U << 20;

}  // namespace

Result<programs::Closure, Error> closure_of(const host::Root& root,
                                            const std::vector<programs::Program>& programs,
                                            policy::Arch arch, const Plan& plan,
                                            const Progress& progress)
{
    programs::ClosureRequest request{
        .arch = arch, .given = plan.additions, .libraries = plan.libraries, .locale = plan.locale};
    for (const programs::Program& program : programs)
        request.programs.push_back({.place = program.path, .file = program.unpacked});
    const auto given = plan.additions.find(kNameServiceKey);
    if (given == plan.additions.end())
        request.nsswitch = content::kNameServiceOrder;
    else if (const auto* file = std::get_if<std::filesystem::path>(&given->second.content))
        request.nsswitch = OUTIS_TRY(host::read_file(*file, kMaxNameServiceOrder));
    if (plan.trace.empty())
        return programs::find_closure(root, request);
    progress("running '" + plan.trace + "' to see what it opens");
    programs::TracedPaths traced =
        OUTIS_TRY(programs::trace_command(root, plan.trace, plan.locale, request.programs));
    request.opened = std::move(traced.opened);
    programs::Closure closure = OUTIS_TRY(programs::find_closure(root, request));
    closure.notes.insert(closure.notes.end(), traced.notes.begin(), traced.notes.end());
    return closure;
}

}  // namespace outis::images::bake
