#include <cstdio>
#include <memory>

#include "commands/commands.h"
#include "commands/shared.h"
#include "content/tool_data.h"
#include "host/interrupt.h"
#include "host/report.h"
#include "kubernetes/image_facts.h"
#include "kubernetes/manifest.h"
#include "kubernetes/yaml.h"
#include "layers/platform.h"
#include "oci/json.h"
#include "outis/images/transfer.h"
#include "outis/sandbox/arch.h"
#include "places/place.h"

namespace outis::images::commands {

namespace {

struct K8sCommand {
    std::string image = {};
    places::RemoteOptions remote = {};
    kubernetes::WorkloadWords words = {};
    std::string format = {};    // "yaml", the default, or "json"
    std::string platform = {};  // ARCH; this machine's
};

Result<kubernetes::Workload, Error> workload_of(const K8sCommand& options)
{
    if (!options.format.empty() && options.format != "yaml" && options.format != "json")
        return bad_input("unknown format '" + options.format + "'; there are 'yaml' and 'json'");
    const auto arch =
        options.platform.empty() ? sandbox::host_arch() : layers::parse_platform(options.platform);
    if (!arch)
        return bad_input("unknown architecture '" + options.platform +
                         "'; there are 'amd64' and 'arm64'");
    const content::ToolData data = OUTIS_TRY(content::find_tool_data());
    const kubernetes::ImageFacts facts =
        OUTIS_TRY(kubernetes::read_image_facts(options.image, options.remote, *arch, data));
    kubernetes::WorkloadWords words = options.words;
    const places::Place place = OUTIS_TRY(places::parse_source(options.image));
    if (words.image.empty() && !place.digest.empty())
        words.image = place.path;  // the cluster pulls what was read here
    return kubernetes::make_workload(words, facts);
}

Result<int, Error> run_k8s(const K8sCommand& command)
{
    host::hold_interrupts();
    const kubernetes::Workload workload = OUTIS_TRY(workload_of(command));
    for (const std::string& note : workload.notes)
        host::print_note(note);
    const boost::json::value value = kubernetes::manifest(workload);
    const std::string text =
        command.format == "json" ? oci::canonical_json(value) + "\n" : kubernetes::yaml(value);
    std::fputs(text.c_str(), stdout);
    return 0;
}

Command workload_command(kubernetes::WorkloadKind kind, const std::string& name,
                         const std::string& help)
{
    const auto k8s = std::make_shared<K8sCommand>();
    kubernetes::WorkloadWords& words = k8s->words;
    words.kind = kind;
    return {
        .name = name,
        .help = help,
        .options = concat(
            {{
                 image_option(k8s->image),
                 {"--name", &words.name, "NAME", "name of the " + name, "the image's"},
                 {"--namespace", &words.name_space, "NAME", "namespace of the " + name},
                 {"--image", &words.image, "NAME", "name by which the cluster pulls the image",
                  "the image's own name"},
                 {"--replicas", &words.replicas, "COUNT", "pods of a deployment", "1"},
                 {"--port", &words.ports, "PORT", "port, with '/udp' behind it for UDP",
                  "ports of the image"},
                 {"--writable", &words.writable, "DIR",
                  "mount an empty volume here, besides those that the image and its policy need"},
                 {"--health", &words.health, "URL", "health check", "the image's"},
                 {"--drain", &words.drain, "TIME",
                  "let PID 1 wait before it stops the app, instead of preStop"},
                 {"--pre-stop", &words.pre_stop, "TIME",
                  "let the kubelet wait before it stops the pod; 0 for not",
                  "5s if there are ports and no --drain"},
                 {"--grace", &words.grace, "TIME", "time that the app has after its stop signal"},
                 {"--arch", &k8s->platform, "ARCH", "amd64 or arm64, if the image has several",
                  "this machine's"},
                 {"--format", &k8s->format, "FORMAT", "yaml or json", "yaml"},
             },
             registry_options(k8s->remote)}),
        .run = [k8s](Words) { return run_k8s(*k8s); },
    };
}

}  // namespace

Command k8s_command()
{
    return {
        .name = "k8s",
        .help = "print a manifest for Kubernetes",
        .commands = {workload_command(kubernetes::WorkloadKind::deployment, "deployment",
                                      "print a deployment, which keeps several pods running"),
                     workload_command(kubernetes::WorkloadKind::pod, "pod", "print one pod")},
    };
}

}  // namespace outis::images::commands
