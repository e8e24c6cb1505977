#include "bake/table.h"

#include <array>

namespace outis::images::bake {

namespace {

using B = BakeOptions;

constexpr std::string_view kImage = "Image";
constexpr std::string_view kRun = "How it runs";
constexpr std::string_view kContent = "Content";
constexpr std::string_view kGo = "Go source";

constexpr std::array kTable{
    OptionRow{kImage, "tag", "t", "NAME[:TAG]", "the image's name, repeatable", &B::tags,
              Told::all},
    OptionRow{
        kImage, "output", "o", "OUTPUT",
        "where it goes, repeatable: a file (by default NAME.tar, a tar for every engine), "
        "'-', oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE, docker://HOST/NAME[:TAG], "
        "docker-daemon:NAME[:TAG]",
        &B::outputs},
    OptionRow{kImage, "from", "", "IMAGE",
              "put it on this image: docker://NAME[:TAG], docker-daemon:NAME[:TAG], "
              "oci:DIR[:TAG], a tar",
              &B::from, Told::file},
    OptionRow{kImage, "keep-entrypoint", "", "",
              "have the entrypoint of --from's image start the app, as its argument",
              &B::keep_entrypoint, Told::all},
    OptionRow{kImage, "platform", "", "PLATFORM",
              "linux/amd64 or linux/arm64, repeatable or with commas; several give one index",
              &B::platforms, Told::all},
    OptionRow{kImage, "label", "l", "KEY=VALUE", "a label of the configuration, repeatable",
              &B::labels, Told::all},
    OptionRow{kImage, "annotation", "", "KEY=VALUE", "an annotation of the manifest, repeatable",
              &B::annotations, Told::all},
    OptionRow{kImage, "compress", "", "HOW",
              "gzip[:1-12], zstd[:1-19] or none, for all but the base layer; gzip:5", &B::compress,
              Told::all},
    OptionRow{kImage, "sbom", "", "FORM",
              "the bill of materials: spdx or none; a file beside a tar, a referrer in oci:; spdx",
              &B::sbom, Told::all},
    OptionRow{kImage, "provenance", "", "FORM",
              "how it was made: slsa or none, in the same places; slsa", &B::provenance, Told::all},
    OptionRow{kImage, "tls-ca", "", "FILE",
              "whose certificates registries may have, in PEM; the system's authorities",
              &B::tls_ca},
    OptionRow{kImage, "authfile", "", "FILE",
              "credentials for registries; those of 'docker login' and 'podman login'",
              &B::authfile},
    OptionRow{kImage, "plain-http", "", "", "ask registries without TLS; credentials are not sent",
              &B::plain_http},
    OptionRow{kRun, "profile", "p", "PROFILE",
              "what it runs under: a shipped profile, a .toml, .json or .policy file; baseline",
              &B::profile, Told::file},
    OptionRow{
        kRun, "user", "u", "USER[:GROUP]|auto",
        "whom it runs as, instead of the profile's user; auto: an id of its own, from its name",
        &B::user, Told::all},
    OptionRow{kRun, "env", "e", "NAME=VALUE", "an environment variable, repeatable",
              &B::environment, Told::name},
    OptionRow{kRun, "port", "", "PORT[/udp]", "a port it listens on, repeatable", &B::ports,
              Told::all},
    OptionRow{kRun, "volume", "", "PATH", "a directory meant for a volume, repeatable", &B::volumes,
              Told::all},
    OptionRow{kRun, "workdir", "w", "PATH", "where it starts", &B::workdir, Told::all},
    OptionRow{kRun, "stop-signal", "", "SIGNAL", "what the engine sends to end it; TERM",
              &B::stop_signal, Told::all},
    OptionRow{kRun, "health", "", "URL",
              "ask PID 1's probe for health: http://:8080/healthz, tcp://localhost:5432, "
              "unix:///run/x.sock, exec:/bin/check",
              &B::health, Told::all},
    OptionRow{kRun, "health-interval", "", "TIME", "between two checks; 30s", &B::health_interval,
              Told::all},
    OptionRow{kRun, "health-timeout", "", "TIME", "of one check; 30s", &B::health_timeout,
              Told::all},
    OptionRow{kRun, "health-start-period", "", "TIME", "in which failures do not count; 0s",
              &B::health_start_period, Told::all},
    OptionRow{kRun, "health-retries", "", "COUNT", "failures in a row that count; 3",
              &B::health_retries, Told::all},
    OptionRow{kRun, "cap", "", "FILE=CAPS",
              "a program's file capabilities, repeatable: app=cap_net_bind_service+ep; no profile "
              "but none lets them work",
              &B::capabilities, Told::all},
    OptionRow{kContent, "add", "a", "SRC:DST[:MODE[:UID:GID]]",
              "a file or a tree, repeatable; the mode is for files", &B::add, Told::place},
    OptionRow{kContent, "dir", "", "PATH[:MODE[:UID:GID]]", "a directory, repeatable",
              &B::directories, Told::all},
    OptionRow{kContent, "link", "", "PATH:TARGET", "a symbolic link, repeatable", &B::links,
              Told::all},
    OptionRow{kContent, "root", "", "DIR",
              "take APP, a path in DIR that it keeps, and its libraries from there", &B::root},
    OptionRow{kContent, "library", "", "PATH|NAME",
              "a library that a program loads at run time, repeatable: its path in the root, or "
              "the name to look for",
              &B::libraries, Told::file},
    OptionRow{kContent, "trace", "", "COMMAND",
              "run this once in the root, for at most 10 s, and add what it opened there",
              &B::trace},
    OptionRow{kContent, "locale", "", "LOCALE", "of the root, and LANG: C.UTF-8", &B::locale,
              Told::all},
    OptionRow{kContent, "account", "", "NAME:UID[:GID]", "a further account, repeatable",
              &B::accounts, Told::all},
    OptionRow{kContent, "ca", "", "CHOICE",
              "certificates: pinned (Debian's when Outis was built), host, none or a PEM file; "
              "pinned",
              &B::ca, Told::file},
    OptionRow{kContent, "ca-add", "", "FILE", "PEM certificates to trust as well, repeatable",
              &B::ca_add, Told::file},
    OptionRow{kContent, "tz", "", "CHOICE",
              "time zones: slim (all), none, or names with commas; slim", &B::zones, Told::all},
    OptionRow{kContent, "localtime", "", "ZONE", "what /etc/localtime says; absent, which is UTC",
              &B::localtime, Told::all},
    OptionRow{kContent, "os-release", "", "CHOICE", "/etc/os-release: outis or none; outis",
              &B::os_release, Told::all},
    OptionRow{kContent, "debug", "", "FILE",
              "make NAME:TAG-debug too, with this static shell (busybox) as /bin/sh; repeatable, "
              "one a platform",
              &B::debug, Told::file},
    OptionRow{kContent, "pack", "", "", "compress the programs themselves, by upx", &B::pack,
              Told::all},
    OptionRow{kGo, "main", "", "PACKAGE", "the main package to build", &B::go_main,
              Told::unless_path},
    OptionRow{kGo, "ldflags", "", "FLAGS", "for the linker; '-s -w'", &B::go_ldflags,
              Told::unless_path},
    OptionRow{kGo, "tags", "", "TAGS", "build tags", &B::go_tags, Told::all},
    OptionRow{kGo, "go-flag", "", "FLAG", "a further flag of 'go build', repeatable", &B::go_flags,
              Told::unless_path},
    OptionRow{kGo, "cgo", "", "0|1", "whether cgo is used, whatever CGO_ENABLED says; 0",
              &B::go_cgo, Told::all},
    OptionRow{kGo, "test", "", "", "run 'go test ./...' first", &B::go_test},
    OptionRow{kGo, "binary-only", "", "",
              "no image: write what Go compiled to -o FILE or DIR/, for any --platform that Go "
              "knows",
              &B::binary_only},
};

}  // namespace

std::span<const OptionRow> bake_table()
{
    return kTable;
}

std::vector<std::string> given_words(const OptionRow& row, const BakeOptions& options)
{
    if (const auto* words = std::get_if<Words>(&row.field))
        return options.**words;
    if (const auto* one = std::get_if<OneWord>(&row.field); one && !(options.**one).empty())
        return {options.**one};
    if (const auto* word = std::get_if<OptionalWord>(&row.field); word && options.**word)
        return {*(options.**word)};
    if (const auto* flag = std::get_if<Switch>(&row.field); flag && options.**flag)
        return {""};
    return {};
}

}  // namespace outis::images::bake
