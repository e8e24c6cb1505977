#include "bill/relations.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "host/root.h"
#include "layers/tree.h"

namespace outis::images::bill {

namespace {

// What maintainer scripts need, and the C library. Sorted.
constexpr std::array<std::string_view, 27> kNotFollowed{
    "adduser",
    "base-files",
    "base-passwd",
    "ca-certificates",
    "coreutils",
    "dash",
    "debconf",
    "debconf-2.0",
    "debianutils",
    "dpkg",
    "gcc-12-base",
    "gcc-14-base",
    "init-system-helpers",
    "install-info",
    "libc-bin",
    "libc6",
    "login",
    "lsb-base",
    "musl",
    "passwd",
    "procps",
    "sed",
    "so:libc.musl-aarch64.so.1",
    "so:libc.musl-x86_64.so.1",
    "sysvinit-utils",
    "ucf",
    "util-linux",
};
static_assert(std::ranges::is_sorted(kNotFollowed));

bool is_followed(std::string_view name)
{
    return !std::ranges::binary_search(kNotFollowed, name);
}

// "libc6" of "libc6:any (>= 2.36)", or of apk's "so:libz.so.1>=1.3" (whose colon stays).
std::string_view name_of(std::string_view need, PackageFormat format)
{
    return need.substr(0, need.find_first_of(format == PackageFormat::deb ? " (:\n\t" : "<>=~ "));
}

std::string_view take_piece(std::string_view& text, char separator)
{
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view piece = without_blanks(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return piece;
}

// Gathers relations up to the limit.
class Counter {
public:
    bool add(std::vector<std::string_view>& list, std::string_view text, char separator)
    {
        while (!text.empty()) {
            const std::string_view piece = take_piece(text, separator);
            if (piece.empty())
                continue;
            if (++count_ > kMaxRelations)
                return false;
            list.push_back(piece);
        }
        return true;
    }

private:
    std::size_t count_ = 0;
};

Failure<Error> too_many_relations()
{
    return bad_input("it has more than " + std::to_string(kMaxRelations) +
                     " dependencies and provided names");
}

std::string_view first_line(std::string_view text)
{
    return without_blanks(take_line(text));
}

// A field's value with the lines that go on, in `text` behind it.
std::string_view whole_value(std::string_view line, std::string_view& text)
{
    const std::size_t colon = line.find(':');
    std::string_view value = colon == line.npos ? line.substr(line.size()) : line.substr(colon + 1);
    while (text.starts_with(' ') || text.starts_with('\t')) {
        const std::string_view next = take_line(text);
        value = {value.data(), static_cast<std::size_t>(next.data() + next.size() - value.data())};
    }
    return value;
}

}  // namespace

Result<PackageTable, Error> dpkg_table(std::string_view status, std::string_view arch)
{
    const std::optional<std::vector<Stanza>> stanzas = read_dpkg_status(status);
    if (!stanzas)
        return bad_input("it is damaged, or lists more than " + std::to_string(kMaxPackages) +
                         " packages");
    PackageTable table;
    Counter counter;
    for (const Stanza& stanza : *stanzas) {
        Relations row{.record = stanza.text};
        std::string_view name;
        std::string_view rest = stanza.text;
        bool fits = true;
        while (!rest.empty() && fits) {
            const std::string_view line = take_line(rest);
            const std::string_view key = line.substr(0, line.find(':'));
            const std::string_view value = whole_value(line, rest);
            if (is_field(key, "Package") && name.empty())
                name = first_line(value);
            else if (is_field(key, "Architecture") && row.arch.empty())
                row.arch = first_line(value);
            else if (is_field(key, "Depends") || is_field(key, "Pre-Depends"))
                fits = counter.add(row.needs, value, ',');
            else if (is_field(key, "Provides"))
                fits = counter.add(row.provides, value, ',');
        }
        if (!fits)
            return too_many_relations();
        const bool is_native = row.arch == arch;
        const auto [known, is_new] = table.by_name.try_emplace(name, std::move(row));
        if (!is_new && is_native)
            known->second = std::move(row);
    }
    return table;
}

Result<PackageTable, Error> apk_table(std::string_view installed)
{
    PackageTable table{.format = PackageFormat::apk};
    Counter counter;
    std::string_view rest = installed;
    while (!rest.empty()) {
        const std::string_view begin = rest;
        Relations row;
        std::string_view name;
        bool fits = true;
        while (!rest.empty() && fits) {
            const std::string_view line = take_line(rest);
            if (line.empty())
                break;
            if (line.size() < 2 || line[1] != ':' || line.find('\0') != std::string_view::npos)
                return bad_input("it is damaged");
            const std::string_view value = line.substr(2);
            if (line[0] == 'P')
                name = value;
            else if (line[0] == 'D')
                fits = counter.add(row.needs, value, ' ');
            else if (line[0] == 'p')
                fits = counter.add(row.provides, value, ' ');
        }
        if (!fits)
            return too_many_relations();
        row.record = begin.substr(0, begin.size() - rest.size());
        if (!name.empty())
            table.by_name.insert_or_assign(name, std::move(row));
        if (table.by_name.size() > kMaxPackages)
            return bad_input("it lists more than " + std::to_string(kMaxPackages) + " packages");
    }
    return table;
}

std::set<std::string_view> with_needed(const PackageTable& table,
                                       const std::vector<std::string>& names)
{
    std::map<std::string_view, std::string_view> providers;
    for (const auto& [name, row] : table.by_name) {
        for (const std::string_view provided : row.provides)
            providers.emplace(name_of(provided, table.format), name);
    }
    std::set<std::string_view> taken;
    std::vector<std::string_view> pending(names.begin(), names.end());
    while (!pending.empty()) {
        const auto row = table.by_name.find(pending.back());
        pending.pop_back();
        if (row == table.by_name.end() || !taken.insert(row->first).second)
            continue;
        for (std::string_view choices : row->second.needs) {
            while (!choices.empty()) {
                std::string_view wanted = name_of(take_piece(choices, '|'), table.format);
                if (!is_followed(wanted))
                    break;
                if (const auto provider = providers.find(wanted);
                    !table.by_name.contains(wanted) && provider != providers.end())
                    wanted = provider->second;
                if (!table.by_name.contains(wanted))
                    continue;
                if (is_followed(wanted))
                    pending.push_back(wanted);
                break;
            }
        }
    }
    return taken;
}

Result<Done, Error> each_file(std::string_view record, const OnPath& on_path)
{
    std::string_view folder;
    while (!record.empty()) {
        const std::string_view line = take_line(record);
        const bool is_folder = line.starts_with("F:");
        if (!is_folder && !line.starts_with("R:"))
            continue;
        const std::string_view value = line.substr(2);
        if (is_folder)
            folder = value;
        if (folder.size() + (is_folder ? 1 : value.size() + 2) > layers::kMaxPathLength)
            continue;
        std::string path = "/" + std::string(folder);
        if (!is_folder)
            path = host::joined_path(path, std::string(value));
        OUTIS_TRY(on_path(path));
    }
    return Done{};
}

}  // namespace outis::images::bill
