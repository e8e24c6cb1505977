// The only file of this part that sees Boost.JSON: its push parser, fed byte by byte, since its
// events tell what was read but not where.
#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "outis/sandbox/document.h"
#include "outis/sandbox/suggest.h"

namespace outis::sandbox {
namespace {

namespace json = boost::json;

// Builds the tree. Each function is an event of the parser; false ends the parse.
class TreeBuilder {
public:
    static constexpr std::size_t max_object_size = kMaxJsonKeys + 1;
    static constexpr std::size_t max_array_size = kMaxJsonValues + 1;
    static constexpr std::size_t max_key_size = kMaxProfileBytes;
    static constexpr std::size_t max_string_size = kMaxProfileBytes;

    explicit TreeBuilder(Complaints& complaints) : complaints_(&complaints) {}

    // Called before the parser gets the next byte.
    void see(char byte)
    {
        const bool continues = (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
        if (!continues)
            ++here_.column;
        if (previous_ == '\n')
            here_ = Place{.line = here_.line + 1, .column = 1, .width = 1};
        previous_ = byte;
        constexpr std::string_view between = " \t\r\n,:";
        if (!start_ && between.find(byte) == std::string_view::npos)
            start_ = here_;
    }

    [[nodiscard]] const Place& here() const { return here_; }

    [[nodiscard]] Value take() { return std::move(root_); }

    bool on_document_begin(json::error_code&) { return true; }

    bool on_document_end(json::error_code&) { return true; }

    bool on_object_begin(json::error_code& failed) { return open(ValueKind::table, failed); }

    bool on_object_end(std::size_t, json::error_code&) { return close(); }

    bool on_array_begin(json::error_code& failed) { return open(ValueKind::list, failed); }

    bool on_array_end(std::size_t, json::error_code&) { return close(); }

    bool on_key_part(std::string_view part, std::size_t, json::error_code&)
    {
        text_ += part;
        return true;
    }

    bool on_key(std::string_view part, std::size_t, json::error_code& failed)
    {
        text_ += part;
        std::vector<Entry>& entries = open_.back()->entries;
        Entry entry{.key = std::exchange(text_, {}), .place = token(true), .value = {}};
        if (entries.size() == kMaxJsonKeys)
            return refuse(entry.place, "more than 1024 keys in a table", failed);
        if (std::ranges::find(entries, entry.key, &Entry::key) != entries.end())
            return refuse(entry.place, "the key " + in_quotes(entry.key) + " stands here twice",
                          failed);
        entries.push_back(std::move(entry));
        return true;
    }

    bool on_string_part(std::string_view part, std::size_t, json::error_code&)
    {
        text_ += part;
        return true;
    }

    bool on_string(std::string_view part, std::size_t, json::error_code& failed)
    {
        text_ += part;
        Value value = made(ValueKind::text, true);
        value.text = std::exchange(text_, {});
        return add(std::move(value), failed) != nullptr;
    }

    bool on_number_part(std::string_view, json::error_code&) { return true; }

    // Events of numbers come with the byte behind them.
    bool on_int64(std::int64_t number, std::string_view, json::error_code& failed)
    {
        Value value = made(ValueKind::integer, false);
        value.integer = number;
        return add(std::move(value), failed) != nullptr;
    }

    bool on_uint64(std::uint64_t number, std::string_view, json::error_code& failed)
    {
        Value value = made(ValueKind::natural, false);
        value.natural = number;
        return add(std::move(value), failed) != nullptr;
    }

    bool on_double(double, std::string_view, json::error_code& failed)
    {
        return add(made(ValueKind::other, false), failed) != nullptr;
    }

    bool on_bool(bool is_true, json::error_code& failed)
    {
        Value value = made(ValueKind::boolean, true);
        value.boolean = is_true;
        return add(std::move(value), failed) != nullptr;
    }

    bool on_null(json::error_code& failed)
    {
        return add(made(ValueKind::nothing, true), failed) != nullptr;
    }

    bool on_comment_part(std::string_view, json::error_code&) { return true; }

    bool on_comment(std::string_view, json::error_code&) { return true; }

private:
    // Of the token that ends here, with the byte the parser looks at or before it.
    Place token(bool with_this_byte)
    {
        Place place = std::exchange(start_, {}).value_or(here_);
        const std::uint32_t end = here_.column + (with_this_byte ? 1 : 0);
        if (place.line == here_.line && end > place.column)
            place.width = end - place.column;
        return place;
    }

    Value made(ValueKind kind, bool ends_with_this_byte)
    {
        Value value;
        value.kind = kind;
        value.place = token(ends_with_this_byte);
        return value;
    }

    // Where the value now stands in the tree; null if there are too many.
    Value* add(Value value, json::error_code& failed)
    {
        if (++values_ > kMaxJsonValues) {
            (void)refuse(value.place, "more than 65536 values", failed);
            return nullptr;
        }
        if (open_.empty())
            return &(root_ = std::move(value));
        Value& parent = *open_.back();
        if (parent.kind == ValueKind::list)
            return &parent.items.emplace_back(std::move(value));
        return &(parent.entries.back().value = std::move(value));
    }

    // An open container stays where it is: only its own last child grows.
    bool open(ValueKind kind, json::error_code& failed)
    {
        Value* value = add(made(kind, true), failed);
        if (value == nullptr)
            return false;
        open_.push_back(value);
        return true;
    }

    bool close()
    {
        start_.reset();
        open_.pop_back();
        return true;
    }

    bool refuse(const Place& place, std::string why, json::error_code& failed)
    {
        complaints_->error(place, std::move(why));
        failed = json::error::incomplete;
        return false;
    }

    Complaints* complaints_;
    Value root_;
    std::vector<Value*> open_;
    std::string text_;  // of the key or string being read
    std::size_t values_ = 0;
    Place here_{.line = 1, .column = 0, .width = 1};
    std::optional<Place> start_;  // of the token being read
    char previous_ = 0;
};

std::string description(const json::error_code& failed)
{
    if (failed == json::error::too_deep)
        return "tables and lists are nested more than 32 deep";
    if (failed == json::error::extra_data)
        return "something stands behind the end of the JSON value";
    if (failed == json::error::incomplete)
        return "the text ends within a JSON value";
    return "this is not JSON: " + failed.message();
}

}  // namespace

Result<Value, Done> parse_json(const ProfileText& source, Complaints& complaints)
{
    if (source.text.size() > kMaxProfileBytes) {
        complaints.error({}, "the file is larger than 1 MiB", "a profile is a few kilobytes");
        return Failure{Done{}};
    }
    json::parse_options options;
    options.max_depth = kMaxJsonDepth;
    json::basic_parser<TreeBuilder> parser(options, complaints);
    TreeBuilder& builder = parser.handler();
    json::error_code failed;
    for (const char& byte : source.text) {
        builder.see(byte);
        const std::size_t taken = parser.write_some(true, &byte, 1, failed);
        if (!failed && taken == 0)
            failed = json::error::extra_data;
        if (failed)
            break;
    }
    if (!failed)
        (void)parser.write_some(false, nullptr, 0, failed);
    if (!failed)
        return builder.take();
    if (!complaints.has_errors())
        complaints.error(builder.here(), description(failed));
    return Failure{Done{}};
}

}  // namespace outis::sandbox
