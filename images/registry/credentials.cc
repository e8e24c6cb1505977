#include "registry/credentials.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

#include <openssl/evp.h>
#include <boost/json/object.hpp>

#include "http/fields.h"
#include "oci/field.h"
#include "oci/json.h"

namespace outis::images::registry {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxEntries = 10'000;
constexpr std::size_t kMaxSecret = 64U << 10;

const json::object* object_of(const json::value& value, const char* name)
{
    const json::object* object = value.if_object();
    const json::value* member = object != nullptr ? object->if_contains(name) : nullptr;
    return member != nullptr ? member->if_object() : nullptr;
}

std::optional<std::string> decoded_base64(std::string_view text)
{
    if (text.size() > kMaxSecret || text.size() % 4 != 0)
        return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int length = ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                         reinterpret_cast<const unsigned char*>(text.data()),
                                         static_cast<int>(text.size()));
    if (length < 0)
        return std::nullopt;
    // The decoder counts what stands for the padding.
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

std::string normal_key(std::string key)
{
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (key.starts_with(scheme))
            key.erase(0, scheme.size());
    }
    while (key.ends_with('/'))
        key.pop_back();
    for (const std::string_view version : {"/v1", "/v2"}) {
        // Elsewhere it is the name of a repository.
        if (key.ends_with(version) && key.find('/') == key.size() - version.size())
            key.resize(key.size() - version.size());
    }
    constexpr std::array<std::string_view, 3> kHub{"index.docker.io", "registry-1.docker.io",
                                                   "registry.hub.docker.com"};
    return std::ranges::find(kHub, key) != kHub.end() ? "docker.io" : key;
}

bool is_helper_name(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    });
}

AuthEntry parse_entry(const json::value& entry, const std::string& where)
{
    if (!entry.is_object())
        return {.fault = where + " is an entry that is no object"};
    Credentials credentials{.username = oci::text_field(entry, "username"),
                            .password = oci::text_field(entry, "password"),
                            .identity_token = oci::text_field(entry, "identitytoken"),
                            .registry_token = oci::text_field(entry, "registrytoken")};
    const std::string encoded = oci::text_field(entry, "auth");
    if (encoded.empty())
        return {.credentials = credentials};
    const std::optional<std::string> pair = decoded_base64(encoded);
    const std::size_t colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos)
        return {.fault = "'auth' of " + where + " is no base64 of USER:PASSWORD"};
    credentials.username = pair->substr(0, colon);
    credentials.password = pair->substr(colon + 1);
    // Some tools pad with zero bytes.
    credentials.password.erase(
        std::min(credentials.password.find_last_not_of('\0') + 1, credentials.password.size()));
    return {.credentials = credentials};
}

// Empty stays empty.
std::optional<std::string> parse_helper(const json::value& name)
{
    if (!name.is_string() || !(name.get_string().empty() || is_helper_name(name.get_string())))
        return std::nullopt;
    return std::string(name.get_string());
}

}  // namespace

std::vector<std::string> Credentials::secrets() const
{
    std::vector<std::string> all;
    for (const std::string& secret : {password, identity_token, registry_token}) {
        if (!secret.empty())
            all.push_back(secret);
    }
    if (!password.empty())
        all.push_back(http::base64(username + ":" + password));
    return all;
}

Result<AuthFile, Error> parse_auth_file(std::string_view text, const std::string& name)
{
    const Result<json::value, Error> root = oci::parse_json(text, name);
    if (!root || !root.value().is_object())
        return bad_input("'" + name + "' is no JSON object with credentials");
    AuthFile file{.name = name};
    file.store = parse_helper(json::string(oci::text_field(root.value(), "credsStore")));
    if (const json::object* entries = object_of(root.value(), "auths")) {
        if (entries->size() > kMaxEntries)
            return bad_input("'" + name + "' holds more than 10000 entries");
        for (const auto& [key, entry] : *entries) {
            const std::string host = normal_key(std::string(key));
            AuthEntry parsed = parse_entry(entry, "'" + host + "' in '" + name + "'");
            if (parsed.fault.empty() && parsed.credentials == Credentials{})
                continue;
            // The name itself counts before an address of it, and what is sound before what is not.
            const auto old = file.entries.find(host);
            if (host == key || old == file.entries.end() || !old->second.fault.empty())
                file.entries.insert_or_assign(host, std::move(parsed));
        }
    }
    if (const json::object* helpers = object_of(root.value(), "credHelpers")) {
        if (helpers->size() > kMaxEntries)
            return bad_input("'" + name + "' holds more than 10000 helpers");
        for (const auto& [key, helper] : *helpers)
            file.helpers.emplace(normal_key(std::string(key)), parse_helper(helper));
    }
    return file;
}

Result<std::string, Error> helper_for(const AuthFile& file, const std::string& domain)
{
    const auto found = file.helpers.find(domain);
    const std::optional<std::string>& helper =
        found != file.helpers.end() ? found->second : file.store;
    if (!helper)
        return bad_input("'" + file.name + "' names a credential helper that is no plain name");
    return *helper;
}

Result<std::optional<Credentials>, Error> entry_for(const AuthFile& file, const std::string& domain,
                                                    const std::string& repository)
{
    std::string key = domain + "/" + repository;
    while (true) {
        const auto found = file.entries.find(key);
        if (found != file.entries.end() && !found->second.fault.empty())
            return bad_input(found->second.fault);
        if (found != file.entries.end())
            return std::optional(found->second.credentials);
        const std::size_t slash = key.rfind('/');
        if (slash == std::string::npos)
            return std::optional<Credentials>();
        key.resize(slash);
    }
}

Result<Credentials, Error> parse_helper_answer(std::string_view text, const std::string& helper)
{
    const Result<json::value, Error> answer = text.size() > kMaxSecret
                                                  ? Result<json::value, Error>(bad_input(""))
                                                  : oci::parse_json(text, "");
    if (!answer || !answer.value().is_object())
        return unavailable("'" + helper + "' did not answer with a JSON object");
    const std::string user = oci::text_field(answer.value(), "Username");
    const std::string secret = oci::text_field(answer.value(), "Secret");
    if (secret.empty())
        return unavailable("'" + helper + "' answered without a secret");
    if (user.empty() || user == "<token>")
        return Credentials{.identity_token = secret};
    return Credentials{.username = user, .password = secret};
}

}  // namespace outis::images::registry
