// What can be wrong with an image. Every rule has a name that stays, how much it matters, and what
// to do about it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outis::images::view {

enum class Severity : std::uint8_t {
    error,    // engines refuse the image, or it does not do what it says
    warning,  // it works, but less safely or portably than it could
    note,     // worth knowing
};

enum class Rule : std::uint8_t {
    // documents
    layout_version,
    document_missing,
    document_size,
    document_form,
    schema_version,
    index_empty,
    index_depth,
    descriptor_form,
    blob_missing,
    blob_size,
    blob_digest,
    media_type,
    layer_type,
    no_layers,
    platform_missing,
    platform_twice,
    platform_differs,
    annotation_form,
    reserved_key,
    docker_manifest,
    not_an_image,
    artifact_form,
    subject_missing,
    // the configuration
    config_platform,
    config_rootfs,
    rootfs_type,
    config_history,
    config_field,
    config_entry,
    variable_twice,
    user_name,
    // layers
    layer_damaged,
    layer_end,
    diff_id,
    path_form,
    path_climbs,
    path_absolute,
    path_twice,
    path_below_file,
    parent_missing,
    entry_order,
    hardlink_missing,
    hardlink_later,
    hardlink_lower,
    whiteout_form,
    whiteout_twice,
    whiteout_nothing,
    entry_type,
    device,
    capability_hardlink,
    capability_form,
    capability_namespace,
    // files
    world_writable,
    set_id,
    program_damaged,
    program_platform,
    interpreter_missing,
    library_missing,
    // how it starts
    user_root,
    user_unknown,
    start_nothing,
    start_missing,
    start_mode,
    start_platform,
    start_interpreter,
    start_library,
    policy_missing,
    policy_form,
    policy_platform,
    policy_mode,
    stop_signal,
    certificates_missing,
    certificates_none,
    zones_missing,
    zones_none,
    // the report itself
    too_many,
};

struct RuleRow {
    Rule rule;
    std::string_view name;
    Severity severity;
    std::string_view remedy;
};

// Every rule, in the order above.
std::span<const RuleRow> rule_table();
const RuleRow& row_of(Rule rule);
std::string_view severity_name(Severity severity);

// What a finding is about; empty where it is about more than that.
struct Where {
    std::string image = {};  // its platform
    std::string layer = {};  // its digest, or its path in a docker archive
    std::string path = {};   // in the image
};

struct Finding {
    Rule rule = Rule::too_many;
    Where where = {};
    std::string text = {};  // a clause without the remedy
};

using Findings = std::vector<Finding>;

// One more, unless there are 10000 already: of hostile images the rest is only counted as more.
void add_finding(Findings& findings, Finding finding);

// "error path-twice: linux/amd64, layer 0123456789ab, '/etc/x': it is there twice; …"
std::string line_of(const Finding& finding);

// The first of at least that severity, as a clause; empty if there is none.
std::string first_defect(const Findings& findings, Severity least = Severity::warning);

}  // namespace outis::images::view
