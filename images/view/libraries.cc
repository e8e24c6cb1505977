#include "view/libraries.h"

#include <optional>
#include <utility>

#include "host/input.h"
#include "programs/ld_cache.h"

namespace outis::images::view {

namespace {

constexpr const char* kCache = "/etc/ld.so.cache";
constexpr std::size_t kMaxLoaders = 32;          // of one image
constexpr std::size_t kMaxVariable = 128 << 10;  // execve(2)'s MAX_ARG_STRLEN
constexpr std::size_t kNamesAStep = 8;           // of a path that is followed

// Whose modules they are in an image without a program. Source: the psABI supplements.
const char* usual_loader(policy::Arch arch)
{
    return arch == policy::Arch::aarch64 ? "/lib/ld-linux-aarch64.so.1"
                                         : "/lib64/ld-linux-x86-64.so.2";
}

std::string debian_folder(policy::Arch arch)
{
    return arch == policy::Arch::aarch64 ? "/lib/aarch64-linux-gnu" : "/lib/x86_64-linux-gnu";
}

const std::string& text_of(const Flattened& files, const std::string& path)
{
    static const std::string kNone;
    const Node* node = files.find(path);
    return node == nullptr ? kNone : node->entry.facts.text;
}

// The image's files, and what is missing among them.
class ImageHolder : public programs::Holder {
public:
    ImageHolder(const Flattened& files, const std::set<std::string>& loaded,
                const std::set<std::string>& modules)
        : files_(files), loaded_(loaded), modules_(modules)
    {
    }

    programs::Tried look(const programs::Candidate& candidate,
                         const programs::Elf& program) override
    {
        const Way way = files_.follow(candidate.place);
        programs::Tried tried{.steps = 1 + way.names / kNamesAStep};
        const auto found = way.path ? files_.nodes().find(*way.path) : files_.nodes().end();
        if (found == files_.nodes().end())
            return tried;
        const Node& node = found->second;
        const FileFacts& facts = node.entry.facts;
        const bool serves =
            facts.elf ? facts.elf->machine == program.machine && facts.elf->bits == program.bits
                      : facts.not_looked_into;
        if (!serves)
            return tried;
        tried.object = programs::Object{.look = candidate.look,
                                        .place = candidate.place,
                                        .file = node.same_file.empty() ? *way.path : node.same_file,
                                        .elf = facts.elf.value_or(programs::Elf{})};
        return tried;
    }

    Result<Done, Error> take(const programs::Process&, const programs::Tried&, std::size_t) override
    {
        return Done{};
    }

    Result<Done, Error> miss(const programs::Process& process, std::size_t asker,
                             const std::string& name, const std::vector<std::string>&) override
    {
        if (!loaded_.contains(name) && !modules_.contains(name))
            missing_.insert({.asker = process.objects[asker].file.string(), .name = name});
        return Done{};
    }

    [[nodiscard]] std::set<MissingLibrary> take_missing() { return std::move(missing_); }

private:
    const Flattened& files_;
    const std::set<std::string>& loaded_;
    const std::set<std::string>& modules_;
    std::set<MissingLibrary> missing_;
};

}  // namespace

LibrarySearch::LibrarySearch(const Flattened& files, const std::string& library_path)
    : files_(files), variable_(library_path.size() < kMaxVariable ? library_path : "")
{
}

std::shared_ptr<const programs::LdCache> LibrarySearch::cache_of(policy::Arch arch)
{
    const auto [row, is_new] = caches_.try_emplace(arch);
    if (is_new) {
        // A loader passes over a list that it cannot read.
        Result<std::vector<programs::CacheEntry>, Error> entries =
            programs::read_ld_cache(host::as_bytes(text_of(files_, kCache)), arch, kCache);
        row->second = std::make_shared<const programs::LdCache>(
            entries ? programs::by_name(entries.take()) : programs::LdCache());
    }
    return row->second;
}

LibrarySearch::Loader& LibrarySearch::loader_of(const std::string& interpreter, policy::Arch arch)
{
    const auto known = loaders_.find(interpreter);
    if (known != loaders_.end())
        return known->second;
    const std::optional<std::string> real = files_.resolve(interpreter);
    programs::SearchPath path =
        programs::built_in_path(arch, interpreter, real ? "/" + *real : interpreter);
    path.variable = variable_;
    if (path.libc == programs::Libc::musl) {
        const std::string file = programs::musl_path_file(interpreter);
        if (files_.find(file) != nullptr)
            programs::take_musl_path(path, text_of(files_, file));
    } else {
        path.cache = cache_of(arch);
        // Debian's loader, copied to another place as a file, still looks where it came from.
        const std::string folder = debian_folder(arch);
        path.built_in.insert(path.built_in.end(), {folder, "/usr" + folder});
    }
    Loader loader{.path = std::make_shared<const programs::SearchPath>(std::move(path))};
    return loaders_.emplace(interpreter, std::move(loader)).first->second;
}

std::set<MissingLibrary> LibrarySearch::ask(const std::string& path, const std::string& interpreter,
                                            bool is_module)
{
    gave_up_ = gave_up_ || (loaders_.size() >= kMaxLoaders && !loaders_.contains(interpreter));
    if (gave_up_)
        return {};
    const programs::Elf& elf = *files_.find(path)->entry.facts.elf;
    Loader& loader = loader_of(interpreter, *programs::image_arch(elf));
    const std::string place = "/" + path;
    programs::Process process{.path = loader.path, .steps_left = steps_left_};
    programs::add_object(process,
                         {.look = place, .place = place, .file = path, .elf = elf, .name = place});
    static const std::set<std::string> kNone;
    ImageHolder holder(files_, is_module ? loader.names : kNone, is_module ? module_names_ : kNone);
    programs::Tried own = holder.look({.look = interpreter, .place = interpreter}, elf);
    if (!own.object)  // that it is missing is said elsewhere
        own.object =
            programs::Object{.look = interpreter, .place = interpreter, .file = interpreter};
    const auto run = [&]() -> Result<Done, Error> {
        OUTIS_TRY(programs::load(process, holder, std::move(own), 0, interpreter));
        return programs::load_all(process, holder, 0);
    };
    gave_up_ = !run() || gave_up_;
    steps_left_ = process.steps_left;
    for (std::size_t i = 1; i < process.objects.size(); ++i)
        loaded_.insert(process.objects[i].file.string());
    if (!is_module)
        loader.names.merge(process.names);
    return holder.take_missing();
}

std::set<MissingLibrary> LibrarySearch::missing_of_program(const std::string& path)
{
    const Node* node = files_.find(path);
    if (node == nullptr || !node->entry.facts.elf ||
        !programs::image_arch(*node->entry.facts.elf) || node->entry.facts.elf->interpreter.empty())
        return {};
    return ask(path, node->entry.facts.elf->interpreter, false);
}

std::set<MissingLibrary> LibrarySearch::missing_of_module(const std::string& path)
{
    const Node* node = files_.find(path);
    if (node == nullptr || !node->entry.facts.elf || loaded_.contains(path))
        return {};
    const std::optional<policy::Arch> arch = programs::image_arch(*node->entry.facts.elf);
    if (!arch)
        return {};
    if (loaders_.empty())
        return ask(path, usual_loader(*arch), true);
    std::vector<std::string> interpreters;
    for (const auto& row : loaders_)
        interpreters.push_back(row.first);
    std::set<MissingLibrary> missing;
    for (const std::string& interpreter : interpreters) {
        missing = ask(path, interpreter, true);
        if (missing.empty())
            break;
    }
    return missing;
}

}  // namespace outis::images::view
