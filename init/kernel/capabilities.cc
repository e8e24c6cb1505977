// Capability sets in words, as libcap writes their names.
#include "outis/base/capabilities.h"
#include "init/kernel/packed_texts.h"
#include "init/kernel/say.h"
#include "init/kernel/text.h"

namespace outis::init {
namespace {

struct Row {
    char name[20];
};

constexpr auto kRows = [] {
    std::array<Row, kCapabilityNames.size()> rows{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t at = 0; at < kCapabilityNames[i].size(); ++at) {
            const char c = kCapabilityNames[i][at];
            rows[i].name[at] = c == '_' ? c : static_cast<char>(c - 'A' + 'a');
        }
    }
    return rows;
}();

constexpr auto kTexts = pack_texts<kRows, &Row::name>();
constexpr std::uint64_t kAll = (std::uint64_t{1} << kRows.size()) - 1;
constexpr int kMost = 20;
constexpr std::string_view kAllText = "all 41";
static_assert(kRows.size() == 41);

}  // namespace

void print_capabilities(std::uint64_t set, bool json) noexcept
{
    const char between[]{',', json ? '"' : ' '};
    std::size_t skipped = json ? 1 : 2;
    if (set == 0 && !json)
        print("none");
    int known = 0;
    for (std::uint64_t rest = set & kAll; rest != 0; rest &= rest - 1)
        ++known;
    // A list of most of them says less than one of those that are left out.
    if (known > kMost && !json) {
        print(kAllText);
        set = ~set & kAll;
        print(set == 0 ? "" : " but");
        skipped = 1;
    }
    for (std::size_t i = 0; set != 0; ++i, set >>= 1) {
        if ((set & 1) == 0)
            continue;
        print({between + skipped, 2 - skipped});
        skipped = 0;
        if (i >= kRows.size())
            print(Digits(static_cast<std::int64_t>(i)).text());
        else
            print(kTexts.at(i));
        print({"\"", json ? std::size_t{1} : 0});
    }
}

}  // namespace outis::init
