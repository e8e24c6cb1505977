// /etc/passwd and /etc/group of a foreign image, parted by a NUL: accounts are found or passed
// over, a user is found or refused, and ours are added once.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "bake/merged_accounts.h"
#include "bake/placement.h"
#include "content/accounts.h"
#include "content/base.h"
#include "view/flattened.h"

namespace {

using namespace outis::images;
using namespace outis::images::bake;

void put(view::Flattened& files, const std::string& path, const std::string& text)
{
    view::LayerEntry entry;
    entry.member.entry.path = path;
    entry.member.entry.size = text.size();
    entry.facts.text = text;
    files.apply(std::move(entry), 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t end = text.find('\0');
    view::Flattened files;
    put(files, content::kPasswdKey, text.substr(0, end));
    put(files, content::kGroupKey, end == std::string::npos ? "" : text.substr(end + 1));
    const content::Accounts found = accounts_in(files);
    for (const content::Account& account : found) {
        if (account.name.empty())
            __builtin_trap();
    }
    for (const char* user : {"root", "web:staff", "1000", "1000:", ":"})
        static_cast<void>(user_in(files, user));
    const auto merged = merged_accounts(files, content::base_accounts());
    if (!merged)
        return 0;
    const auto added = account_files(files, merged.value());
    if (!added)
        return 0;
    for (const auto& [path, entry] : added.value()) {
        if (const auto* content = std::get_if<std::string>(&entry.content))
            put(files, path, *content);
    }
    const auto again = account_files(files, merged.value());
    if (!again || again.value().contains(content::kPasswdKey))
        __builtin_trap();
    return 0;
}
