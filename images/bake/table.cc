#include "bake/table.h"

#include <iterator>

namespace outis::images::bake {

namespace {

using host::PathKind;

// The rows of one heading in the help.
using Rows = std::vector<BakeRow>;

Rows image_rows(BakeOptions& o)
{
    return {
        {{"-t,--tag", &o.tags, "NAME[:TAG]", "name of the image", "name of APP"}, {Products::all}},
        {{"-o,--output", &o.outputs, "OUTPUT",
          "where the image goes: FILE (a tar for every engine), '-' (the same on standard "
          "output), oci:DIR[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME], "
          "docker://HOST/NAME[:TAG], "
          "docker-daemon:NAME[:TAG]",
          "NAME.tar", PathKind::output},
         {Products::all, InDockerfile::no, Provenance::nothing}},
        {{"--from", &o.from, "IMAGE",
          "put APP on this image: docker://NAME[:TAG], docker-daemon:NAME[:TAG], oci:DIR[:NAME], "
          "oci-archive:FILE, docker-archive:FILE, a tar file, or a layout's directory",
          "", PathKind::image},
         {Products::app, InDockerfile::refused, Provenance::file,
          "what a Dockerfile is built FROM is an outis-base of its own"}},
        {{"--keep-entrypoint", &o.keep_entrypoint, "",
          "keep the entrypoint of the image that --from names; it gets APP as its first argument"},
         {Products::app, InDockerfile::refused, Provenance::all,
          "only an image that --from names has an entrypoint to keep"}},
        {{"--platform", &o.platforms, "PLATFORM",
          "linux/amd64, linux/arm64, or both with a comma, which make one index",
          "platforms of APP; this machine's for Go source"},
         {Products::all, InDockerfile::base}},
        {{"-l,--label", &o.labels, "KEY=VALUE", "label of the configuration"}, {Products::all}},
        {{"--annotation", &o.annotations, "KEY=VALUE", "annotation of the manifest"},
         {Products::all, InDockerfile::refused, Provenance::all,
          "a Dockerfile sets labels and no annotations"}},
        {{"--compress", &o.compress, "HOW",
          "gzip[:1-12], zstd[:1-19] or none, for all layers except the base layer", "gzip:5"},
         {Products::all, InDockerfile::no}},
        {{"--sbom", &o.sbom, "FORM",
          "bill of materials: spdx or none; NAME.spdx.json beside a tar, a referrer elsewhere",
          "spdx"},
         {Products::all, InDockerfile::no}},
        {{"--provenance", &o.provenance, "FORM",
          "how the image was made: slsa or none; NAME.provenance.json or a referrer", "slsa"},
         {Products::all, InDockerfile::no}},
    };
}

Rows registry_rows(BakeOptions& o)
{
    Rows rows;
    for (host::Option& option : registry_options(o.tls_ca, o.authfile, o.plain_http))
        rows.push_back({std::move(option), {Products::all, InDockerfile::no, Provenance::nothing}});
    return rows;
}

Rows run_rows(BakeOptions& o)
{
    return {
        {{"-p,--profile", &o.profile, "PROFILE",
          "security profile: a shipped name, or a .toml, .json or .policy file", "baseline",
          PathKind::profile},
         {Products::app_and_base, InDockerfile::base, Provenance::file}},
        {{"-u,--user", &o.user, "USER[:GROUP]|auto",
          "user that the app runs as; auto: an ID of its own, computed from the image's name",
          "the profile's user"},
         {Products::app_and_base, InDockerfile::base}},
        {{"-e,--env", &o.environment, "NAME[=VALUE]",
          "environment variable; without VALUE the one that it has here"},
         {Products::app_and_base, InDockerfile::line, Provenance::name}},
        {{"--env-file", &o.env_files, "FILE", "file of environment variables, one a line", "",
          PathKind::file},
         {Products::app_and_base, InDockerfile::line, Provenance::file}},
        {{"--entrypoint", &o.entrypoint, "WORD|JSON",
          "what PID 1 starts, a word or an array of words; the arguments follow", "APP"},
         {Products::app}},
        {{"--port", &o.ports, "PORT[-PORT][/PROTOCOL]",
          "port or ports that the app listens on; tcp, udp or sctp"}},
        {{"--volume", &o.volumes, "PATH", "declare this directory as a volume"},
         {Products::app_and_base, InDockerfile::base}},
        {{"-w,--workdir", &o.workdir, "PATH", "working directory of the app"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--stop-signal", &o.stop_signal, "SIGNAL", "signal that the engine sends to stop the app",
          "TERM"}},
        {{"--health", &o.health, "URL",
          "health check by PID 1's probe: http://:8080/healthz, tcp://localhost:5432, "
          "unix:///run/x.sock, exec:/bin/check"}},
        {{"--health-interval", &o.health_interval, "TIME", "time between two checks", "30s"}},
        {{"--health-timeout", &o.health_timeout, "TIME", "time limit of one check", "30s"}},
        {{"--health-start-period", &o.health_start_period, "TIME",
          "time after the start in which failures do not count", "0s"}},
        {{"--health-retries", &o.health_retries, "COUNT",
          "failures in a row after which the app counts as unhealthy", "3"}},
        {{"--cap", &o.capabilities, "FILE=CAPS",
          "file capabilities of a program, e.g. app=cap_net_bind_service+ep; the kernel ignores "
          "them "
          "under every profile except none"},
         {Products::app, InDockerfile::refused, Provenance::all,
          "a Dockerfile cannot set file capabilities"}},
    };
}

Rows content_rows(BakeOptions& o)
{
    return {
        {{"-a,--add", &o.add, "SRC:DST[:MODE[:UID:GID]]",
          "file or tree to add; MODE is the mode of the files", "", PathKind::source},
         {Products::app_and_base, InDockerfile::base, Provenance::place}},
        {{"--exclude", &o.exclude, "PATTERN",
          "what of added trees to leave out, as in .dockerignore"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--dir", &o.directories, "PATH[:MODE[:UID:GID]]", "directory to make"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--link", &o.links, "PATH:TARGET", "symbolic link to make"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--root", &o.root, "DIR",
          "take the programs and their libraries from this directory; programs keep their path in "
          "it",
          "", PathKind::file},
         {Products::app_and_base, InDockerfile::base, Provenance::nothing}},
        {{"--library", &o.libraries, "PATH|NAME",
          "library that a program loads at run time: its path in the root, or a name to search "
          "for"},
         {Products::app_and_base, InDockerfile::base, Provenance::file}},
        {{"--package", &o.packages, "NAME",
          "package of the root to add, with those that it depends on, without documentation"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--provided", &o.provided, "NAME",
          "library that the host brings at run time (libcuda.so.1); it is not looked for"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--trace", &o.trace, "COMMAND",
          "run this once in the root, for at most 10 s, and add the files that it opened"},
         {Products::app, InDockerfile::refused, Provenance::nothing,
          "a Dockerfile cannot see what a program opens; name it by --library"}},
        {{"--locale", &o.locale, "LOCALE",
          "add this locale from the root and set LANG, e.g. C.UTF-8"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--account", &o.accounts, "NAME:UID[:GID]", "account to add"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--ca", &o.ca, "CHOICE",
          "certificates: pinned (Debian's set at the build of Outis), host, none or a PEM file",
          "pinned", PathKind::certificates},
         {Products::all, InDockerfile::base, Provenance::file}},
        {{"--ca-add", &o.ca_add, "FILE", "PEM file of further certificates to trust", "",
          PathKind::file},
         {Products::all, InDockerfile::base, Provenance::file}},
        {{"--tz", &o.zones, "CHOICE", "time zones: slim (all), none, or names with commas", "slim"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--localtime", &o.localtime, "ZONE", "time zone that /etc/localtime links to",
          "no such file, which means UTC"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--os-release", &o.os_release, "CHOICE", "/etc/os-release: outis or none",
          "outis, or the root's beside packages of it"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--no-package-database", &o.no_package_database, "",
          "put no list of the packages that files are from into the image"},
         {Products::app_and_base, InDockerfile::base}},
        {{"--debug", &o.debug, "FILE",
          "make NAME:TAG-debug too, with this static shell (busybox) as /bin/sh; one for each "
          "platform",
          "", PathKind::file},
         {Products::app_and_base, InDockerfile::refused, Provenance::file,
          "a Dockerfile makes one image; build the other one on it"}},
        {{"--pack", &o.pack, "", "compress the programs themselves with upx"},
         {Products::app, InDockerfile::refused, Provenance::all,
          "a Dockerfile would need upx in its build stage"}},
    };
}

Rows go_rows(BakeOptions& o)
{
    return {
        {{"--main", &o.go_main, "PACKAGE", "main package to build"},
         {Products::app, InDockerfile::line, Provenance::unless_path}},
        {{"--ldflags", &o.go_ldflags, "FLAGS", "flags for the linker", "'-s -w'"},
         {Products::app, InDockerfile::line, Provenance::link_flags}},
        {{"--tags", &o.go_tags, "TAGS", "build tags"}, {Products::app}},
        {{"--go-flag", &o.go_flags, "FLAG", "further flag for 'go build'"},
         {Products::app, InDockerfile::line, Provenance::link_flags}},
        {{"--cgo", &o.go_cgo, "0|1", "whether to use cgo; CGO_ENABLED does not count", "0"},
         {Products::app}},
        {{"--test", &o.go_test, "", "run 'go test ./...' first"},
         {Products::app, InDockerfile::line, Provenance::nothing}},
        {{"--no-git", &o.no_git, "", "ask git for nothing: no revision, version and source"},
         {Products::app, InDockerfile::no, Provenance::nothing}},
        {{"--binary-only", &o.binary_only, "",
          "make no image: write what Go compiled to -o FILE or DIR/, for any --platform that Go "
          "knows"},
         {Products::app, InDockerfile::refused, Provenance::nothing, "it makes no image"}},
    };
}

}  // namespace

std::vector<BakeRow> bake_table(BakeOptions& options)
{
    std::vector<BakeRow> table;
    const auto append = [&table](const char* group, Rows rows) {
        for (BakeRow& row : rows)
            row.option.group = group;
        std::move(rows.begin(), rows.end(), std::back_inserter(table));
    };
    append("Image", image_rows(options));
    append("Image", registry_rows(options));
    append("How it runs", run_rows(options));
    append("Content", content_rows(options));
    append("Go source", go_rows(options));
    return table;
}

std::vector<host::Option> registry_options(std::string& tls_ca, std::string& authfile,
                                           bool& plain_http)
{
    return {
        {"--tls-ca", &tls_ca, "FILE",
         "PEM file of the certificate authorities to trust for registries", "the system's",
         PathKind::file, "SSL_CERT_FILE"},
        {"--authfile", &authfile, "FILE", "credentials for registries",
         "those of 'docker login' and 'podman login'", PathKind::file, "REGISTRY_AUTH_FILE"},
        {"--plain-http", &plain_http, "",
         "use plain HTTP; credentials are then sent only to a loopback registry"},
    };
}

bool is_for(Products products, Product product)
{
    return static_cast<int>(product) <= static_cast<int>(products);
}

}  // namespace outis::images::bake
