// From files to a profile: what a file extends is read before it, each file once.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <system_error>

#include "outis/sandbox/document.h"
#include "outis/sandbox/profile.h"
#include "outis/sandbox/suggest.h"
#include "sandbox/profile/statements.h"

namespace outis::sandbox {
namespace {

namespace fs = std::filesystem;

std::string stem_of(std::string_view file)
{
    return fs::path(file).stem().string();
}

// Gives the text of an extended profile; empty if there is none of that name.
class Library {
public:
    virtual ~Library() = default;
    virtual std::optional<ProfileText> find(const std::string& name, const std::string& from) = 0;
    // Names that would have been right.
    virtual std::vector<std::string> names() = 0;
};

class Texts final : public Library {
public:
    explicit Texts(std::span<const ProfileText> texts) : texts_(texts) {}

    std::optional<ProfileText> find(const std::string& name, const std::string&) override
    {
        const auto found = std::ranges::find_if(
            texts_, [&](const ProfileText& text) { return stem_of(text.file) == name; });
        if (found == texts_.end())
            return std::nullopt;
        return *found;
    }

    std::vector<std::string> names() override
    {
        std::vector<std::string> result;
        for (const ProfileText& text : texts_)
            result.push_back(stem_of(text.file));
        return result;
    }

private:
    std::span<const ProfileText> texts_;
};

// Reads at most one byte more than a profile may have, so that no file can fill the memory.
std::optional<std::string> read_file(const fs::path& file)
{
    std::error_code failed;
    if (!fs::is_regular_file(file, failed))
        return std::nullopt;
    std::ifstream stream(file, std::ios::binary);
    std::string text(kMaxProfileBytes + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.eof() && stream.fail())
        return std::nullopt;
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return text;
}

class Folders final : public Library {
public:
    explicit Folders(std::span<const fs::path> search) : search_(search) {}

    std::optional<ProfileText> find(const std::string& name, const std::string& from) override
    {
        std::vector<fs::path> folders{fs::path(from).parent_path()};
        folders.insert(folders.end(), search_.begin(), search_.end());
        for (const fs::path& folder : folders) {
            const fs::path file = folder / (name + ".toml");
            if (std::optional<std::string> text = read_file(file))
                return ProfileText{.file = file.string(), .text = std::move(*text)};
        }
        return std::nullopt;
    }

    std::vector<std::string> names() override
    {
        std::vector<std::string> result;
        for (const fs::path& folder : search_) {
            std::error_code failed;
            for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
                if (entry.path().extension() == ".toml")
                    result.push_back(entry.path().stem().string());
            }
        }
        return result;
    }

private:
    std::span<const fs::path> search_;
};

bool is_profile_name(std::string_view name)
{
    return !name.empty() && name.size() < policy::kNameSize &&
           std::ranges::all_of(name,
                               [](char c) {
                                   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                          (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                                          c == '.';
                               }) &&
           name.front() != '.';
}

class Loader {
public:
    explicit Loader(Library& library) : library_(library) {}

    // The whole of `text`: what it extends, then itself. Recursion ends at kMaxExtendsDepth. False
    // if it is no TOML.
    bool load(const ProfileText& text)
    {
        Complaints complaints(text);
        const language::Reader reader(complaints);
        const auto root = parse_toml(text, complaints);
        if (root) {
            open_.push_back(stem_of(text.file));
            for (const language::Word& word : profile::read_extends(root.value(), reader))
                statements_.incomplete |= !extend(word, text, complaints);
            open_.pop_back();
            profile::read_statements(root.value(), reader, statements_);
            if (open_.empty())
                profile_ = profile::finish(std::move(statements_), root.value(), reader);
        }
        for (Diagnostic& found : complaints.take())
            found_.push_back(std::move(found));
        return static_cast<bool>(root);
    }

    Result<Profile, Diagnostics> take(std::string name)
    {
        const auto is_error = [](const Diagnostic& d) { return d.severity == Severity::error; };
        if (std::ranges::any_of(found_, is_error)) {
            std::erase_if(found_, std::not_fn(is_error));
            return Failure{std::move(found_)};
        }
        profile_.name = std::move(name);
        profile_.notes = std::move(found_);
        return std::move(profile_);
    }

private:
    // False, and complained about, if it cannot be read.
    bool extend(const language::Word& word, const ProfileText& from, Complaints& complaints)
    {
        std::string name = word.text;
        if (name.ends_with(".toml"))
            name.resize(name.size() - 5);
        if (!is_profile_name(name)) {
            complaints.error(word.place, "'" + word.text + "' is not a profile's name",
                             "write its file's name without folder");
            return false;
        }
        if (std::ranges::find(open_, name) != open_.end()) {
            complaints.error(word.place, "'" + name + "' extends itself, here or by others",
                             "remove it");
            return false;
        }
        if (!known_.insert(name).second)
            return true;
        if (open_.size() == kMaxExtendsDepth || known_.size() >= kMaxProfileFiles) {
            complaints.error(word.place, "profiles extend each other too often",
                             "at most 8 deep and 32 in all");
            return false;
        }
        const std::optional<ProfileText> text = library_.find(name, from.file);
        if (!text) {
            complaints.error(word.place, "there is no profile '" + name + "'",
                             hint_at(name, library_.names()));
            return false;
        }
        return load(*text);
    }

    Library& library_;
    profile::Statements statements_ = profile::no_statements();
    Profile profile_;
    Diagnostics found_;
    std::vector<std::string> open_;  // names of the files being read
    std::set<std::string> known_;
};

Result<Profile, Diagnostics> load_from(Library& library, const ProfileText& text)
{
    std::string name = stem_of(text.file);
    if (!is_profile_name(name))
        return Failure{Diagnostics{Diagnostic{
            .file = text.file,
            .message = "the file's name does not make a profile's name",
            .hint = "use at most 31 letters, digits, '-', '_' and '.', then '.toml'",
        }}};
    Loader loader(library);
    (void)loader.load(text);
    return loader.take(std::move(name));
}

}  // namespace

Result<Profile, Diagnostics> load_profile(const fs::path& file, std::span<const fs::path> search)
{
    const std::optional<std::string> text = read_file(file);
    if (!text)
        return Failure{Diagnostics{Diagnostic{
            .file = file.string(),
            .message = "cannot read the profile",
            .hint = "is there such a file, and may you read it?",
        }}};
    Folders folders(search);
    return load_from(folders, {.file = file.string(), .text = *text});
}

Result<Profile, Diagnostics> parse_profile(std::span<const ProfileText> texts)
{
    if (texts.empty())
        __builtin_trap();
    Texts library(texts);
    return load_from(library, texts.front());
}

}  // namespace outis::sandbox
