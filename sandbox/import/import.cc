// One pass a line: JSON → foreign profile → flat rules → our model → our text → our profile, which
// is what everybody else gets from that text.
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "outis/sandbox/compile.h"
#include "outis/sandbox/import.h"
#include "sandbox/import/dialect.h"
#include "sandbox/import/exact.h"
#include "sandbox/import/hardened.h"
#include "sandbox/import/resolve.h"
#include "sandbox/import/runc_filter.h"
#include "sandbox/import/words.h"
#include "sandbox/kernel/companions.h"
#include "sandbox/profile/actions.h"
#include "sandbox/profile/print.h"
#include "sandbox/proof/points.h"
#include "sandbox/proof/proof.h"

namespace outis::sandbox {
namespace {

constexpr std::size_t kMaxShownName = 100;  // bytes of the file's name in a description

constexpr std::string_view kReason = "taken over from another tool's profile as it stands";

bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

// A name that a profile may have.
std::string profile_name(const std::string& file)
{
    std::string name = std::filesystem::path(file).stem().string();
    std::ranges::replace_if(name, std::not_fn(is_plain), '-');
    name = name.substr(0, policy::kNameSize - 1);
    if (name.empty() || name.front() == '.')
        name = "imported";
    return name;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "none" : text;
}

// For whom the text is: conditions have been decided.
std::string heading(const ProfileText& source, const imports::DialectRead& read,
                    const ImportOptions& options)
{
    std::string file = std::filesystem::path(source.file).filename().string();
    std::ranges::replace_if(file, std::not_fn(is_plain), '-');
    const bool exact = options.mode == ImportMode::exact;
    return "# Imported for " + std::string(arch_name(options.arch)) + ", Linux " +
           std::to_string(options.kernel.version) + "." + std::to_string(options.kernel.revision) +
           ", bounding set: " + joined(capability_names(*options.capabilities)) +
           ".\ndescription = \"imported from " + file.substr(0, kMaxShownName) + " (" +
           std::string(dialect_name(read.dialect)) + ", " + (exact ? "exact" : "hardened") +
           ")\"\n\n";
}

Diagnostics our_error(const ProfileText& source, const std::string& what)
{
    return {Diagnostic{.file = source.file, .message = what}};
}

// Who made `call` longer than it may be: a rule for it, or for a call that it carries.
Place place_of(const imports::Flat& flat, const std::string& call)
{
    const auto found =
        std::find_if(flat.rules.rbegin(), flat.rules.rend(), [&](const imports::FlatRule& rule) {
            const std::optional<kernel::Companion> companion = kernel::companion_of(rule.name);
            return rule.name == call || (companion && companion->call == call);
        });
    return found == flat.rules.rend() ? Place{} : found->place;
}

// What our language takes of rules, which is less than JSON may say.
void check_limits(const Seccomp& seccomp, const imports::Flat& flat, Complaints& complaints)
{
    std::set<std::string> always;  // actions that a rule of all its calls gives, and no list
    for (const Call& call : seccomp.calls) {
        if (!has_rules(call))
            always.insert(profile::action_word(call.listed));
    }
    std::size_t count = always.size();
    for (const Call& call : seccomp.calls) {
        if (has_rules(call) && call.permissions.empty() && call.listed != seccomp.otherwise)
            ++count;  // for what no rule of it says
        for (const std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
            count += rules->size();
            const bool long_one = std::ranges::any_of(*rules, [](const Rule& rule) {
                return std::ranges::any_of(
                    rule.when, [](const Conjunction& tests) { return tests.size() > kMaxTests; });
            });
            if (long_one)
                complaints.error(place_of(flat, call.name),
                                 "a rule for '" + call.name + "' becomes more than 64 comparisons");
        }
        if (count > kMaxRules) {
            complaints.error(place_of(flat, call.name), "the profile becomes more than 1024 rules");
            return;
        }
    }
}

// Rules lie in the JSON where one rule alone speaks of the call, otherwise in the text made of it.
void name_places(Seccomp& seccomp, const imports::Flat& flat, const std::string& file)
{
    std::map<std::string_view, std::set<std::pair<std::uint32_t, std::uint32_t>>> places;
    for (const imports::FlatRule& rule : flat.rules)
        places[rule.name].insert({rule.place.line, rule.place.column});
    const auto name = [&](Origin& origin, const std::string& call) {
        const auto found = places.find(call);
        const bool alone = found != places.end() && found->second.size() == 1;
        if (origin.line == 0)
            return;
        origin.file = alone ? file : file + " (imported)";
        if (alone)
            std::tie(origin.line, origin.column) = *found->second.begin();
    };
    for (Call& call : seccomp.calls) {
        name(call.origin, call.name);
        for (std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
            for (Rule& rule : *rules)
                name(rule.origin, call.name);
        }
    }
    seccomp.origin.file = file;
    seccomp.origin.line = flat.otherwise_place.line;
    seccomp.origin.column = flat.otherwise_place.column;
}

// The compiled filter against the flat rules, which share nothing but the interpreter.
Result<Done, Error> check_exact(const Profile& profile, const imports::Flat& flat,
                                policy::Arch arch)
{
    const std::vector<std::byte> program = OUTIS_TRY(compile_filter(profile, arch));
    const imports::RuncFilter runc(flat, arch);
    const proof::Meaning meaning(profile, arch);
    const Interpreter interpreter(program);
    return proof::visit_points(
        program, profile, meaning, [&](const proof::Point& point) -> Result<Done, Error> {
            const std::uint32_t ours = interpreter.ask(point.data).verdict;
            const std::uint32_t theirs = runc.judge(point.data);
            if (ours == theirs)
                return Done{};
            return bad_input("the import is wrong, which is an error in this program: for " +
                             proof::describe(point.data) + " it answers " + verdict_name(ours) +
                             ", runc " + verdict_name(theirs));
        });
}

// The filter of the written profile against the rules that were to be written.
Result<Done, Error> check_written(const Profile& written, const Seccomp& meant, policy::Arch arch)
{
    const std::vector<std::byte> program = OUTIS_TRY(compile_filter(written, arch));
    Profile profile = written;
    profile.seccomp = meant;
    return proof::prove(program, profile, arch);
}

}  // namespace

Result<Imported, Diagnostics> import_profile(const ProfileText& source, const ImportOptions& given)
{
    Complaints complaints(source);
    imports::Notes notes(source);
    auto read = imports::read_foreign(source, given.dialect, given.bases, complaints, notes);
    if (!read)
        return Failure{complaints.take()};
    ImportOptions options = given;
    if (!options.capabilities)
        options.capabilities = default_capabilities(read.value().dialect);

    const imports::Flat flat = imports::resolve(read.value().foreign, options, notes);
    const bool exact = options.mode == ImportMode::exact;
    const Seccomp seccomp = exact ? imports::exact_seccomp(flat, options.arch, notes)
                                  : imports::hardened_seccomp(flat, notes);
    check_limits(seccomp, flat, complaints);
    if (complaints.has_errors())
        return Failure{complaints.take()};

    Imported imported{
        .dialect = read.value().dialect,
        .toml = heading(source, read.value(), options) + profile::print_seccomp(seccomp, kReason),
        .profile = {},
        .notes = notes.take()};
    if (imported.toml.size() > kMaxProfileBytes)
        return Failure{our_error(source, "the imported profile is larger than 1 MiB")};
    const std::array texts{
        ProfileText{.file = profile_name(source.file) + ".toml", .text = imported.toml}};
    auto profile = parse_profile(texts);
    if (!profile)
        return Failure{our_error(source,
                                 "the imported profile is malformed, which is an error in "
                                 "this program: " +
                                     profile.error().front().message)};
    imported.profile = profile.take();
    if (imported.profile.seccomp)
        name_places(*imported.profile.seccomp, flat, source.file);
    const auto checked = exact ? check_exact(imported.profile, flat, options.arch)
                               : check_written(imported.profile, seccomp, options.arch);
    if (!checked)
        return Failure{our_error(source, checked.error().text)};
    return imported;
}

}  // namespace outis::sandbox
