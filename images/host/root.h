// A directory seen as a program sees its root: every path and every symbolic link is resolved below
// it, as chroot(2) would have it, and nothing outside is ever looked at. "/" is this machine
// itself. The directory must not change meanwhile.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "outis/error.h"

namespace outis::images::host {

struct FollowedLink {
    std::string path = {};    // in the root, itself free of links
    std::string target = {};  // as it stands

    bool operator==(const FollowedLink&) const = default;
};

enum class FoundKind { file, directory, other };

struct Found {
    std::string path = {};                 // in the root: absolute, no '.', '..' or link in it
    std::vector<FollowedLink> links = {};  // that led there, in their order
    std::vector<std::string> left = {};    // directories that a '..' came out of: they must exist
    FoundKind kind = FoundKind::other;
    bool executable = false;  // by its owner
    bool secret = false;      // others may not read it
};

class Root {
public:
    // `folder` must be a directory.
    static Result<Root, Error> open(const std::string& folder);

    // Where an absolute path of the root leads. Nothing there, a link that leads nowhere and links
    // in a circle are errors that name what was met on the way.
    [[nodiscard]] Result<Found, Error> find(const std::string& path) const;
    // The same, where nothing is an answer too. What leads nowhere or round in circles is still an
    // error, as is what this user may not look at.
    [[nodiscard]] Result<std::optional<Found>, Error> look(const std::string& path) const;
    // The file or directory on this machine; `path` as in Found.
    [[nodiscard]] std::filesystem::path on_host(const std::string& path) const;
    // The path in the root of a file on this machine; empty if it is not below the root.
    [[nodiscard]] std::string from_host(const std::filesystem::path& file) const;
    // The names in a directory, sorted; none if it is no directory. `path` as in Found. One that
    // this user may not read is an error.
    [[nodiscard]] Result<std::vector<std::string>, Error> names(const std::string& path) const;

    [[nodiscard]] bool is_host() const { return folder_ == "/"; }

    // For people: "this machine", or "the root 'tree'".
    [[nodiscard]] std::string name() const;

private:
    explicit Root(std::filesystem::path folder, std::string given)
        : folder_(std::move(folder)), given_(std::move(given))
    {
    }

    std::filesystem::path folder_;  // canonical
    std::string given_;
};

// What stands before the last '/', "/" for "/x".
std::string folder_of(const std::string& path);
// What stands behind it.
std::string base_of(const std::string& path);
// FOLDER/NAME, one '/' between them.
std::string joined_path(const std::string& folder, const std::string& name);

}  // namespace outis::images::host
