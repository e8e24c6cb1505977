#include "registry/site_files.h"

#include <algorithm>
#include <system_error>

#include "host/words.h"

namespace outis::images::registry {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxFiles = 1000;

std::vector<fs::path> files_in(const fs::path& folder)
{
    std::vector<fs::path> files;
    std::error_code code;
    fs::directory_iterator at(folder, code);
    while (!code && at != fs::directory_iterator() && files.size() < kMaxFiles) {
        files.push_back(at->path());
        at.increment(code);
    }
    std::ranges::sort(files);
    return files;
}

Failure<Error> alone(const fs::path& file, const fs::path& other)
{
    return bad_input("'" + file.string() + "' is there without '" + other.filename().string() +
                     "'; a registry is told who we are with both");
}

}  // namespace

std::vector<fs::path> site_folders()
{
    std::vector<fs::path> folders{"/etc/docker/certs.d", "/etc/containers/certs.d"};
    const fs::path home = host::variable("HOME");
    if (home.is_absolute())
        folders.push_back(home / ".config/containers/certs.d");
    return folders;
}

Result<http::SiteFiles, Error> find_site_files(const std::vector<fs::path>& folders,
                                               const std::string& domain)
{
    http::SiteFiles found;
    if (domain.empty() || domain.starts_with('.') || domain.find('/') != std::string::npos)
        return found;
    for (const fs::path& folder : folders) {
        const std::vector<fs::path> files = files_in(folder / domain);
        for (const fs::path& file : files) {
            const std::string kind = file.extension().string();
            if (kind == ".crt")
                found.authorities.push_back(file.string());
            if (kind != ".cert" && kind != ".key")
                continue;
            fs::path other = file;
            other.replace_extension(kind == ".cert" ? ".key" : ".cert");
            if (!std::ranges::binary_search(files, other))
                return alone(file, other);
            if (kind == ".cert" && found.certificate.empty()) {
                found.certificate = file.string();
                found.key = other.string();
            }
        }
    }
    return found;
}

}  // namespace outis::images::registry
