#include "bake/plan.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "bake/external_parameters.h"
#include "bake/run_words.h"
#include "content/additions.h"
#include "content/certificates.h"
#include "content/labels.h"
#include "host/input.h"
#include "host/words.h"
#include "layers/platform.h"
#include "oci/annotations.h"
#include "outis/sandbox/arch.h"
#include "outis/sandbox/suggest.h"
#include "places/remote.h"

namespace outis::images::bake {

namespace {

constexpr const char* kDefaultProfile = "baseline";
constexpr const char* kHostBundle = "/etc/ssl/certs/ca-certificates.crt";

Result<std::int64_t, Error> source_date_epoch()
{
    const char* text = std::getenv("SOURCE_DATE_EPOCH");
    if (text == nullptr || *text == '\0')
        return std::int64_t{0};
    const std::string_view digits = text;
    constexpr std::int64_t kLastSecond = 253402300799;  // of the year 9999, RFC 3339's last
    std::int64_t seconds = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error != std::errc() || end != digits.data() + digits.size() || seconds < 0 ||
        seconds > kLastSecond)
        return bad_input("SOURCE_DATE_EPOCH '" + std::string(digits) +
                         "' must be a number of seconds since 1970");
    return seconds;
}

Result<policy::Arch, Error> parse_platform(const std::string& text)
{
    const std::optional<policy::Arch> arch = layers::parse_platform(text);
    if (!arch)
        return bad_input("unknown platform '" + text + "'; there are 'linux/amd64', 'linux/arm64'");
    return *arch;
}

Result<std::vector<policy::Arch>, Error> parse_platforms(const std::vector<std::string>& words)
{
    std::vector<policy::Arch> platforms;
    for (const std::string& word : words) {
        for (const std::string& name : host::split_commas(word)) {
            const policy::Arch arch = OUTIS_TRY(parse_platform(name));
            if (std::ranges::find(platforms, arch) == platforms.end())
                platforms.push_back(arch);
        }
    }
    return platforms;
}

Result<content::Certificates, Error> read_bundle(const std::string& file)
{
    const std::string text = OUTIS_TRY(host::read_file(file, content::kMaxBundleSize));
    return content::read_certificates(text, file);
}

// Each root of this machine that the pinned set lacks: images should not trust it by accident.
std::vector<std::string> surplus(const content::Certificates& host,
                                 const content::Certificates& pinned)
{
    std::set<std::string_view> known;
    for (const content::Certificate& certificate : pinned.list)
        known.insert(certificate.pem);
    std::vector<std::string> notes;
    for (const content::Certificate& certificate : host.list) {
        if (!known.contains(certificate.pem))
            notes.push_back("this machine trusts '" + certificate.subject +
                            "', which the pinned certificates lack");
    }
    return notes;
}

Result<Done, Error> check_keys(const std::map<std::string, std::string>& pairs,
                               const std::string& what)
{
    const std::vector<std::string> defined(oci::kDefinedKeys.begin(), oci::kDefinedKeys.end());
    for (const auto& [key, value] : pairs) {
        if (key == oci::kTagKey)
            return bad_input(what + " '" + key + "' belongs to the layout; name the image with -t");
        if (!oci::may_name(key))
            return bad_input("unknown " + what + " '" + key + "'" +
                             sandbox::did_you_mean(key, defined) +
                             " (the prefix is OCI's own; take one of yours)");
    }
    return Done{};
}

Result<Done, Error> plan_certificates(const BakeOptions& options, const content::ToolData& data,
                                      Plan& plan)
{
    std::string extra;
    for (const std::string& file : options.ca_add) {
        const content::Certificates added = OUTIS_TRY(read_bundle(file));
        extra += added.pem;
        plan.certificate_count += added.list.size();
    }
    if (options.ca.empty() || options.ca == "pinned") {
        const content::ContentVersions versions = content::content_versions(data);
        plan.certificate_count += versions.certificate_count;
        plan.pinned_certificates = true;
        plan.certificates_date = content::certificates_date(versions.certificates);
        if (!extra.empty())
            plan.bundle =
                OUTIS_TRY(host::read_file(data.certificates(), content::kMaxBundleSize)) + extra;
        return Done{};
    }
    plan.base.certificates = false;
    if (options.ca == "none") {
        plan.bundle = extra;
        return Done{};
    }
    const bool from_host = options.ca == "host";
    const content::Certificates chosen =
        OUTIS_TRY(read_bundle(from_host ? kHostBundle : options.ca));
    if (from_host) {
        const content::Certificates pinned = OUTIS_TRY(read_bundle(data.certificates().string()));
        plan.notes = surplus(chosen, pinned);
    }
    plan.bundle = chosen.pem + extra;
    plan.certificate_count += chosen.list.size();
    return Done{};
}

void plan_zones(const BakeOptions& options, Plan& plan)
{
    plan.localtime = options.localtime;
    if (options.zones.empty() || options.zones == "slim")
        return;
    plan.base.zones = false;
    plan.own_zones = options.zones != "none";
    if (plan.own_zones)
        plan.zones = host::split_commas(options.zones);
    if (!plan.localtime.empty())
        plan.zones.push_back(plan.localtime);
}

Result<Done, Error> plan_os_release(const BakeOptions& options, Plan& plan)
{
    if (options.os_release == "none")
        plan.base.os_release = false;
    else if (!options.os_release.empty() && options.os_release != "outis")
        return bad_input("unknown os-release '" + options.os_release +
                         "'; there are 'outis' and 'none'; --add puts a file of yours there");
    return Done{};
}

// Of an option that takes one form of a document, its default, or 'none'.
Result<bool, Error> takes_form(const std::string& word, const std::string& option,
                               const std::string& form)
{
    if (!word.empty() && word != form && word != "none")
        return bad_input("--" + option + " is '" + form + "' or 'none', not '" + word + "'");
    return word != "none";
}

Result<Done, Error> plan_capabilities(const BakeOptions& options, Plan& plan)
{
    const auto pairs = OUTIS_TRY(parse_pairs(options.capabilities, "capability"));
    for (const auto& [file, text] : pairs) {
        auto capability = OUTIS_TRY(content::parse_file_capability(text));
        plan.capabilities.push_back({.file = file, .capability = std::move(capability)});
    }
    return Done{};
}

Result<Done, Error> plan_shells(const BakeOptions& options, Plan& plan)
{
    for (const std::string& file : options.debug) {
        const policy::Arch arch = OUTIS_TRY(programs::require_static_file(file));
        plan.shells.push_back({.file = file, .arch = arch});
    }
    for (const places::Place& destination : plan.destinations) {
        if (!plan.shells.empty())
            OUTIS_TRY(places::with_suffix(destination, ""));
    }
    return Done{};
}

}  // namespace

