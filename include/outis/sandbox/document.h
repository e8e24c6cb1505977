// A TOML text as a tree of plain values that know their places.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outis/base/result.h"
#include "outis/sandbox/profile.h"

namespace outis::sandbox {

constexpr std::size_t kMaxDocumentDepth = 8;

// Line and column from 1; line 0: the text as a whole.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::uint32_t width = 1;
};

enum class ValueKind : std::uint8_t { text, integer, boolean, list, table, other };

struct Entry;

struct Value {
    ValueKind kind = ValueKind::other;
    Place place;
    std::string text;
    std::int64_t integer = 0;
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

}  // namespace outis::sandbox
