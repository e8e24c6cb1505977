// What a token shall allow. Source: distribution's "Token Scope Documentation".
#pragma once

#include <string>

namespace outis::images::registry {

inline std::string pull_scope(const std::string& repository)
{
    return "repository:" + repository + ":pull";
}

inline std::string push_scope(const std::string& repository)
{
    return "repository:" + repository + ":pull,push";
}

}  // namespace outis::images::registry
