#include "closure/search.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "files/root.h"

namespace outis::images {

namespace {

constexpr std::size_t kMaxPlaces = 4096;  // of one name

// The words that glibc replaces in DT_RPATH, DT_RUNPATH and DT_NEEDED.
struct Token {
    std::string_view text;

    enum { origin, lib, platform } meaning;
};

constexpr std::array kTokens{
    Token{"$ORIGIN", Token::origin},     Token{"${ORIGIN}", Token::origin},
    Token{"$LIB", Token::lib},           Token{"${LIB}", Token::lib},
    Token{"$PLATFORM", Token::platform}, Token{"${PLATFORM}", Token::platform},
};

// AT_PLATFORM, as the kernel tells it.
const char* platform_name(policy::Arch arch)
{
    return arch == policy::Arch::aarch64 ? "aarch64" : "x86_64";
}

bool ends_a_word(std::string_view rest)
{
    return rest.empty() || !(rest.front() == '_' || (rest.front() >= 'A' && rest.front() <= 'Z') ||
                             (rest.front() >= 'a' && rest.front() <= 'z') ||
                             (rest.front() >= '0' && rest.front() <= '9'));
}

// Empty for a file in the root itself, so that "$ORIGIN/lib" is "/lib".
std::string origin_of(const std::string& path)
{
    const std::string folder = folder_of(path);
    return folder == "/" ? "" : folder;
}

Candidate expanded(std::string_view text, const SearchPath& path, const Object& object)
{
    Candidate result;
    while (!text.empty()) {
        const auto* token = std::ranges::find_if(kTokens, [&](const Token& row) {
            return text.starts_with(row.text) &&
                   (row.text.ends_with('}') || ends_a_word(text.substr(row.text.size())));
        });
        if (token == kTokens.end()) {
            result.look += text.front();
            result.place += text.front();
            text.remove_prefix(1);
            continue;
        }
        text.remove_prefix(token->text.size());
        if (token->meaning == Token::origin) {
            result.look += origin_of(object.look);
            result.place += origin_of(object.place);
        } else {
            const std::string word =
                token->meaning == Token::lib ? path.lib : platform_name(path.arch);
            result.look += word;
            result.place += word;
        }
    }
    return result;
}

std::vector<std::string_view> split_colons(std::string_view text)
{
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(':'), text.size());
        parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

// musl knows $ORIGIN alone, and takes a list with any other '$' for none.
bool musl_takes(std::string_view list)
{
    for (std::size_t at = list.find('$'); at != std::string_view::npos;
         at = list.find('$', at + 1)) {
        const std::string_view rest = list.substr(at);
        if (!rest.starts_with("$ORIGIN") && !rest.starts_with("${ORIGIN}"))
            return false;
    }
    return true;
}

class Places {
public:
    Places(const SearchPath& path, std::span<const Object> objects, const std::string& name)
        : path_(path), objects_(objects), name_(name)
    {
    }

    void add_list(std::string_view list, const Object& object)
    {
        for (const std::string_view folder : split_colons(list)) {
            if (is_full())
                return;
            const Candidate where = expanded(folder, path_, object);
            add({.look = joined_path(where.look, name_), .place = joined_path(where.place, name_)});
        }
    }

    void add_folders(std::span<const std::string> folders)
    {
        for (const std::string& folder : folders) {
            const std::string place = joined_path(folder, name_);
            add({.look = place, .place = place});
        }
    }

    void add_cached(bool built_in_too)
    {
        for (const CacheEntry& entry : path_.cache) {
            const bool built_in =
                std::ranges::find(path_.built_in, folder_of(entry.path)) != path_.built_in.end();
            if (entry.name == name_ && (built_in_too || !built_in))
                add({.look = entry.path, .place = entry.path});
        }
    }

    void add(const Candidate& candidate)
    {
        if (candidate.look.starts_with('/') && candidate.place.starts_with('/') && !is_full())
            found_.push_back(candidate);
    }

    // From objects[first] to who asked for it, up to the program.
    template <typename Visit>
    void up(std::size_t first, Visit visit)
    {
        for (std::size_t i = first;; i = objects_[i].asker) {
            visit(objects_[i]);
            if (objects_[i].asker == i || is_full())
                return;
        }
    }

    [[nodiscard]] bool is_full() const { return found_.size() >= kMaxPlaces; }

    [[nodiscard]] std::vector<Candidate> take() { return std::move(found_); }

private:
    const SearchPath& path_;
    std::span<const Object> objects_;
    const std::string& name_;
    std::vector<Candidate> found_;
};

void add_glibc(Places& places, const SearchPath& path, std::span<const Object> objects,
               std::size_t asker)
{
    const Object& object = objects[asker];
    if (object.elf.runpath.empty()) {
        places.up(asker, [&](const Object& above) {
            if (above.elf.runpath.empty())
                places.add_list(above.elf.rpath, above);
        });
    }
    places.add_folders(path.variable);
    places.add_list(object.elf.runpath, object);
    const bool defaults = !object.elf.no_default_folders;
    places.add_cached(defaults);
    places.add_folders(path.folders);
    if (defaults)
        places.add_folders(path.built_in);
}

void add_musl(Places& places, const SearchPath& path, std::size_t asker)
{
    places.add_folders(path.variable);
    places.up(asker, [&](const Object& above) {
        const std::string& list = above.elf.runpath.empty() ? above.elf.rpath : above.elf.runpath;
        if (musl_takes(list))
            places.add_list(list, above);
    });
    places.add_folders(path.folders);
    places.add_folders(path.built_in);
}

}  // namespace

std::vector<Candidate> candidates(const SearchPath& path, std::span<const Object> objects,
                                  std::size_t asker, const std::string& name)
{
    Places places(path, objects, name);
    if (name.find('/') != std::string::npos)
        places.add(expanded(name, path, objects[asker]));
    else if (path.libc == Libc::musl)
        add_musl(places, path, asker);
    else
        add_glibc(places, path, objects, asker);
    return places.take();
}

}  // namespace outis::images
