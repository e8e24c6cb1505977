#include "commands/import.h"

#include <algorithm>
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

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

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

Result<sandbox::ImportOptions, Error> options_of(const ImportWords& words, policy::Arch arch)
{
    sandbox::ImportOptions options;
    options.arch = arch;
    if (!words.dialect.empty()) {
        options.dialect = sandbox::parse_dialect(words.dialect);
        if (!options.dialect)
            return bad_input("there is no dialect '" + words.dialect +
                             "'; write docker, podman, oci, config or spo");
    }
    if (words.mode == "exact")
        options.mode = sandbox::ImportMode::exact;
    else if (!words.mode.empty() && words.mode != "hardened")
        return bad_input("there is no mode '" + words.mode + "'; write hardened or exact");
    if (words.capabilities)
        options.capabilities = OUTIS_TRY(capability_set(*words.capabilities));
    if (!words.kernel.empty()) {
        const auto kernel = sandbox::parse_kernel_version(words.kernel);
        if (!kernel)
            return bad_input("'" + words.kernel + "' is no kernel's version; write it like 6.1");
        options.kernel = *kernel;
    }
    for (const std::string& base : words.bases) {
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

Result<Done, int> import(const ProfileImportOptions& options)
{
    OUTIS_TRY(told(refuse_overwriting(options.file, options.output)));
    for (const std::string& base : options.words.bases)
        OUTIS_TRY(told(refuse_overwriting(base, options.output)));
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const sandbox::Imported imported = OUTIS_TRY(import_file(options.file, options.words, arch));
    if (!options.json)
        complain(texts_of(imported.notes));
    const std::string text =
        options.json ? oci::canonical_json(as_json(imported)) + "\n" : imported.toml;
    if (!options.output.empty())
        return told(write_whole(options.output, host::as_bytes(text)));
    print(text);
    return Done{};
}

}  // namespace

Result<sandbox::Imported, int> import_file(const fs::path& file, const ImportWords& words,
                                           policy::Arch arch)
{
    const sandbox::ImportOptions options = OUTIS_TRY(told(options_of(words, arch)));
    const std::string text = OUTIS_TRY(told(text_of(file)));
    auto imported = sandbox::import_profile({.file = file.string(), .text = text}, options);
    if (imported)
        return imported.take();
    complain(imported.error());
    return Failure{kBadInput};
}

int run(const ProfileImportOptions& options)
{
    return exit_code(import(options));
}

}  // namespace outis::images::commands
