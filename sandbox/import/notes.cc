#include <algorithm>
#include <tuple>
#include <utility>

#include "sandbox/import/foreign.h"

namespace outis::sandbox::imports {
namespace {

constexpr std::size_t kMaxNotes = 1000;

}  // namespace

void Notes::add(Change change, const Place& place, std::string message)
{
    if (found_.size() >= kMaxNotes) {
        dropped_ = true;
        return;
    }
    Complaints one(*source_);
    one.note(place, std::move(message));
    add({.change = change, .text = std::move(one.take().front())});
}

void Notes::add(ImportNote note)
{
    if (found_.size() < kMaxNotes)
        found_.push_back(std::move(note));
    else
        dropped_ = true;
}

std::vector<ImportNote> Notes::take()
{
    std::ranges::stable_sort(found_, {}, [](const ImportNote& note) {
        return std::tie(note.text.file, note.text.line, note.text.column);
    });
    if (dropped_)
        found_.push_back({.change = Change::more,
                          .text = {.severity = Severity::note,
                                   .file = source_->file,
                                   .message = "more than 1000 notes, of which some are not told"}});
    return std::exchange(found_, {});
}

}  // namespace outis::sandbox::imports
