// A TOML or JSON text as a tree of plain values that know their places.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outis/base/policy_layout.h"
#include "outis/base/result.h"
#include "outis/sandbox/diagnostic.h"

namespace outis::sandbox {

constexpr std::size_t kMaxProfileBytes = 1 << 20;
constexpr std::size_t kMaxDocumentDepth = 8;     // of TOML
constexpr std::size_t kMaxJsonDepth = 32;        // a config.json has 8
constexpr std::size_t kMaxJsonValues = 1 << 16;  // the largest public profiles have 3000
constexpr std::size_t kMaxJsonKeys = 1024;       // of one table

// A profile as it is written.
struct ProfileText {
    std::string file;  // as it shall be named in messages
    std::string text;
};

// Line and column from 1; line 0: the text as a whole.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::uint32_t width = 1;
};

// `natural` is a number from 2^63 on, and `nothing` is null: only JSON has these. `other` is a
// fraction, a date, or a number past 2^64.
enum class ValueKind : std::uint8_t {
    text,
    integer,
    natural,
    boolean,
    list,
    table,
    nothing,
    other
};

struct Entry;

struct Value {
    ValueKind kind = ValueKind::other;
    Place place;
    std::string text;
    std::int64_t integer = 0;
    std::uint64_t natural = 0;
    bool boolean = false;
    std::vector<Value> items;    // of a list
    std::vector<Entry> entries;  // of a table, in order of the text
};

struct Entry {
    std::string key;
    Place place;
    Value value;
};

// The errors and notes of one text, each with its line.
class Complaints {
public:
    explicit Complaints(const ProfileText& source) : source_(&source) {}

    void error(const Place& place, std::string message, std::string hint = {});
    // About every architecture, or about `arch` alone.
    void note(const Place& place, std::string message, std::optional<policy::Arch> arch = {});

    // As messages name it.
    [[nodiscard]] const std::string& file() const { return source_->file; }

    [[nodiscard]] bool has_errors() const { return errors_ > 0; }

    // Further errors are counted, not kept: whoever would need long to word them need not.
    [[nodiscard]] bool full() const;

    // In order of the text.
    [[nodiscard]] Diagnostics take();

private:
    void add(const Place& place, Diagnostic found);

    const ProfileText* source_;
    Diagnostics found_;
    std::size_t errors_ = 0;
    std::size_t notes_ = 0;
};

// The root table. A syntax error, text over kMaxProfileBytes, a NUL or nesting over
// kMaxDocumentDepth is complained about; then there is no tree.
[[nodiscard]] Result<Value, Done> parse_toml(const ProfileText& source, Complaints& complaints);

// The root of any kind. A syntax error, text over kMaxProfileBytes, invalid UTF-8, a key that
// stands twice in a table, and what passes a limit above are complained about; then there is no
// tree.
[[nodiscard]] Result<Value, Done> parse_json(const ProfileText& source, Complaints& complaints);

}  // namespace outis::sandbox
