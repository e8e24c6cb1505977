#include "programs/search.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "host/root.h"
#include "layers/tree.h"

namespace outis::images::programs {

namespace {

constexpr std::size_t kMaxSteps = 4096;  // for one name

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
const char* processor_name(policy::Arch arch)
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
    const std::string folder = host::folder_of(path);
    return folder == "/" ? "" : folder;
}

// Nothing if it becomes too long for a path.
std::optional<Candidate> expanded(std::string_view text, const SearchPath& path,
                                  const Object& object)
{
    if (text.size() > layers::kMaxPathLength)
        return std::nullopt;
    Candidate result;
    while (!text.empty() && result.look.size() <= layers::kMaxPathLength &&
           result.place.size() <= layers::kMaxPathLength) {
        const auto* token = std::ranges::find_if(kTokens, [&](const Token& row) {
            return text.starts_with(row.text) &&
                   (row.text.ends_with('}') || ends_a_word(text.substr(row.text.size())));
        });
        if (token == kTokens.end()) {
            const std::string_view plain = text.substr(0, text.find('$', 1));
            result.look += plain;
            result.place += plain;
            text.remove_prefix(plain.size());
            continue;
        }
        text.remove_prefix(token->text.size());
        if (token->meaning == Token::origin) {
            result.look += origin_of(object.look);
            result.place += origin_of(object.place);
        } else {
            const std::string word =
                token->meaning == Token::lib ? path.lib : processor_name(path.arch);
            result.look += word;
            result.place += word;
        }
    }
    return result;
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

    // LD_LIBRARY_PATH; its $ORIGIN is the program's.
    void add_variable(std::string_view separators)
    {
        add_list(path_.variable, objects_.front(), separators);
    }

    // `list` is of `object`, its folders between any of `separators`.
    void add_list(std::string_view list, const Object& object, std::string_view separators = ":")
    {
        while (!list.empty() && !is_full()) {
            const std::size_t end = std::min(list.find_first_of(separators), list.size());
            add_expanded(list.substr(0, end), object);
            list.remove_prefix(std::min(end + 1, list.size()));
        }
    }

    void add_folders(std::span<const std::string> folders)
    {
        for (const std::string& folder : folders) {
            if (is_full())
                return;
            const std::string place = host::joined_path(folder, name_);
            add({.look = place, .place = place});
        }
    }

    void add_cached(bool built_in_too)
    {
        if (!path_.cache)
            return;
        const auto [first, last] = path_.cache->equal_range(name_);
        for (auto row = first; row != last && !is_full(); ++row) {
            const std::string& place = row->second;
            if (built_in_too || !is_built_in(place))
                add({.look = place, .place = place});
            else
                ++found_.steps;
        }
    }

    // A name that is a path.
    void add_path(const Object& object)
    {
        if (const auto where = expanded(name_, path_, object))
            add(*where);
    }

    // From objects[first] to who asked for it, up to the program.
    template <typename Visit>
    void up(std::size_t first, Visit visit)
    {
        for (std::size_t i = first;; i = objects_[i].asker) {
            visit(objects_[i]);
            ++found_.steps;
            if (objects_[i].asker == i || is_full())
                return;
        }
    }

    [[nodiscard]] Candidates take() { return std::move(found_); }

private:
    [[nodiscard]] bool is_full() const { return found_.steps >= kMaxSteps; }

    [[nodiscard]] bool is_built_in(const std::string& place) const
    {
        return std::ranges::find(path_.built_in, host::folder_of(place)) != path_.built_in.end();
    }

    void add_expanded(std::string_view folder, const Object& object)
    {
        found_.steps += steps_of(folder.size());
        const auto where = expanded(folder, path_, object);
        if (where && !folder.empty())
            add({.look = host::joined_path(where->look, name_),
                 .place = host::joined_path(where->place, name_)});
    }

    void add(const Candidate& candidate)
    {
        found_.steps += steps_of(candidate.look.size());
        const bool absolute = candidate.look.starts_with('/') && candidate.place.starts_with('/');
        if (absolute &&
            std::max(candidate.look.size(), candidate.place.size()) <= layers::kMaxPathLength)
            found_.places.push_back(candidate);
    }

    const SearchPath& path_;
    std::span<const Object> objects_;
    const std::string& name_;
    Candidates found_;
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
    places.add_variable(":;");
    places.add_list(object.elf.runpath, object);
    const bool defaults = !object.elf.no_default_folders;
    places.add_cached(defaults);
    places.add_folders(path.folders);
    if (defaults)
        places.add_folders(path.built_in);
}

void add_musl(Places& places, const SearchPath& path, std::size_t asker)
{
    if (path.variable.find('$') == std::string::npos)  // which musl leaves as it stands
        places.add_variable(":\n");
    places.up(asker, [&](const Object& above) {
        const std::string& list = above.elf.runpath.empty() ? above.elf.rpath : above.elf.runpath;
        if (musl_takes(list))
            places.add_list(list, above);
    });
    places.add_folders(path.folders);
    places.add_folders(path.built_in);
}

}  // namespace

Candidates candidates(const SearchPath& path, std::span<const Object> objects, std::size_t asker,
                      const std::string& name)
{
    Places places(path, objects, name);
    if (name.find('/') != std::string::npos)
        places.add_path(objects[asker]);
    else if (path.libc == Libc::musl)
        add_musl(places, path, asker);
    else
        add_glibc(places, path, objects, asker);
    return places.take();
}

}  // namespace outis::images::programs
