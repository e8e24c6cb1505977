#include "host/option.h"

namespace outis::images::host {

bool is_flag(const Option& option)
{
    return option.names.starts_with('-');
}

std::string long_name(const Option& option)
{
    if (option.names.starts_with('['))
        return option.names.substr(1, option.names.size() - 2);
    const std::size_t dashes = option.names.find("--");
    return dashes == std::string::npos ? option.names : option.names.substr(dashes + 2);
}

bool is_repeatable(const Option& option)
{
    return std::holds_alternative<std::vector<std::string>*>(option.field);
}

bool is_map(const Option& option)
{
    return is_repeatable(option) && option.value.find('=') != std::string::npos;
}

std::vector<std::string> given_values(const Option& option)
{
    if (const auto* list = std::get_if<std::vector<std::string>*>(&option.field))
        return **list;
    if (const auto* one = std::get_if<std::string*>(&option.field); one && !(*one)->empty())
        return {**one};
    if (const auto* word = std::get_if<std::optional<std::string>*>(&option.field); word && **word)
        return {***word};
    if (const auto* flag = std::get_if<bool*>(&option.field); flag && **flag)
        return {""};
    return {};
}

}  // namespace outis::images::host
