#include "content/tool_data.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

#include "outis/sandbox/arch.h"

namespace outis::images::content {

namespace fs = std::filesystem;

namespace {

std::string platform_folder(policy::Arch arch)
{
    return "linux-" + std::string(sandbox::arch_name(arch));
}

}  // namespace

fs::path ToolData::init(policy::Arch arch) const
{
    return root / "init" / platform_folder(arch) / "outis-init";
}

fs::path ToolData::policies(policy::Arch arch) const
{
    return root / "policies" / platform_folder(arch);
}

fs::path ToolData::layers(policy::Arch arch) const
{
    return root / "layers" / platform_folder(arch);
}

ContentVersions content_versions(const ToolData& data)
{
    ContentVersions versions;
    std::ifstream file(data.root / "versions");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string package;
        words >> package;
        if (package == "ca-certificates")
            words >> versions.certificates >> versions.certificate_count;
        else if (package == "tzdata")
            words >> versions.zones;
    }
    return versions;
}

Result<ToolData, Error> find_tool_data()
{
    std::error_code error;
    const char* given = std::getenv("OUTIS_DATA");
    fs::path root;
    if (given != nullptr && *given != '\0') {
        root = given;
    } else {
        const fs::path self = fs::read_symlink("/proc/self/exe", error);
        if (error)
            return unavailable("cannot find the folder of this program: " + error.message() +
                               "; set OUTIS_DATA");
        root = self.parent_path().parent_path() / "share/outis";
    }
    if (!fs::is_directory(root, error))
        return unavailable("the data folder '" + root.string() + "' is missing; set OUTIS_DATA");
    return ToolData{.root = root};
}

}  // namespace outis::images::content
