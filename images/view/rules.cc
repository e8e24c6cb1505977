#include "view/rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>

#include "outis/utf8.h"

namespace outis::images::view {

namespace {

constexpr std::size_t kMaxFindings = 10'000;
constexpr std::size_t kShortDigest = 12;

constexpr Severity kError = Severity::error;
constexpr Severity kWarning = Severity::warning;
constexpr Severity kNote = Severity::note;

constexpr std::string_view kAgain = "copy or bake the image again";
constexpr std::string_view kBuilder = "have its builder correct it";
constexpr std::string_view kPackAgain = "pack the layer again";

// Sources: OCI image specification 1.1 for documents, configuration and layers; kubelets'
// runAsNonRoot for users; capabilities(7), hier(7), ld.so(8), and init/README.md for the rest.
constexpr RuleRow kTable[] = {
    {Rule::layout_version, "layout-version", kError, kAgain},
    {Rule::document_missing, "document-missing", kError, kAgain},
    {Rule::document_size, "document-size", kError, "registries take documents up to 4 MiB"},
    {Rule::document_form, "document-form", kError, kBuilder},
    {Rule::schema_version, "schema-version", kWarning, kBuilder},
    {Rule::index_empty, "index-empty", kError, kAgain},
    {Rule::index_depth, "index-depth", kError, "flatten the indexes"},
    {Rule::descriptor_form, "descriptor-form", kError, kBuilder},
    {Rule::blob_missing, "blob-missing", kError, kAgain},
    {Rule::blob_size, "blob-size", kError, kAgain},
    {Rule::blob_digest, "blob-digest", kError, kAgain},
    {Rule::media_type, "media-type", kError, kBuilder},
    {Rule::layer_type, "layer-type", kWarning, kBuilder},
    {Rule::no_layers, "no-layers", kWarning, "some engines want at least one layer"},
    {Rule::platform_missing, "platform-missing", kWarning, "name each image's platform"},
    {Rule::platform_twice, "platform-twice", kWarning, "only the first of them is ever taken"},
    {Rule::platform_differs, "platform-differs", kError, kBuilder},
    {Rule::annotation_form, "annotation-form", kError, "give it a text"},
    {Rule::reserved_key, "reserved-key", kWarning, "use a prefix of your own"},
    {Rule::docker_manifest, "docker-manifest", kError, kAgain},
    {Rule::not_an_image, "not-an-image", kNote, "nothing to do"},
    {Rule::artifact_form, "artifact-form", kError, kBuilder},
    {Rule::subject_missing, "subject-missing", kWarning, "copy the image too"},

    {Rule::config_platform, "config-platform", kWarning, kBuilder},
    {Rule::config_rootfs, "config-rootfs", kError, kBuilder},
    {Rule::rootfs_type, "rootfs-type", kWarning, kBuilder},
    {Rule::config_history, "config-history", kError, kBuilder},
    {Rule::config_field, "config-field", kError, kBuilder},
    {Rule::config_entry, "config-entry", kWarning, kBuilder},
    {Rule::variable_twice, "variable-twice", kWarning, "keep one of them"},
    {Rule::user_name, "user-name", kWarning,
     "give numbers, since kubelets take no names under runAsNonRoot"},

    {Rule::layer_damaged, "layer-damaged", kError, kAgain},
    {Rule::layer_end, "layer-end", kWarning, kPackAgain},
    {Rule::diff_id, "diff-id", kError, kAgain},
    {Rule::path_form, "path-form", kError, kPackAgain},
    {Rule::path_climbs, "path-climbs", kWarning, "pack it without '..'"},
    {Rule::path_absolute, "path-absolute", kWarning, "pack paths without the leading '/'"},
    {Rule::path_twice, "path-twice", kError, "pack each path once"},
    {Rule::path_below_file, "path-below-file", kError, kPackAgain},
    {Rule::parent_missing, "parent-missing", kWarning,
     "pack the directory too, or engines choose its mode"},
    {Rule::entry_order, "entry-order", kNote, "sorted entries make the same bytes each time"},
    {Rule::hardlink_missing, "hardlink-missing", kError, kPackAgain},
    {Rule::hardlink_later, "hardlink-later", kError, "pack the file before its links"},
    {Rule::hardlink_lower, "hardlink-lower", kWarning,
     "pack the file into the same layer, since engines differ here"},
    {Rule::whiteout_form, "whiteout-form", kWarning, "write an empty file '.wh.NAME'"},
    {Rule::whiteout_twice, "whiteout-twice", kWarning,
     "leave out the whiteout: the entry replaces what is below"},
    {Rule::whiteout_nothing, "whiteout-nothing", kWarning, "leave it out"},
    {Rule::entry_type, "entry-type", kError, "pack it as a regular file"},
    {Rule::device, "device", kWarning, "leave it out: engines make their own /dev"},
    {Rule::capability_hardlink, "capability-hardlink", kWarning,
     "pack a copy, since engines drop the capabilities when they make the link"},
    {Rule::capability_form, "capability-form", kError, "set it again with setcap(8)"},
    {Rule::capability_namespace, "capability-namespace", kWarning,
     "set it outside of user namespaces, or it counts in one of them alone"},

    {Rule::world_writable, "world-writable", kWarning,
     "take the right away, or set the sticky bit"},
    {Rule::set_id, "set-id", kWarning, "clear the bit: no_new_privs ignores it anyway"},
    {Rule::program_damaged, "program-damaged", kWarning, "put the file in again"},
    {Rule::program_platform, "program-platform", kWarning, "put in the one for the platform"},
    {Rule::interpreter_missing, "interpreter-missing", kWarning, "add it, or link statically"},
    {Rule::library_missing, "library-missing", kWarning, "add it, or link statically"},

    {Rule::user_root, "user-root", kWarning, "give another user, or a policy that changes to one"},
    {Rule::user_unknown, "user-unknown", kError, "add it to /etc/passwd or /etc/group"},
    {Rule::start_nothing, "start-nothing", kNote,
     "set Entrypoint or Cmd, unless it is there to be built upon"},
    {Rule::start_missing, "start-missing", kError, "add it, or correct Entrypoint"},
    {Rule::start_mode, "start-mode", kError, "give it mode 0755"},
    {Rule::start_platform, "start-platform", kError, "put in the one for the platform"},
    {Rule::start_interpreter, "start-interpreter", kError, "add it, or link statically"},
    {Rule::start_library, "start-library", kError, "add it, or link statically"},
    {Rule::policy_missing, "policy-missing", kError, "add it, or name another with -p"},
    {Rule::policy_form, "policy-form", kError, "compile it again with 'outis profile compile'"},
    {Rule::policy_platform, "policy-platform", kError, "compile it with --arch"},
    {Rule::policy_mode, "policy-mode", kError, "give it to root, mode 0644, or PID 1 refuses it"},
    {Rule::stop_signal, "stop-signal", kWarning,
     "have PID 1's --stop, OUTIS_STOP or its policy name the one that engines send"},
    {Rule::certificates_missing, "certificates-missing", kWarning,
     "add /etc/ssl/certs/ca-certificates.crt"},
    {Rule::certificates_none, "certificates-none", kNote, "none if no program speaks TLS"},
    {Rule::zones_missing, "zones-missing", kWarning, "add /usr/share/zoneinfo"},
    {Rule::zones_none, "zones-none", kNote, "none if UTC is enough"},

    {Rule::too_many, "too-many", kError, "correct these first"},
};

constexpr bool in_order()
{
    for (std::size_t i = 0; i < std::size(kTable); ++i) {
        if (static_cast<std::size_t>(kTable[i].rule) != i)
            return false;
    }
    return true;
}

static_assert(std::size(kTable) == static_cast<std::size_t>(Rule::too_many) + 1 && in_order());

std::string short_digest(const std::string& digest)
{
    constexpr std::string_view kPrefix = "sha256:";
    return digest.starts_with(kPrefix) ? digest.substr(kPrefix.size(), kShortDigest) : digest;
}

}  // namespace

std::span<const RuleRow> rule_table()
{
    return kTable;
}

const RuleRow& row_of(Rule rule)
{
    return kTable[static_cast<std::size_t>(rule)];
}

std::string_view severity_name(Severity severity)
{
    switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::note: return "note";
    }
    __builtin_trap();
}

void add_finding(Findings& findings, Finding finding)
{
    if (findings.size() < kMaxFindings)
        findings.push_back(std::move(finding));
    else if (findings.size() == kMaxFindings)
        findings.push_back({.rule = Rule::too_many, .text = "there is more than can be listed"});
}

std::string line_of(const Finding& finding)
{
    const RuleRow& row = row_of(finding.rule);
    std::string where = finding.where.image;
    const auto add = [&](const std::string& part) { where += (where.empty() ? "" : ", ") + part; };
    if (!finding.where.layer.empty())
        add("layer " + short_digest(finding.where.layer));
    if (!finding.where.path.empty())
        add("'/" + finding.where.path + "'");
    return std::string(severity_name(row.severity)) + " " + std::string(row.name) + ": " +
           printable(where + (where.empty() ? "" : ": ") + finding.text) + "; " +
           std::string(row.remedy);
}

std::string first_defect(const Findings& findings, Severity least)
{
    const auto found = std::ranges::find_if(
        findings, [&](const Finding& finding) { return row_of(finding.rule).severity <= least; });
    return found == findings.end() ? "" : found->text;
}

}  // namespace outis::images::view
