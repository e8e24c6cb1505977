// Blobs on their way, on a terminal: a line for each, with a bar as long as it moves. Elsewhere
// only notes are printed.
#pragma once

#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>

#include "outis/images/transfer.h"

namespace outis::images::commands {

// "  0123456789ab  [#####     ]  12.30 of 45.60 MB"; without an end of line.
std::string progress_line(const places::BlobProgress& progress);

class ProgressBoard {
public:
    // `terminal` may be null: then nobody watches. It understands ECMA-48.
    explicit ProgressBoard(std::FILE* terminal) : terminal_(terminal) {}

    // Both from any thread.
    void show(const places::BlobProgress& progress);
    void note(const std::string& text);
    // Forgets the blobs; their last lines stay.
    void finish();

private:
    void draw(const std::string& above);

    std::FILE* terminal_;
    std::mutex mutex_;  // of all below
    std::map<std::size_t, places::BlobProgress> moving_;
    std::size_t drawn_ = 0;  // lines that can still change
    std::chrono::steady_clock::time_point next_draw_ = {};
};

}  // namespace outis::images::commands