void use_auto_user(Plan& plan)
{
    constexpr std::string_view kAuto = "auto";
    constexpr std::string_view kDockersOwn = "library/";
    if (plan.user != kAuto)
        return;
    std::string_view name = plan.references.front().path;
    if (name.starts_with(kDockersOwn))
        name.remove_prefix(kDockersOwn.size());
    content::Account account = content::auto_account(name);
    plan.user = content::user_text({.uid = account.uid, .gid = account.gid});
    plan.parameters["options"].as_object()["user"] = boost::json::array{plan.user};
    if (plan.from.empty()) {
        content::Accounts accounts = plan.accounts;
        if (content::add_account(accounts, std::move(account)))
            plan.accounts = std::move(accounts);
    }
}

Result<programs::SourceOptions, Error> source_options(const BakeOptions& options)
{
    if (!options.go_cgo.empty() && options.go_cgo != "0" && options.go_cgo != "1")
        return bad_input("--cgo is '0' or '1', not '" + options.go_cgo + "'");
    return programs::SourceOptions{.apps = options.apps,
                                   .root = options.root,
                                   .go = {.main = options.go_main,
                                          .ldflags = options.go_ldflags,
                                          .tags = options.go_tags,
                                          .flags = options.go_flags,
                                          .cgo = options.go_cgo == "1",
                                          .fetch = options.go_fetch},
                                   .test = options.go_test,
                                   .git = !options.no_git,
                                   .pack = options.pack};
}

Result<Plan, Error> make_plan(const BakeOptions& options, const content::ToolData& data)
{
    Plan plan{.product = options.product,
              .sources = OUTIS_TRY(source_options(options)),
              .libraries = options.libraries,
              .packages = options.packages,
              .provided = options.provided,
              .locale = options.locale,
              .trace = options.trace,
              .from = options.from,
              .keep_entrypoint = options.keep_entrypoint,
              .package_lists = !options.no_package_database,
              .root_release = options.os_release.empty()};
    for (const std::string& tag : options.tags)
        plan.references.push_back(OUTIS_TRY(oci::parse_reference(tag)));
    for (const std::string& output : options.outputs)
        plan.destinations.push_back(OUTIS_TRY(places::parse_target(output)));
    plan.registries = OUTIS_TRY(places::parse_remote({.tls_ca = options.tls_ca,
                                                      .authfile = options.authfile,
                                                      .plain_http = options.plain_http}));
    plan.platforms = OUTIS_TRY(parse_platforms(options.platforms));
    plan.annotations = OUTIS_TRY(parse_pairs(options.annotations, "annotation"));
    if (!options.compress.empty())
        plan.compression = OUTIS_TRY(layers::parse_compression(options.compress));
    plan.time = OUTIS_TRY(source_date_epoch());
    plan.sbom = OUTIS_TRY(takes_form(options.sbom, "sbom", "spdx"));
    plan.provenance = OUTIS_TRY(takes_form(options.provenance, "provenance", "slsa"));

    plan.profile = options.profile.empty() ? kDefaultProfile : options.profile;
    plan.user = options.user;
    plan.accounts = content::base_accounts();
    for (const std::string& text : options.accounts) {
        content::Account account = OUTIS_TRY(content::parse_account(text));
        OUTIS_TRY(content::add_account(plan.accounts, std::move(account)));
    }
    plan.run = OUTIS_TRY(parse_run_words(options));
    plan.entrypoint = OUTIS_TRY(parse_entrypoint(options));
    OUTIS_TRY(check_keys(plan.annotations, "annotation"));
    OUTIS_TRY(check_keys(plan.run.labels, "label"));

    OUTIS_TRY(plan_certificates(options, data, plan));
    plan_zones(options, plan);
    OUTIS_TRY(plan_os_release(options, plan));
    OUTIS_TRY(plan_capabilities(options, plan));
    OUTIS_TRY(plan_shells(options, plan));
    content::AddedFiles added = OUTIS_TRY(content::added_files({.files = options.add,
                                                                .exclude = options.exclude,
                                                                .directories = options.directories,
                                                                .links = options.links}));
    plan.additions = std::move(added.tree);
    std::ranges::move(added.notes, std::back_inserter(plan.notes));
    plan.parameters = external_parameters(options, plan.time);
    return plan;
}

}  // namespace outis::images::bake
