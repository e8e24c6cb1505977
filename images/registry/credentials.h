// Who we are to a registry, as Docker's config.json and Podman's auth.json write it down.
// Sources: docker-login(1), containers-auth.json(5).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outis/error.h"

namespace outis::images::registry {

struct Credentials {
    std::string username = {};
    std::string password = {};
    std::string identity_token = {};  // a refresh token, instead of the two
    std::string registry_token = {};  // a bearer token as it is

    // What must never be shown.
    [[nodiscard]] std::vector<std::string> secrets() const;
    bool operator==(const Credentials&) const = default;
};

struct AuthEntry {
    Credentials credentials = {};
    std::string fault = {};  // why there are none
};

// Keys are "HOST[:PORT][/PATH]", whatever scheme and API version the file wrote around them;
// Docker Hub's many names are "docker.io". A helper is empty where the file's own entry counts, and
// nothing if its name is none. What is wrong in one entry concerns nobody who asks for another.
struct AuthFile {
    std::string name = {};                                           // for messages
    std::map<std::string, AuthEntry> entries = {};                   // "auths"
    std::map<std::string, std::optional<std::string>> helpers = {};  // "credHelpers"
    std::optional<std::string> store = "";                           // "credsStore"
};

// Malformed JSON is an error. No message here quotes what it stumbled over.
Result<AuthFile, Error> parse_auth_file(std::string_view text, const std::string& name);

// The helper, as in docker-credential-NAME, that is responsible for the host; empty if none is.
Result<std::string, Error> helper_for(const AuthFile& file, const std::string& domain);

// The entry of the longest path that `repository` lies in, at last that of the host alone.
Result<std::optional<Credentials>, Error> entry_for(const AuthFile& file, const std::string& domain,
                                                    const std::string& repository);

// What a helper answered to "get". An empty username or "<token>" means an identity token.
Result<Credentials, Error> parse_helper_answer(std::string_view text, const std::string& helper);

}  // namespace outis::images::registry
