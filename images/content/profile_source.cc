#include "content/profile_source.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "host/input.h"
#include "outis/base/policy_layout.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::content {

namespace fs = std::filesystem;

namespace {

struct Ending {
    std::string_view text;
    ProfileForm form;
};

constexpr std::array kEndings{
    Ending{".toml", ProfileForm::toml},
    Ending{".json", ProfileForm::json},
    Ending{".policy", ProfileForm::policy},
};

constexpr std::size_t kLooked = 512;  // bytes that tell a text from a program

// A slip of the finger must not end without a sandbox.
constexpr std::string_view kNoSandbox = "none";

const Ending* ending_of(std::string_view name)
{
    const auto* row = std::ranges::find_if(
        kEndings, [&](const Ending& ending) { return name.ends_with(ending.text); });
    return row == kEndings.end() ? nullptr : row;
}

std::string suggestion(const std::string& name, std::vector<std::string> shipped)
{
    std::erase(shipped, kNoSandbox);
    return sandbox::did_you_mean(name, shipped);
}

// What a shell gives as a file, as '<(…)' and '/dev/stdin' do.
bool is_stream(const fs::path& file)
{
    std::error_code absent;
    return file.native().starts_with("/dev/") && !fs::is_regular_file(file, absent) &&
           (fs::is_fifo(file, absent) || fs::is_character_file(file, absent));
}

Result<ProfileForm, Error> form_of(const fs::path& file)
{
    if (is_stream(file))
        return ProfileForm::toml;
    const host::MappedFile mapped = OUTIS_TRY(host::MappedFile::open(file));
    if (const Ending* ending = ending_of(file.native()))
        return ending->form;
    const std::string_view text = host::as_text(mapped.bytes());
    if (text.starts_with(std::string_view(policy::kMagic.data(), policy::kMagic.size())))
        return ProfileForm::policy;
    if (text.substr(0, kLooked).find('\0') != std::string_view::npos)
        return bad_input("'" + file.string() + "' is no profile: it is no text");
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{' ? ProfileForm::json
                                                                 : ProfileForm::toml;
}

}  // namespace

bool is_profile_file(std::string_view profile)
{
    return profile.find('/') != std::string_view::npos || ending_of(profile) != nullptr;
}

std::vector<std::string> shipped_profiles(const std::vector<fs::path>& folders)
{
    std::vector<std::string> names;
    for (const fs::path& folder : folders) {
        std::error_code failed;
        for (fs::directory_iterator at(folder, failed), end; !failed && at != end;
             at.increment(failed)) {
            if (at->path().extension() == ".toml")
                names.push_back(at->path().stem().string());
        }
    }
    std::ranges::sort(names);
    return names;
}

Result<ProfileSource, Error> find_profile(const std::string& profile,
                                          const std::vector<fs::path>& folders)
{
    if (is_profile_file(profile)) {
        const ProfileForm form = OUTIS_TRY(form_of(profile));
        return ProfileSource{.file = profile, .form = form};
    }
    std::error_code absent;
    for (const fs::path& folder : folders) {
        fs::path file = folder / (profile + ".toml");
        if (!profile.empty() && fs::exists(file, absent))
            return ProfileSource{.name = profile, .file = std::move(file)};
    }
    const std::string unknown = "there is no profile '" + profile + "'";
    if (fs::is_regular_file(profile, absent))
        return bad_input(unknown + "; for the file of that name write './" + profile + "'");
    const std::vector<std::string> names = shipped_profiles(folders);
    if (names.empty())
        return unavailable(unknown +
                           ": the profiles that Outis ships are missing; install it again");
    return bad_input(unknown + suggestion(profile, names) + " (there are " +
                     sandbox::quoted_list(names) +
                     "; a file has a '/' in its name, or ends in .toml, .json or .policy)");
}

}  // namespace outis::images::content
