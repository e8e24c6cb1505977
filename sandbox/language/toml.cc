// The only file that sees toml++.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "sandbox/language/document.h"

namespace outis::sandbox {
namespace {

// toml++ frees dotted keys by recursion: a line of half a million dots would end the program.
constexpr std::size_t kMaxDotsInARow = 32;

Place place_of(const toml::source_region& region)
{
    Place place{.line = region.begin.line, .column = region.begin.column, .width = 1};
    if (region.end.line == region.begin.line && region.end.column > region.begin.column)
        place.width = region.end.column - region.begin.column;
    return place;
}

Place place_at(std::string_view text, std::size_t at)
{
    const std::string_view before = text.substr(0, at);
    const std::size_t start = before.rfind('\n') + 1;
    return Place{
        .line = static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1),
        .column = static_cast<std::uint32_t>(at - start + 1),
        .width = 1,
    };
}

// What must not reach the parser at all.
std::optional<std::pair<std::size_t, const char*>> first_refused(std::string_view text)
{
    std::size_t dots = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\0')
            return {{i, "a NUL byte; a profile is text"}};
        if (text[i] == '\n' || text[i] == '=' || text[i] == ',' || text[i] == '/')
            dots = 0;
        if (text[i] == '.' && ++dots > kMaxDotsInARow)
            return {{i, "more than 32 dots in a row of words; nothing in a profile is so deep"}};
    }
    return std::nullopt;
}

class Converter {
public:
    // Recursion ends at kMaxDocumentDepth.
    Value convert(const toml::node& node, std::size_t depth)
    {
        Value value;
        value.place = place_of(node.source());
        if (depth > kMaxDocumentDepth) {
            if (!too_deep_)
                too_deep_ = value.place;
            return value;
        }
        if (const auto* table = node.as_table()) {
            value.kind = ValueKind::table;
            for (const auto& [key, child] : *table)
                value.entries.push_back(Entry{.key = std::string(key.str()),
                                              .place = place_of(key.source()),
                                              .value = convert(child, depth + 1)});
            std::ranges::sort(value.entries, {}, [](const Entry& entry) {
                return std::pair(entry.place.line, entry.place.column);
            });
        } else if (const auto* list = node.as_array()) {
            value.kind = ValueKind::list;
            for (const toml::node& item : *list)
                value.items.push_back(convert(item, depth + 1));
        } else if (const auto* text = node.as_string()) {
            value.kind = ValueKind::text;
            value.text = text->get();
        } else if (const auto* integer = node.as_integer()) {
            value.kind = ValueKind::integer;
            value.integer = integer->get();
        } else if (const auto* boolean = node.as_boolean()) {
            value.kind = ValueKind::boolean;
            value.boolean = boolean->get();
        }
        return value;
    }

    [[nodiscard]] const std::optional<Place>& too_deep() const { return too_deep_; }

private:
    std::optional<Place> too_deep_;
};

}  // namespace

Result<Value, Done> parse_toml(const ProfileText& source, Complaints& complaints)
{
    if (source.text.size() > kMaxProfileBytes) {
        complaints.error({}, "the file is larger than 1 MiB", "a profile is a few kilobytes");
        return Failure{Done{}};
    }
    if (const auto refused = first_refused(source.text)) {
        complaints.error(place_at(source.text, refused->first), refused->second);
        return Failure{Done{}};
    }
    const toml::parse_result parsed = toml::parse(source.text);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        complaints.error(place_of(error.source()), std::string(error.description()));
        return Failure{Done{}};
    }
    Converter converter;
    Value root = converter.convert(parsed.table(), 0);
    if (converter.too_deep()) {
        complaints.error(*converter.too_deep(), "tables and lists are nested too deeply");
        return Failure{Done{}};
    }
    return root;
}

}  // namespace outis::sandbox
