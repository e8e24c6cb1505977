#include "content/file_capability.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <string_view>
#include <vector>

#include <linux/capability.h>
#include <sys/capability.h>

#include "host/input.h"
#include "outis/base/bytes.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::content {

namespace {

struct FreeCap {
    void operator()(_cap_struct* it) const noexcept { ::cap_free(it); }

    void operator()(char* it) const noexcept { ::cap_free(it); }
};

using State = std::unique_ptr<_cap_struct, FreeCap>;

std::vector<std::string> known_names()
{
    std::vector<std::string> names;
    for (int number = 0; number <= CAP_LAST_CAP; ++number) {
        const std::unique_ptr<char, FreeCap> name(::cap_to_name(number));
        if (name != nullptr)
            names.emplace_back(name.get());
    }
    return names;
}

// The names of a text's clauses, in lower case: of "cap_chown,cap_kill+ep" two.
std::vector<std::string> names_in(const std::string& text)
{
    std::vector<std::string> names;
    std::string name;
    bool in_names = true;
    for (const char c : text + " ") {
        const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
        const bool sign = c == '+' || c == '-' || c == '=';
        if (in_names && (blank || sign || c == ',')) {
            if (!name.empty() || sign)
                names.push_back(name);
            name.clear();
        } else if (in_names) {
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
        in_names = blank || (in_names && !sign);
    }
    return names;
}

Result<Done, Error> check_names(const std::string& text)
{
    const std::vector<std::string> known = known_names();
    const std::vector<std::string> names = names_in(text);
    for (const std::string& name : names) {
        if (name.empty() || name == "all")
            return bad_input("capabilities '" + text +
                             "' must be named, since what 'all' means depends on the machine; "
                             "write 'cap_NAME+ep'");
        if (std::ranges::find(known, name) == known.end())
            return bad_input("unknown capability '" + name + "'" +
                             sandbox::did_you_mean(name, known));
    }
    if (names.empty())
        return bad_input("there are no capabilities in '" + text + "'; write 'cap_NAME+ep'");
    return Done{};
}

std::uint64_t bits_of(_cap_struct* state, cap_flag_t set)
{
    std::uint64_t bits = 0;
    for (int number = 0; number <= CAP_LAST_CAP; ++number) {
        cap_flag_value_t value = CAP_CLEAR;
        if (::cap_get_flag(state, number, set, &value) == 0 && value == CAP_SET)
            bits |= std::uint64_t{1} << number;
    }
    return bits;
}

}  // namespace

Result<FileCapability, Error> parse_file_capability(const std::string& text)
{
    OUTIS_TRY(check_names(text));
    const State state(::cap_from_text(text.c_str()));
    if (state == nullptr)
        return bad_input("capabilities '" + text +
                         "' are malformed; write 'cap_NAME,cap_NAME+ep', as setcap takes it");
    const std::uint64_t permitted = bits_of(state.get(), CAP_PERMITTED);
    const std::uint64_t inheritable = bits_of(state.get(), CAP_INHERITABLE);
    const std::uint64_t effective = bits_of(state.get(), CAP_EFFECTIVE);
    if ((permitted | inheritable) == 0)
        return bad_input("capabilities '" + text + "' permit nothing; write 'cap_NAME+ep'");
    if (effective != 0 && effective != (permitted | inheritable))
        return bad_input("capabilities '" + text +
                         "' are effective in part, which a file cannot say; make all of them "
                         "effective, or none");
    std::vector<std::byte> raw(XATTR_CAPS_SZ_2);
    const std::uint32_t flags = effective != 0 ? VFS_CAP_FLAGS_EFFECTIVE : 0;
    store_le(std::span(raw), 0, static_cast<std::uint32_t>(VFS_CAP_REVISION_2 | flags));
    store_le(std::span(raw), 4, static_cast<std::uint32_t>(permitted));
    store_le(std::span(raw), 8, static_cast<std::uint32_t>(inheritable));
    store_le(std::span(raw), 12, static_cast<std::uint32_t>(permitted >> 32));
    store_le(std::span(raw), 16, static_cast<std::uint32_t>(inheritable >> 32));
    return FileCapability{.raw = std::string(host::as_text(raw)),
                          .permitted = permitted,
                          .effective = effective != 0};
}

Result<Done, Error> give_capability(layers::Tree& tree, const std::string& key,
                                    const FileCapability& capability)
{
    const auto found = tree.find(key);
    if (found == tree.end() || found->second.kind == layers::EntryKind::directory)
        return bad_input("there is no file '/" + key + "' to give capabilities to");
    if (found->second.kind == layers::EntryKind::symlink)
        return bad_input("'/" + key + "' is a symbolic link; give the capabilities to its target");
    const bool has_second_name = std::ranges::any_of(tree, [&](const auto& row) {
        return row.second.kind == layers::EntryKind::hardlink && row.second.target == key;
    });
    if (found->second.kind == layers::EntryKind::hardlink || has_second_name)
        return bad_input("'/" + key +
                         "' has a second name, for which engines drop capabilities; add a copy "
                         "of it instead of a hard link");
    found->second.capability = capability.raw;
    return Done{};
}

}  // namespace outis::images::content
