#include "commands/profile.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "commands/report.h"
#include "files/new_file.h"
#include "files/suggest.h"
#include "files/tool_data.h"
#include "oci/json.h"
#include "outis/base/filter.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/explain.h"

namespace outis::images {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr int kAnswerIsNo = 1;
constexpr int kBadInput = 2;
constexpr std::size_t kLineWidth = 100;

void print(const std::string& text)
{
    std::fputs(text.c_str(), stdout);
}

// While the tool is being built it has no data yet; then only what lies beside the file is found.
std::vector<fs::path> profile_folders()
{
    const auto data = find_tool_data();
    if (!data)
        return {};
    return {data.value().profiles()};
}

std::vector<std::string> shipped_names()
{
    std::vector<std::string> names;
    for (const fs::path& folder : profile_folders()) {
        std::error_code failed;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
            if (entry.path().extension() == ".toml")
                names.push_back(entry.path().stem().string());
        }
    }
    std::ranges::sort(names);
    return names;
}

Result<fs::path, Error> file_of(const std::string& profile)
{
    if (profile.find('/') != std::string::npos || profile.ends_with(".toml"))
        return fs::path(profile);
    const std::vector<std::string> names = shipped_names();
    if (std::ranges::find(names, profile) == names.end())
        return bad_input("there is no profile '" + profile + "'" + did_you_mean(profile, names) +
                         "; a file needs a '/' or '.toml'");
    return profile_folders().front() / (profile + ".toml");
}

Result<policy::Arch, Error> chosen_arch(const std::string& name)
{
    if (name.empty())
        return sandbox::host_arch();
    const auto arch = sandbox::parse_arch(name);
    if (!arch)
        return bad_input("there is no architecture '" + name + "'; write amd64 or arm64");
    return *arch;
}

void complain(const sandbox::Diagnostics& found)
{
    std::fputs(sandbox::print(found).c_str(), stderr);
}

// Prints what is wrong.
std::optional<sandbox::Profile> load(const fs::path& file)
{
    auto profile = sandbox::load_profile(file, profile_folders());
    if (profile)
        return profile.take();
    complain(profile.error());
    return std::nullopt;
}

sandbox::Diagnostics notes_about(policy::Arch arch, sandbox::Diagnostics notes)
{
    std::erase_if(notes, [arch](const sandbox::Diagnostic& note) {
        return note.arch.value_or(arch) != arch;
    });
    return notes;
}

