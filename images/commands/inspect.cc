#include "commands/inspect.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "commands/report.h"
#include "oci/json.h"
#include "outis/sandbox/inspect.h"
#include "system/child.h"

namespace outis::images {

namespace {

int number_in(const std::string& text)
{
    int number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc() && (read.ptr == end || *read.ptr == '\n') ? number : 0;
}

// The engines are asked in turn; the first that knows the container decides.
Result<int, Error> first_process_of(const std::string& container)
{
    bool any = false;
    for (const char* engine : {"docker", "podman"}) {
        const auto answer = run_child({.arguments = {engine, "inspect", "--type", "container",
                                                     "--format", "{{.State.Pid}}", container}});
        if (!answer || answer.value().exit_code >= 126)
            continue;
        any = true;
        const int pid = answer.value().exit_code == 0 ? number_in(answer.value().output) : 0;
        if (pid > 0)
            return pid;
    }
    if (!any)
        return unavailable("neither docker nor podman answers; give the number of a process");
    return bad_input("there is no running container '" + container + "'");
}

// In a container whose process 1 is a PID 1 of ours, the app is its child.
Result<sandbox::Inspection, Error> inspect_container(const std::string& container)
{
    const int first = OUTIS_TRY(first_process_of(container));
    sandbox::Inspection seen = OUTIS_TRY(sandbox::inspect(first));
    const int app = seen.name == "outis-init" ? sandbox::first_child(first) : 0;
    return app == 0 ? Result<sandbox::Inspection, Error>(std::move(seen)) : sandbox::inspect(app);
}

using Lists = std::vector<std::pair<const char*, const std::vector<std::string>*>>;

Lists capability_lists(const sandbox::CapabilityState& state)
{
    return {{"effective", &state.effective},
            {"permitted", &state.permitted},
            {"inheritable", &state.inheritable},
            {"bounding", &state.bounding},
            {"ambient", &state.ambient}};
}

boost::json::array as_array(const std::vector<std::string>& texts)
{
    return boost::json::array(texts.begin(), texts.end());
}

std::string as_json(const sandbox::Inspection& seen)
{
    boost::json::object capabilities;
    for (const auto& [name, list] : capability_lists(seen.capabilities))
        capabilities[name] = as_array(*list);
    boost::json::object object{
        {"process", seen.pid},
        {"name", seen.name},
        {"uid", seen.uid},
        {"gid", seen.gid},
        {"groups", seen.groups},
        {"capabilities", capabilities},
        {"no_new_privs", seen.no_new_privs},
        {"seccomp", seen.seccomp},
        {"filters", seen.filters},
        {"landlock_abi", seen.landlock_abi},
        {"exposure_tenths", seen.exposure},
        {"because", as_array(seen.reasons)},
    };
    if (seen.sees_inside) {
        boost::json::object descriptors;
        for (const sandbox::OpenDescriptor& descriptor : seen.descriptors)
            descriptors[std::to_string(descriptor.number)] = descriptor.target;
        object["descriptors"] = descriptors;
        object["writable"] = as_array(seen.writable);
    }
    return canonical_json(object) + "\n";
}

std::string joined(const std::vector<std::string>& texts)
{
    std::string all;
    for (const std::string& text : texts)
        all += (all.empty() ? "" : ", ") + text;
    return all.empty() ? "none" : all;
}

std::string as_text(const sandbox::Inspection& seen)
{
    std::string text;
    const auto row = [&](const std::string& name, const std::string& value) {
        text += name + std::string(name.size() < 13 ? 13 - name.size() : 1, ' ') + value + "\n";
    };
    row("process", std::to_string(seen.pid) + " (" + seen.name + ")");
    row("uid", seen.uid);
    row("gid", seen.gid);
    row("groups", seen.groups.empty() ? "none" : seen.groups);
    for (const auto& [name, list] : capability_lists(seen.capabilities))
        row(name, joined(*list));
    row("no_new_privs", seen.no_new_privs ? "yes" : "no");
    row("seccomp", !seen.seccomp          ? "none"
                   : seen.filters.empty() ? "filtered"
                                          : "filters: " + seen.filters);
    row("landlock", "ABI " + std::to_string(seen.landlock_abi) +
                        " in this kernel; what it forbids a process no kernel tells");
    if (seen.sees_inside) {
        for (const sandbox::OpenDescriptor& descriptor : seen.descriptors)
            row("descriptor", std::to_string(descriptor.number) + " " + descriptor.target);
        row("writable", joined(seen.writable));
    } else {
        row("descriptors", "not visible to this user, as writable folders are not");
    }
    row("exposure",
        std::to_string(seen.exposure / 10) + "." + std::to_string(seen.exposure % 10) + " of 10");
    for (const std::string& reason : seen.reasons)
        row("because", reason);
    return text;
}

}  // namespace

int run(const InspectOptions& options)
{
    const int pid = number_in(options.subject);
    const auto seen = pid > 0 ? sandbox::inspect(pid) : inspect_container(options.subject);
    if (!seen)
        return report(seen.error());
    std::fputs((options.json ? as_json(seen.value()) : as_text(seen.value())).c_str(), stdout);
    return 0;
}

}  // namespace outis::images
