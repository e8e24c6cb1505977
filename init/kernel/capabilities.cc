// Capability sets in words, as libcap writes their names.
#include "outis/base/capabilities.h"
#include "init/kernel/packed_texts.h"
#include "init/kernel/say.h"

namespace outis::init {
namespace {

struct Row {
    std::string_view name;
};

constexpr auto kRows = [] {
    std::array<Row, kCapabilityNames.size()> rows;
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i].name = kCapabilityNames[i];
    return rows;
}();

constexpr auto kTexts = pack_texts<kRows, &Row::name>();
constexpr std::uint64_t kAll = (std::uint64_t{1} << kRows.size()) - 1;

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

void print_capabilities(std::uint64_t set) noexcept
{
    if (set == 0 || set == kAll) {
        print(set == 0 ? "none" : "all");
        return;
    }
    const char* before = "cap_";
    for (std::size_t i = 0; i < 64; ++i) {
        if ((set >> i & 1) == 0)
            continue;
        Line name;
        name.add(std::string_view(before));
        before = ",cap_";
        if (i >= kRows.size())
            name.add(static_cast<std::int64_t>(i));
        else
            for (const char c : std::string_view(kTexts.at(i))) {
                const char small = lower(c);
                name.add(std::string_view(&small, 1));
            }
        print(name.text());
    }
}

}  // namespace outis::init
