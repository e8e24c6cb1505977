#include "sandbox/import/dialect.h"

#include <algorithm>
#include <filesystem>

#include "outis/sandbox/suggest.h"
#include "sandbox/import/read.h"

namespace outis::sandbox::imports {
namespace {

constexpr std::size_t kMaxBases = 8;  // of bases of bases

bool is_remark(const Entry& entry)
{
    return entry.value.kind == ValueKind::nothing || entry.key == "comment" ||
           entry.key.starts_with('_') || entry.key.starts_with('$');
}

// The tree as tools see it that skip null, without what is meant for people. Recursion ends at
// kMaxJsonDepth.
Value without_remarks(Value value)
{
    std::erase_if(value.entries, is_remark);
    for (Entry& entry : value.entries)
        entry.value = without_remarks(std::move(entry.value));
    for (Value& item : value.items)
        item = without_remarks(std::move(item));
    return value;
}

bool any_rule_says(const Value& root, std::initializer_list<std::string_view> keys)
{
    const Value* rules = language::find_entry(root, "syscalls");
    return rules != nullptr && std::ranges::any_of(rules->items, [&](const Value& rule) {
               return std::ranges::any_of(keys, [&](std::string_view key) {
                   return language::find_entry(rule, key) != nullptr;
               });
           });
}

Dialect detect_dialect(const Value& root)
{
    const auto says = [&](std::string_view key) {
        return language::find_entry(root, key) != nullptr;
    };
    if (says("ociVersion") || says("linux"))
        return Dialect::config;
    if (says("spec") || says("baseProfileName"))
        return Dialect::spo;
    if (says("defaultErrno") || any_rule_says(root, {"errno"}))
        return Dialect::podman;
    if (says("archMap") || any_rule_says(root, {"name", "includes", "excludes"}))
        return Dialect::docker;
    return Dialect::oci;
}

// The part of the document that is the profile; null and a complaint if there is none.
const Value* profile_of(const Value& root, Dialect dialect, Complaints& complaints)
{
    if (dialect == Dialect::spo) {
        const Value* spec = language::find_entry(root, "spec");
        return spec == nullptr ? &root : spec;
    }
    if (dialect != Dialect::config)
        return &root;
    const Value* machine = language::find_entry(root, "linux");
    const Value* profile = machine == nullptr ? nullptr : language::find_entry(*machine, "seccomp");
    if (profile == nullptr)
        complaints.error({}, "no 'linux.seccomp' in this config.json, which leaves seccomp off",
                         "there is nothing to import");
    return profile;
}

std::string name_of_resource(const Value& root, const std::string& file)
{
    const Value* metadata = language::find_entry(root, "metadata");
    const Value* name = metadata == nullptr ? nullptr : language::find_entry(*metadata, "name");
    if (name != nullptr && !name->text.empty())
        return name->text;
    return std::filesystem::path(file).stem().string();
}

// A profile of the operator that another one names.
struct Base {
    const ProfileText* text = nullptr;
    std::string name;
    Value root;
};

// What is wrong in a base, told at `place` of the profile that names it.
void tell_faults(const ProfileText& base, Diagnostics faults, const Place& place,
                 Complaints& complaints)
{
    for (const Diagnostic& fault : faults) {
        const std::string where =
            fault.line == 0 ? std::string()
                            : ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column);
        complaints.error(place, "in the base '" + base.file + where + "': " + fault.message,
                         fault.hint);
    }
}

// What the operator says about the resource, beside the profile.
void note_disabled(const Value& profile, const language::Reader& reader, Notes& notes)
{
    const Value* state = language::find_entry(profile, "state");
    const Value* disabled = language::find_entry(profile, "disabled");
    const std::string text = "taken over all the same: the operator does not apply it";
    if (state != nullptr && reader.choice(*state, {"Enabled", "Disabled"}) == 1)
        notes.add(Change::flag, state->place, text);
    if (disabled != nullptr && reader.boolean(*disabled) == true)
        notes.add(Change::flag, disabled->place, text);
}

std::vector<Base> read_bases(std::span<const ProfileText> texts, Complaints& complaints)
{
    std::vector<Base> bases;
    for (const ProfileText& text : texts) {
        Complaints own(text);
        auto root = parse_json(text, own);
        tell_faults(text, own.take(), {}, complaints);
        if (root) {
            Value value = without_remarks(root.take());
            std::string name = name_of_resource(value, text.file);
            bases.push_back({.text = &text, .name = std::move(name), .root = std::move(value)});
        }
    }
    return bases;
}

// Appends the rules of the base that `profile` names, and of that one's base: the nearer word is
// the first, which is the one that counts. Places of rules are those of `baseProfileName`, since
// only the profile itself is at hand when they are asked for.
void append_bases(const Value& profile, std::span<const Base> bases, Complaints& complaints,
                  Notes& notes, Foreign& foreign)
{
    const Value* named = language::find_entry(profile, "baseProfileName");
    const Place place = named == nullptr ? Place{} : named->place;
    for (std::size_t depth = 0; named != nullptr; ++depth) {
        const auto base = std::ranges::find(bases, named->text, &Base::name);
        if (base == bases.end() || depth == kMaxBases) {
            if (base == bases.end())
                complaints.error(place,
                                 "the base profile " + in_quotes(named->text) + " is not here",
                                 "give its file with --base");
            else
                complaints.error(
                    place, "base profiles name each other in a circle or too often",
                    "give each a base of its own, at most " + std::to_string(kMaxBases) + " deep");
            return;
        }
        Complaints own(*base->text);
        Notes own_notes(*base->text);
        const Value* spec = profile_of(base->root, Dialect::spo, own);
        Foreign read = read_profile(*spec, Dialect::spo, language::Reader(own), own_notes);
        note_disabled(*spec, language::Reader(own), own_notes);
        tell_faults(*base->text, own.take(), place, complaints);
        for (ImportNote& note : own_notes.take())
            notes.add(std::move(note));
        for (ForeignRule& rule : read.rules) {
            rule.place = place;
            for (ForeignName& name : rule.names)
                name.place = place;
            foreign.rules.push_back(std::move(rule));
        }
        named = language::find_entry(*spec, "baseProfileName");
    }
}

}  // namespace

Result<DialectRead, Done> read_foreign(const ProfileText& source, std::optional<Dialect> dialect,
                                       std::span<const ProfileText> bases, Complaints& complaints,
                                       Notes& notes)
{
    const Value root = without_remarks(OUTIS_TRY(parse_json(source, complaints)));
    if (const Value* kind = language::find_entry(root, "kind");
        kind != nullptr && kind->text == "List") {
        complaints.error(kind->place, "a list of resources", "give one of them, in a file alone");
        return Failure{Done{}};
    }
    DialectRead result{.dialect = dialect.value_or(detect_dialect(root)), .foreign = {}};
    const Value* profile = profile_of(root, result.dialect, complaints);
    if (profile == nullptr)
        return Failure{Done{}};
    result.foreign = read_profile(*profile, result.dialect, language::Reader(complaints), notes);
    if (result.dialect == Dialect::spo) {
        note_disabled(*profile, language::Reader(complaints), notes);
        append_bases(*profile, read_bases(bases, complaints), complaints, notes, result.foreign);
    }
    if (complaints.has_errors())
        return Failure{Done{}};
    return result;
}

}  // namespace outis::sandbox::imports
