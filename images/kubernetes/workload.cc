#include "kubernetes/workload.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "bake/run_words.h"
#include "host/input.h"
#include "kubernetes/entrypoint.h"
#include "kubernetes/stop.h"
#include "layers/tree.h"
#include "oci/reference.h"
#include "outis/base/policy.h"
#include "view/stop_signals.h"

namespace outis::images::kubernetes {

namespace {

constexpr std::size_t kMaxLabel = 63;  // RFC 1123
constexpr std::size_t kMaxPorts = 100;
constexpr std::int64_t kMaxId = 0x7FFFFFFF;   // of Kubernetes
constexpr std::uint64_t kMakeFile = 1U << 8;  // LANDLOCK_ACCESS_FS_MAKE_REG
constexpr std::uint64_t kBindTcp = 1;         // LANDLOCK_ACCESS_NET_BIND_TCP

template <typename Number>
std::optional<Number> number_of(std::string_view text)
{
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

bool is_label(std::string_view text)
{
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !text.empty() && text.size() <= kMaxLabel && std::ranges::all_of(text, good) &&
           text.front() != '-' && text.back() != '-';
}

// A path component of a reference becomes a label.
std::string label_of(std::string text)
{
    std::ranges::replace_if(
        text, [](char c) { return c == '.' || c == '_'; }, '-');
    text.resize(std::min(text.size(), kMaxLabel));
    while (text.ends_with('-'))
        text.pop_back();
    return text;
}

Result<std::string, Error> label(const std::string& text, const std::string& what)
{
    if (is_label(text))
        return text;
    return bad_input(
        what + " '" + text +
        "' must be at most 63 lower-case letters, digits and dashes, none at its ends");
}

Result<Done, Error> name_it(const WorkloadWords& words, const ImageFacts& image, Workload& to)
{
    if (words.image.empty() && image.name.empty())
        return bad_input("the image has no name; give the one the cluster pulls with --image");
    to.image = words.image;
    std::string last = words.image;
    if (words.image.empty()) {
        const oci::Reference reference = OUTIS_TRY(oci::parse_reference(image.name));
        to.image = reference.familiar();
        last = reference.path;
    }
    if (to.image.find_first_of(" \t\n") != std::string::npos || to.image.starts_with('-'))
        return bad_input("--image '" + to.image + "' is no image's name");
    last = last.substr(last.rfind('/') + 1);
    last = last.substr(0, last.find_first_of("@:"));
    to.name = OUTIS_TRY(label(words.name.empty() ? label_of(last) : words.name, "name"));
    if (!words.name_space.empty())
        to.name_space = OUTIS_TRY(label(words.name_space, "namespace"));
    if (words.replicas.empty())
        return Done{};
    const auto replicas = number_of<int>(words.replicas);
    if (words.kind == WorkloadKind::pod)
        return bad_input("a pod has no replicas; make a deployment");
    if (!replicas || *replicas < 0)
        return bad_input("replicas '" + words.replicas + "' must be a number from 0 on");
    to.replicas = *replicas;
    return Done{};
}

// "UID" or "UID:GID". The kubelet must see from the manifest that it is not root.
Result<Done, Error> take_user(const std::string& user, Workload& to)
{
    if (user.empty())
        return bad_input(
            "the image starts as root, which a restricted pod must not; bake it with a profile "
            "that "
            "keeps no capability, or with --user");
    const std::size_t colon = user.find(':');
    const auto uid = number_of<std::int64_t>(user.substr(0, colon));
    if (!uid || *uid < 0 || *uid > kMaxId)
        return bad_input("the image's user '" + user +
                         "' is no number, so the kubelet cannot tell it from root; bake it with "
                         "--user UID:GID");
    if (*uid == 0)
        return bad_input(
            "the image's user is root, which a restricted pod must not be; bake it "
            "with --user");
    to.uid = *uid;
    if (colon == std::string::npos)
        return Done{};
    to.gid = number_of<std::int64_t>(user.substr(colon + 1));
    if (!to.gid || *to.gid < 0 || *to.gid > kMaxId)
        return bad_input("the image's group in '" + user +
                         "' is no number; bake it with --user "
                         "UID:GID");
    return Done{};
}

// "8000-8010/tcp" is all of them.
Result<Done, Error> add_ports(const std::string& word, std::vector<WorkloadPort>& to)
{
    const std::string text = OUTIS_TRY(oci::parse_port(word));
    const std::size_t slash = text.find('/');
    const std::size_t dash = text.find('-');
    const std::string first = text.substr(0, std::min(slash, dash));
    const std::string last =
        dash == std::string::npos ? first : text.substr(dash + 1, slash - dash - 1);
    for (int port = *number_of<int>(first); port <= *number_of<int>(last); ++port) {
        if (to.size() >= kMaxPorts)
            return bad_input("more than 100 ports; name those that are needed with --port");
        const WorkloadPort one{.number = port, .protocol = text.substr(slash + 1)};
        if (std::ranges::find(to, one) == to.end())
            to.push_back(one);
    }
    return Done{};
}

// The TCP ports that a policy lets the app bind; nothing where it does not say.
std::optional<std::set<int>> bindable(const policy::View& policy)
{
    if (!policy.landlock || (policy.landlock->ports & kBindTcp) == 0)
        return std::nullopt;
    std::set<int> ports;
    for (std::size_t i = 0; i < policy.landlock->port_count; ++i) {
        const policy::PortRule rule = policy::port_rule(*policy.landlock, i);
        if ((rule.access & kBindTcp) != 0)
            ports.insert(rule.port);
    }
    return ports;
}

// Those that were asked for, else the image's, else those of its policy.
Result<Done, Error> take_ports(const WorkloadWords& words, const ImageFacts& image,
                               const policy::View& policy, Workload& to)
{
    for (const std::string& word : words.ports)
        OUTIS_TRY(add_ports(word, to.ports));
    if (words.ports.empty()) {
        for (const std::string& word : image.run.ports)
            OUTIS_TRY(add_ports(word, to.ports));
    }
    const std::optional<std::set<int>> allowed = bindable(policy);
    if (!allowed)
        return Done{};
    for (const WorkloadPort& port : to.ports) {
        if (port.protocol == "tcp" && !allowed->contains(port.number))
            return bad_input("the policy does not let the app bind port " +
                             std::to_string(port.number) + "; add it to the profile's 'bind'");
    }
    if (to.ports.empty()) {
        for (const int port : *allowed) {
            if (port != 0)
                OUTIS_TRY(add_ports(std::to_string(port), to.ports));
        }
    }
    return Done{};
}

bool is_below(const std::string& path, const char* folder)
{
    return path == folder || path.starts_with(std::string(folder) + "/");
}

// Directories that the policy lets the app write, but for those the kernel fills.
std::set<std::string> writable_of(const policy::View& policy, const ImageFacts& image)
{
    std::set<std::string> paths;
    if (!policy.landlock)
        return paths;
    Bytes rows = policy.landlock->path_rules;
    for (std::size_t i = 0; i < policy.landlock->path_count; ++i) {
        const policy::PathRule rule = policy::next_path_rule(rows);
        if ((rule.access & kMakeFile) == 0 || (rule.flags & policy::kPathImplied) != 0 ||
            rule.path.size() < 3)
            continue;
        const std::string path(host::as_text(rule.path.first(rule.path.size() - 1)));
        const auto entry = image.entries.find(path.substr(1));
        const bool directory =
            entry == image.entries.end() || entry->second == layers::EntryKind::directory;
        if (directory && !is_below(path, "/dev") && !is_below(path, "/proc") &&
            !is_below(path, "/sys"))
            paths.insert(path);
    }
    return paths;
}

Result<Done, Error> take_writable(const WorkloadWords& words, const ImageFacts& image,
                                  const policy::View& policy, Workload& to)
{
    std::set<std::string> paths = writable_of(policy, image);
    paths.insert("/tmp");
    std::vector<std::string> folders(image.run.volumes.begin(), image.run.volumes.end());
    folders.insert(folders.end(), words.writable.begin(), words.writable.end());
    for (const std::string& folder : folders) {
        const std::string path = "/" + OUTIS_TRY(layers::tree_key(folder));
        if (path.find(':') != std::string::npos)
            return bad_input("Kubernetes takes no volume whose path has a ':', as '" + path +
                             "' has");
        paths.insert(path);
    }
    for (const std::string& path : paths) {
        const auto below = image.entries.upper_bound(path.substr(1) + "/");
        if (below != image.entries.end() && below->first.starts_with(path.substr(1) + "/"))
            to.notes.push_back("the empty volume at '" + path + "' hides what the image has there");
        to.writable.push_back(path);
    }
    return Done{};
}

Result<Done, Error> take_probe(const WorkloadWords& words, const ImageFacts& image, Workload& to)
{
    if (!words.health.empty()) {
        bake::BakeOptions only;
        only.health = words.health;
        to.probe = probe_of(*OUTIS_TRY(bake::parse_run_words(only)).health);
        return Done{};
    }
    if (image.run.health) {
        to.probe = probe_of(*image.run.health);
        return Done{};
    }
    const auto tcp = std::ranges::find(to.ports, "tcp", &WorkloadPort::protocol);
    if (tcp != to.ports.end())
        to.probe = port_probe(tcp->number);
    else
        to.notes.emplace_back("there is no probe: the image has neither health check nor port");
    return Done{};
}

// What the kubelet sends is the image's stop signal.
StopMismatch stop_mismatch(const oci::RunConfig& run, const policy::Signals& policy, Workload& to)
{
    const view::StopSignals taken =
        view::stop_signals(run.entrypoint, view::stop_variable(run.environment), policy.stop);
    const auto missing = view::missing_stop(taken, run.stop_signal);
    if (!missing)
        return {};
    const bool fixed = taken.by_option || !taken.words.empty();
    if (fixed)
        to.notes.push_back("the kubelet ends the pod with " + run.stop_signal +
                           ", and the image has PID 1 take " + view::signal_list(*taken.set) +
                           " alone for a stop, so that its drain and grace do not begin");
    return {.wanted = view::signal_list(*missing), .fixed = fixed};
}

}  // namespace

Result<Workload, Error> make_workload(const WorkloadWords& words, const ImageFacts& image)
{
    policy::View policy;
    if (!image.policy.empty()) {
        const auto view = policy::read(host::as_bytes(image.policy));
        if (!view)
            return bad_input("the image's policy: " + std::string(policy::text(view.error())));
        policy = view.value();
    }
    Workload workload{.kind = words.kind};
    const InitWords init = OUTIS_TRY(init_words(image.run));
    workload.init = image.run.entrypoint.front();
    OUTIS_TRY(name_it(words, image, workload));
    OUTIS_TRY(take_user(image.run.user, workload));
    OUTIS_TRY(take_ports(words, image, policy, workload));
    OUTIS_TRY(take_writable(words, image, policy, workload));
    OUTIS_TRY(take_probe(words, image, workload));
    const policy::Signals signals = policy.signals.value_or(policy::Signals{});
    const StopMismatch mismatch = stop_mismatch(image.run, signals, workload);
    const StopPlan stop = OUTIS_TRY(
        plan_stop({.drain = words.drain, .pre_stop = words.pre_stop, .grace = words.grace}, init,
                  signals, mismatch, !workload.ports.empty()));
    workload.environment = stop.environment;
    workload.pre_stop = stop.pre_stop;
    workload.termination_seconds = stop.termination_seconds;
    return workload;
}

}  // namespace outis::images::kubernetes
