#include "programs/loading.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace outis::images::programs {

namespace {

constexpr std::size_t kMaxObjects = 4096;  // of one process

// musl's names for parts of the C library: its loader is all of them, and looks for no file.
bool is_musl_itself(const std::string& name)
{
    static constexpr std::array<std::string_view, 7> kParts{
        "libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet."};
    return std::ranges::any_of(kParts,
                               [&](std::string_view part) { return name.starts_with(part); });
}

Result<Done, Error> spend(Process& process, std::size_t steps)
{
    if (steps > process.steps_left)
        return bad_input("'" + process.objects.front().place +
                         "' asks for libraries in more places than can be tried");
    process.steps_left -= steps;
    return Done{};
}

}  // namespace

void add_object(Process& process, Object object)
{
    process.files.insert(object.file.string());
    process.objects.push_back(std::move(object));
}

bool is_loaded(const Process& process, const std::string& name)
{
    return (process.path->libc == Libc::musl && is_musl_itself(name)) ||
           process.names.contains(name);
}

Result<Done, Error> load(Process& process, Holder& holder, Tried tried, std::size_t asker,
                         const std::string& name)
{
    if (process.objects.size() >= kMaxObjects)
        return bad_input("'" + process.objects.front().place + "' needs more than 4096 libraries");
    OUTIS_TRY(holder.take(process, tried, asker));
    Object& object = *tried.object;
    process.names.insert(name);
    if (!object.elf.soname.empty())
        process.names.insert(object.elf.soname);
    if (process.objects.size() == 1)
        process.names.insert(host::base_of(name));  // the loader, by whatever path
    // By another path it may be a file that is loaded already.
    if (process.files.contains(object.file.string())) {
        process.aliases.push_back({.name = name, .path = std::move(object.place)});
        return Done{};
    }
    object.asker = asker;
    object.name = name;
    add_object(process, std::move(object));
    return Done{};
}

Result<Attempt, Error> attempt(Process& process, Holder& holder, const std::string& name,
                               std::size_t asker)
{
    Attempt result;
    const Candidates found = candidates(*process.path, process.objects, asker, name);
    OUTIS_TRY(spend(process, found.steps));
    for (const Candidate& candidate : found.places) {
        Tried tried = holder.look(candidate, process.objects.front().elf);
        OUTIS_TRY(spend(process, tried.steps));
        if (tried.object) {
            OUTIS_TRY(load(process, holder, std::move(tried), asker, name));
            result.loaded = true;
            return result;
        }
        if (!tried.why.empty() && std::ranges::find(result.met, tried.why) == result.met.end())
            result.met.push_back(tried.why);
    }
    return result;
}

Result<Done, Error> load_all(Process& process, Holder& holder, std::size_t first)
{
    for (std::size_t i = first; i < process.objects.size(); ++i) {
        // By value: loading moves the objects.
        const std::vector<std::string> needed = process.objects[i].elf.needed;
        for (const std::string& name : needed) {
            OUTIS_TRY(spend(process, steps_of(name.size())));
            if (is_loaded(process, name))
                continue;
            const Attempt result = OUTIS_TRY(attempt(process, holder, name, i));
            if (!result.loaded)
                OUTIS_TRY(holder.miss(process, i, name, result.met));
        }
    }
    return Done{};
}

std::vector<std::string> chain_of(const std::vector<Object>& objects, std::size_t index)
{
    std::vector<std::string> chain;
    for (std::size_t i = index;; i = objects[i].asker) {
        chain.push_back(objects[i].name);
        if (objects[i].asker == i)
            break;
    }
    std::ranges::reverse(chain);
    return chain;
}

}  // namespace outis::images::programs
