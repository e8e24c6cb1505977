#include "oci/field.h"

namespace outis::images::oci {

namespace json = boost::json;

const json::value* field(const json::value& object, std::string_view name)
{
    const json::value* found = object.is_object() ? object.get_object().if_contains(name) : nullptr;
    return found == nullptr || found->is_null() ? nullptr : found;
}

std::string text_field(const json::value& object, std::string_view name)
{
    const json::value* found = field(object, name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

const json::array& list_field(const json::value& object, std::string_view name)
{
    static const json::array kNone;
    const json::value* found = field(object, name);
    return found != nullptr && found->is_array() ? found->get_array() : kNone;
}

std::vector<std::string> texts_field(const json::value& object, std::string_view name)
{
    std::vector<std::string> texts;
    for (const json::value& item : list_field(object, name))
        texts.emplace_back(item.is_string() ? std::string(item.get_string()) : "");
    return texts;
}

}  // namespace outis::images::oci
