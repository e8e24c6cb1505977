// PROFILE, as every command takes it: a shipped name, or a file in one of three forms.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "outis/error.h"

namespace outis::images::content {

enum class ProfileForm : std::uint8_t {
    toml,    // a profile's text
    json,    // another tool's profile, to be imported
    policy,  // compiled
};

struct ProfileSource {
    std::string name = {};  // of a shipped profile; empty: a file of the user's
    std::filesystem::path file = {};
    ProfileForm form = ProfileForm::toml;
};

// Whether `profile` names a file: it has a '/' or one of the three endings.
bool is_profile_file(std::string_view profile);

// The names in `folders`, sorted.
std::vector<std::string> shipped_profiles(const std::vector<std::filesystem::path>& folders);

// A file (is_profile_file) must exist. The ending says its form, or else its first
// bytes do; a pipe below /dev is text. Anything else must be the name of a profile in
// `folders`.
Result<ProfileSource, Error> find_profile(const std::string& profile,
                                          const std::vector<std::filesystem::path>& folders);

}  // namespace outis::images::content
