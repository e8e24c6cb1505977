#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "commands/commands.h"
#include "commands/shared.h"
#include "host/child.h"
#include "host/interrupt.h"
#include "oci/json.h"
#include "outis/base/capabilities.h"
#include "outis/sandbox/inspect.h"

namespace outis::images::commands {

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
        const auto answer =
            host::run_child({.arguments = {engine, "inspect", "--type", "container", "--format",
                                           "{{.State.Pid}}", container}});
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

// As outis-init shows it too: other bytes than ASCII's printable ones, say a terminal's controls,
// as \OOO in octal digits.
std::string shown(const std::string& text)
{
    std::string ascii;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= ' ' && byte <= '~') {
            ascii += c;
            continue;
        }
        ascii += '\\';
        for (const unsigned shift : {6U, 3U, 0U})
            ascii += static_cast<char>('0' + (byte >> shift & 7));
    }
    return ascii;
}

boost::json::value points(unsigned tenths)
{
    return static_cast<double>(tenths) / 10;
}

template <typename List>
boost::json::array as_array(const List& items)
{
    return boost::json::array(items.begin(), items.end());
}

// The schema is in sandbox/README.md; outis-init writes the same.
std::string as_json(const sandbox::Inspection& seen)
{
    boost::json::object capabilities;
    for (const auto& [name, list] : capability_lists(seen.capabilities))
        capabilities[name] = as_array(*list);
    boost::json::array reasons;
    for (const sandbox::ExposureReason& reason : seen.reasons)
        reasons.push_back(
            boost::json::object{{"points", points(reason.points)}, {"reason", reason.text}});
    boost::json::array mounts;
    for (const std::string& place : seen.writable_mounts)
        mounts.emplace_back(shown(place));
    boost::json::value descriptors;
    if (seen.sees_inside) {
        descriptors.emplace_array();
        for (const sandbox::OpenDescriptor& descriptor : seen.descriptors)
            descriptors.get_array().emplace_back(descriptor.number);
    }
    const boost::json::object object{
        {"process", seen.pid},
        {"name", shown(seen.name)},
        {"uid", as_array(seen.uid)},
        {"gid", as_array(seen.gid)},
        {"groups", as_array(seen.groups)},
        {"capabilities", capabilities},
        {"no_new_privs", seen.no_new_privs},
        {"seccomp", seen.seccomp},
        {"filters", seen.filters ? boost::json::value(*seen.filters) : boost::json::value()},
        {"securebits", nullptr},
        {"landlock_abi", seen.landlock_abi},
        {"descriptors", descriptors},
        {"writable_mounts", mounts},
        {"exposure", points(seen.exposure)},
        {"because", reasons},
    };
    return oci::canonical_json(object) + "\n";
}

std::string shown_list(const std::vector<std::string>& texts)
{
    std::string all;
    for (const std::string& text : texts)
        all += (all.empty() ? "" : ", ") + shown(text);
    return all.empty() ? "none" : all;
}

std::string spaced(const std::vector<std::uint32_t>& numbers)
{
    std::string all;
    for (const std::uint32_t number : numbers)
        all += (all.empty() ? "" : " ") + std::to_string(number);
    return all.empty() ? "none" : all;
}

// A list of most capabilities says less than one of those that are left out.
std::string capability_text(const std::vector<std::string>& set)
{
    std::vector<std::string> left_out;
    for (const std::string_view known : kCapabilityNames) {
        std::string name(known);
        std::ranges::transform(name, name.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (std::ranges::find(set, name) == set.end())
            left_out.push_back(name);
    }
    if (left_out.size() > kCapabilityNames.size() / 2)
        return shown_list(set);
    const std::string all = "all " + std::to_string(kCapabilityNames.size());
    return left_out.empty() ? all : all + " but " + shown_list(left_out);
}

std::string as_text(const sandbox::Inspection& seen)
{
    std::string text;
    const auto row = [&](const std::string& name, const std::string& value) {
        text += name + std::string(name.size() < 13 ? 13 - name.size() : 1, ' ') + value + "\n";
    };
    row("process", std::to_string(seen.pid) + " (" + shown(seen.name) + ")");
    row("uid", spaced(seen.uid));
    row("gid", spaced(seen.gid));
    row("groups", spaced(seen.groups));
    for (const auto& [name, list] : capability_lists(seen.capabilities))
        row(name, capability_text(*list));
    row("no_new_privs", seen.no_new_privs ? "yes" : "no");
    row("seccomp", !seen.seccomp   ? "none"
                   : !seen.filters ? "filtered"
                                   : "filters: " + std::to_string(*seen.filters));
    row("landlock", "ABI " + std::to_string(seen.landlock_abi) +
                        " in this kernel, which cannot report the rules of a process");
    if (seen.sees_inside) {
        for (const sandbox::OpenDescriptor& descriptor : seen.descriptors)
            row("descriptor", std::to_string(descriptor.number) + " " + shown(descriptor.target));
        row("writable", shown_list(seen.writable));
    } else {
        row("descriptors", "not visible to this user, as writable folders are not");
    }
    const auto tenths = [](unsigned points) {
        return std::to_string(points / 10) + "." + std::to_string(points % 10);
    };
    row("exposure", tenths(seen.exposure) + " of 10");
    for (const sandbox::ExposureReason& reason : seen.reasons)
        row("because", tenths(reason.points) + " " + reason.text);
    return text;
}

// `process`: a number, or what docker or podman call a container.
Result<int, Error> run_inspect(const std::string& process, bool json)
{
    host::hold_interrupts();
    const int pid = number_in(process);
    const sandbox::Inspection seen =
        OUTIS_TRY(pid > 0 ? sandbox::inspect(pid) : inspect_container(process));
    std::fputs((json ? as_json(seen) : as_text(seen)).c_str(), stdout);
    return 0;
}

}  // namespace

Command inspect_command()
{
    const auto process = std::make_shared<std::string>();
    const auto json = std::make_shared<bool>(false);
    return {
        .name = "inspect",
        .help = "show what a running process can still do",
        .options = {{"PROCESS", process.get(), "",
                     "its number, or the name of a container of docker or podman"},
                    json_option(*json)},
        .run = [process, json](Words) { return run_inspect(*process, *json); },
    };
}

}  // namespace outis::images::commands
