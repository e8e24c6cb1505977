#include <string>
#include <utility>

#include "commands/words.h"

namespace outis::images::commands {

namespace {

CommandWords kind_words(K8sOptions& options, kubernetes::WorkloadKind kind, const std::string& name,
                        std::string help)
{
    kubernetes::WorkloadWords& words = options.words;
    return CommandWords{
        .name = name,
        .help = std::move(help),
        .arguments = with_remote(
            {
                {.names = "IMAGE", .field = &options.image, .help = "as 'outis verify' takes it"},
                {.names = "--name",
                 .field = &words.name,
                 .value = "NAME",
                 .help = "of the " + name + "; the image's"},
                {.names = "--namespace",
                 .field = &words.name_space,
                 .value = "NAME",
                 .help = "its"},
                {.names = "--image",
                 .field = &words.image,
                 .value = "NAME",
                 .help = "as the cluster pulls it; the image's own name"},
                {.names = "--replicas",
                 .field = &words.replicas,
                 .value = "COUNT",
                 .help = "of a deployment; 1"},
                {.names = "--port",
                 .field = &words.ports,
                 .value = "PORT",
                 .help = "number, '/udp' behind it, repeatable; those of the image"},
                {.names = "--writable",
                 .field = &words.writable,
                 .value = "DIR",
                 .help = "an empty volume, repeatable, beside those the image and its policy ask "
                         "for"},
                {.names = "--health",
                 .field = &words.health,
                 .value = "URL",
                 .help = "instead of the image's health check"},
                {.names = "--drain",
                 .field = &words.drain,
                 .value = "TIME",
                 .help = "let PID 1 wait before it stops the app, instead of preStop"},
                {.names = "--pre-stop",
                 .field = &words.pre_stop,
                 .value = "TIME",
                 .help = "let the kubelet wait; 5s if there are ports and no drain, 0 for not"},
                {.names = "--grace",
                 .field = &words.grace,
                 .value = "TIME",
                 .help = "that the app has after its signal"},
                {.names = "--arch",
                 .field = &options.platform,
                 .value = "ARCH",
                 .help = "amd64 or arm64, of several; this machine's"},
                {.names = "--format",
                 .field = &options.format,
                 .value = "FORMAT",
                 .help = "yaml or json; yaml"},
            },
            options.remote),
        .finish = [&options, kind, name](std::span<const std::string>) -> Result<Command, Error> {
            if (options.image.empty())
                return bad_input("'outis k8s " + name + "' needs an IMAGE");
            options.words.kind = kind;
            return Command(options);
        },
    };
}

}  // namespace

CommandWords k8s_words(K8sOptions& options)
{
    return CommandWords{
        .name = "k8s",
        .help = "print a manifest for Kubernetes",
        .commands = {kind_words(options, kubernetes::WorkloadKind::deployment, "deployment",
                                "of as many pods as wanted"),
                     kind_words(options, kubernetes::WorkloadKind::pod, "pod", "of one pod")},
    };
}

}  // namespace outis::images::commands