// Lines of words, each after `indent` blanks.
std::string wrapped(const std::vector<std::string>& words, std::size_t indent)
{
    std::string text;
    std::string line;
    for (const std::string& word : words) {
        if (!line.empty() && indent + line.size() + 1 + word.size() > kLineWidth) {
            text += std::string(indent, ' ') + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return line.empty() ? text : text + std::string(indent, ' ') + line + "\n";
}

// Names of calls by what is answered: "allow", "EPERM", ..., "by arguments".
using CallsByAnswer = std::map<std::string, std::vector<std::string>>;

CallsByAnswer calls_by_answer(const sandbox::Profile& profile, policy::Arch arch)
{
    CallsByAnswer calls;
    for (const sandbox::CallAnswer& answer : sandbox::answers_of(profile, arch)) {
        const std::string key =
            answer.verdict ? sandbox::verdict_name(*answer.verdict) : "by arguments";
        calls[key].emplace_back(answer.name);
    }
    return calls;
}

std::string user_text(const sandbox::Profile& profile)
{
    if (!profile.user)
        return "kept";
    const auto id = [](std::uint32_t number, const std::string& name) {
        return number == policy::kById ? name : std::to_string(number);
    };
    const std::string group = id(profile.user->gid, profile.user->group_name);
    return id(profile.user->uid, profile.user->user_name) + (group.empty() ? "" : ":" + group);
}

json::object described(const sandbox::Profile& profile, policy::Arch arch, std::size_t instructions)
{
    json::object calls;
    for (const auto& [answer, names] : calls_by_answer(profile, arch))
        calls[answer] = json::array(names.begin(), names.end());
    const std::vector<std::string> kept = sandbox::capability_names(profile.capabilities);
    return json::object{
        {"arch", std::string(sandbox::arch_name(arch))},
        {"capabilities", json::array(kept.begin(), kept.end())},
        {"calls", std::move(calls)},
        {"description", profile.description},
        {"instructions", instructions},
        {"name", profile.name},
        {"user", user_text(profile)},
    };
}

std::string shown(const sandbox::Profile& profile, policy::Arch arch, std::size_t instructions)
{
    std::string text = profile.name + ": " + profile.description + "\n";
    if (profile.applies_nothing)
        return text + "  applies nothing\n";
    text += "  user          " + user_text(profile) + "\n";
    text += "  capabilities ";
    for (const std::string& name : sandbox::capability_names(profile.capabilities))
        text += " " + name;
    text += profile.capabilities == 0 ? " none\n" : "\n";
    if (!profile.seccomp)
        return text + "  filter        none\n";
    text += "  filter        " + std::to_string(instructions) + " instructions on " +
            std::string(sandbox::arch_name(arch)) + "\n";
    for (const auto& [answer, names] : calls_by_answer(profile, arch))
        text +=
            "  " + answer + ", " + std::to_string(names.size()) + " calls\n" + wrapped(names, 6);
    return text;
}

Result<Done, Error> show(const sandbox::Profile& profile, const ProfileShowOptions& options)
{
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const std::vector<std::byte> program = OUTIS_TRY(sandbox::compile_filter(profile, arch));
    const std::size_t instructions = program.size() / filter::kInstructionSize;
    print(options.json ? canonical_json(described(profile, arch, instructions)) + "\n"
                       : shown(profile, arch, instructions));
    return Done{};
}

Result<Done, Error> write_whole(const fs::path& target, Bytes bytes)
{
    NewFile file = OUTIS_TRY(NewFile::create(target));
    OUTIS_TRY(file.write(bytes));
    return file.commit();
}

struct Form {
    std::string_view name;
    std::string_view extension;
};

constexpr std::array kForms{
    Form{"policy", ".policy"},
    Form{"bpf", ".bpf"},
    Form{"listing", ".txt"},
};

Result<Done, Error> compile(const sandbox::Profile& profile, const ProfileCompileOptions& options)
{
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    if (options.verbose)
        complain(notes_about(arch, profile.notes));
    const std::string name = options.emit.empty() ? "policy" : options.emit;
    const auto* form = std::ranges::find(kForms, name, &Form::name);
    if (form == kForms.end())
        return bad_input("cannot emit '" + name + "'; write policy, bpf or listing");
    const fs::path target = options.output.empty()
                                ? fs::path(options.file).replace_extension(form->extension)
                                : fs::path(options.output);
    if (name == "policy") {
        const std::vector<std::byte> bytes = OUTIS_TRY(sandbox::compile_policy(profile, arch));
        return write_whole(target, bytes);
    }
    const std::vector<std::byte> program = OUTIS_TRY(sandbox::compile_filter(profile, arch));
    if (program.empty())
        return bad_input("profile '" + profile.name + "' has no filter to emit");
    if (name == "bpf")
        return write_whole(target, program);
    const std::string listing = sandbox::listing(program);
    if (!options.output.empty())
        return write_whole(target, std::as_bytes(std::span(listing)));
    print(listing);
    return Done{};
}

json::array as_json(const sandbox::Diagnostics& diagnostics)
{
    json::array list;
    for (const sandbox::Diagnostic& found : diagnostics)
        list.push_back(json::object{
            {"column", found.column},
            {"file", found.file},
            {"hint", found.hint},
            {"line", found.line},
            {"message", found.message},
            {"severity", found.severity == sandbox::Severity::error ? "error" : "note"},
        });
    return list;
}

Result<Done, Error> compiles(const sandbox::Profile& profile)
{
    for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64})
        OUTIS_TRY(sandbox::compile_policy(profile, arch));
    return Done{};
}

}  // namespace

int run(const ProfileListOptions& options)
{
    json::array list;
    for (const std::string& name : shipped_names()) {
        const auto profile =
            sandbox::load_profile(profile_folders().front() / (name + ".toml"), profile_folders());
        const std::string description =
            profile ? profile.value().description : "cannot be read; see 'outis profile check'";
        if (options.json)
            list.push_back(json::object{{"description", description}, {"name", name}});
        else
            std::printf("%-10s  %s\n", name.c_str(), description.c_str());
    }
    if (options.json)
        print(canonical_json(list) + "\n");
    return 0;
}

int run(const ProfileShowOptions& options)
{
    const auto file = file_of(options.profile);
    if (!file)
        return report(file.error());
    const std::optional<sandbox::Profile> profile = load(file.value());
    if (!profile)
        return kBadInput;
    const auto done = show(*profile, options);
    return done ? 0 : report(done.error());
}

int run(const ProfileCheckOptions& options)
{
    const auto file = file_of(options.profile);
    if (!file)
        return report(file.error());
    const auto profile = sandbox::load_profile(file.value(), profile_folders());
    sandbox::Diagnostics found = profile ? profile.value().notes : profile.error();
    if (profile) {
        const auto compiled = compiles(profile.value());
        if (!compiled)
            found.push_back({.file = file.value().string(), .message = compiled.error().text});
    }
    const auto is_note = [](const sandbox::Diagnostic& diagnostic) {
        return diagnostic.severity == sandbox::Severity::note;
    };
    const bool right = std::ranges::all_of(found, is_note);
    if (options.json) {
        print(canonical_json(as_json(found)) + "\n");
    } else {
        if (!options.verbose)
            std::erase_if(found, is_note);
        complain(found);
    }
    return right ? 0 : kAnswerIsNo;
}

int run(const ProfileCompileOptions& options)
{
    const std::optional<sandbox::Profile> profile = load(options.file);
    if (!profile)
        return kBadInput;
    const auto compiled = compile(*profile, options);
    return compiled ? 0 : report(compiled.error());
}

}  // namespace outis::images
