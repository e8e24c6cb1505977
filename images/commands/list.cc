#include <cstdio>
#include <memory>

#include <boost/json/object.hpp>

#include "commands/profile.h"
#include "commands/source.h"
#include "commands/text.h"

namespace outis::images::commands {

namespace {

int list_profiles(bool as_json)
{
    boost::json::array list;
    for (const std::string& name : shipped_profiles()) {
        const auto profile =
            sandbox::load_profile(profile_folders().front() / (name + ".toml"), profile_folders());
        const std::string description =
            profile ? profile.value().description : "cannot be read; see 'outis profile check'";
        if (as_json)
            list.push_back(boost::json::object{{"description", description}, {"name", name}});
        else
            std::printf("%-10s  %s\n", name.c_str(), description.c_str());
    }
    if (as_json)
        print(list);
    return 0;
}

}  // namespace

Command list_profiles_command()
{
    const auto json = std::make_shared<bool>(false);
    return {
        .name = "list",
        .help = "list the shipped profiles",
        .options = {json_option(*json)},
        .run = [json](Words) -> Result<int, Error> { return list_profiles(*json); },
    };
}

}  // namespace outis::images::commands
