#include "commands/import.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <boost/json/object.hpp>

#include "commands/source.h"
#include "commands/text.h"
#include "host/input.h"
#include "host/words.h"
#include "oci/json.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::commands {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

struct ProfileImport {
    std::string file = {};
    ImportChoices choices = {};
    std::string arch = {};
    std::string output = {};  // empty: stdout
    bool json = false;        // text and notes, on stdout
};

// "NET_RAW,CAP_CHOWN"; "all"; empty: none.
Result<std::uint64_t, Error> capability_set(const std::string& text)
{
    const std::vector<std::string> known = sandbox::capability_names(~std::uint64_t{0});
    if (text == "all")
        return (std::uint64_t{1} << known.size()) - 1;
    std::uint64_t set = 0;
    for (const std::string& word : host::split_commas(text)) {
        const std::string name = word.starts_with("CAP_") ? word.substr(4) : word;
        const auto found = std::ranges::find(known, name);
        if (found == known.end())
            return bad_input("there is no capability '" + word + "'" +
                             sandbox::did_you_mean(name, known));
        set |= std::uint64_t{1} << (found - known.begin());
    }
    return set;
}

Result<std::string, Error> text_of(const fs::path& file)
{
    return host::read_file(file, sandbox::kMaxProfileBytes);
}

Result<sandbox::ImportOptions, Error> options_of(const ImportChoices& choices, policy::Arch arch)
{
    sandbox::ImportOptions options;
    options.arch = arch;
    if (!choices.dialect.empty()) {
        options.dialect = sandbox::parse_dialect(choices.dialect);
        if (!options.dialect)
            return bad_input("there is no dialect '" + choices.dialect +
                             "'; write docker, podman, oci, config or spo");
    }
    if (choices.mode == "exact")
        options.mode = sandbox::ImportMode::exact;
    else if (!choices.mode.empty() && choices.mode != "hardened")
        return bad_input("there is no mode '" + choices.mode + "'; write hardened or exact");
    if (choices.capabilities)
        options.capabilities = OUTIS_TRY(capability_set(*choices.capabilities));
    if (!choices.kernel.empty()) {
        const auto kernel = sandbox::parse_kernel_version(choices.kernel);
        if (!kernel)
            return bad_input("'" + choices.kernel + "' is no kernel's version; write it like 6.1");
        options.kernel = *kernel;
    }
    for (const std::string& base : choices.bases) {
        std::string text = OUTIS_TRY(text_of(base));
        options.bases.push_back({.file = base, .text = std::move(text)});
    }
    return options;
}

sandbox::Diagnostics texts_of(const std::vector<sandbox::ImportNote>& notes)
{
    sandbox::Diagnostics texts;
    for (const sandbox::ImportNote& note : notes)
        texts.push_back(note.text);
    return texts;
}

// { dialect, notes: [{ change, column, file, hint, line, message, severity }], profile }
json::object as_json(const sandbox::Imported& imported)
{
    json::array notes = diagnostics_json(texts_of(imported.notes));
    for (std::size_t i = 0; i < notes.size(); ++i)
        notes[i].as_object()["change"] =
            std::string(sandbox::change_name(imported.notes[i].change));
    return json::object{
        {"dialect", std::string(sandbox::dialect_name(imported.dialect))},
        {"notes", std::move(notes)},
        {"profile", imported.toml},
    };
}

// Prints what was not taken over as it is.
Result<int, Error> write_imported(const ProfileImport& options)
{
    OUTIS_TRY(refuse_overwriting(options.file, options.output));
    for (const std::string& base : options.choices.bases)
        OUTIS_TRY(refuse_overwriting(base, options.output));
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const sandbox::Imported imported = OUTIS_TRY(import_file(options.file, options.choices, arch));
    if (!options.json)
        complain(texts_of(imported.notes));
    const std::string text =
        options.json ? oci::canonical_json(as_json(imported)) + "\n" : imported.toml;
    OUTIS_TRY(write_result(options.output, host::as_bytes(text)));
    return 0;
}

}  // namespace

Result<sandbox::Imported, Error> import_file(const fs::path& file, const ImportChoices& choices,
                                             policy::Arch arch)
{
    const sandbox::ImportOptions options = OUTIS_TRY(options_of(choices, arch));
    const std::string text = OUTIS_TRY(text_of(file));
    auto imported = sandbox::import_profile({.file = file.string(), .text = text}, options);
    if (imported)
        return imported.take();
    complain(imported.error());
    return Failure{kPrinted};
}

Command import_profile_command()
{
    const auto from = std::make_shared<ProfileImport>();
    return {
        .name = "import",
        .help = "write another tool's JSON as a profile",
        .options = concat({{{"FILE", &from->file, "", "the JSON"},
                            arch_option(from->arch),
                            stdout_option(from->output),
                            json_option(from->json)},
                           import_options(from->choices)}),
        .run = [from](Words) { return write_imported(*from); },
    };
}

}  // namespace outis::images::commands
