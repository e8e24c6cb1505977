#include "commands/progress.h"
#include "outis/utf8.h"

#include <algorithm>
#include <array>

namespace outis::images::commands {

namespace {

constexpr std::size_t kBar = 24;
constexpr std::size_t kShortDigest = 12;
constexpr std::size_t kAlgorithm = sizeof "sha256:" - 1;
constexpr std::chrono::milliseconds kBetweenDraws{100};

std::string megabytes(std::uint64_t bytes)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f", static_cast<double>(bytes) / 1e6);
    return text.data();
}

std::string_view outcome(places::BlobState state)
{
    switch (state) {
    case places::BlobState::moving: return "";
    case places::BlobState::uploaded: return "pushed";
    case places::BlobState::present: return "already there";
    case places::BlobState::mounted: return "taken from another repository";
    case places::BlobState::saved: return "pulled";
    case places::BlobState::failed: return "failed";
    }
    __builtin_trap();
}

}  // namespace

std::string progress_line(const places::BlobProgress& progress)
{
    const std::string digest =
        progress.digest.substr(std::min(kAlgorithm, progress.digest.size()), kShortDigest);
    const std::string size = megabytes(progress.size) + " MB";
    if (progress.state != places::BlobState::moving)
        return "  " + digest + "  " + size + "  " + std::string(outcome(progress.state));
    const std::uint64_t moved = std::min(progress.moved, progress.size);
    const auto filled = static_cast<std::size_t>(
        progress.size == 0 ? 0.0
                           : static_cast<double>(moved) / static_cast<double>(progress.size) *
                                 static_cast<double>(kBar));
    return "  " + digest + "  [" + std::string(filled, '#') + std::string(kBar - filled, ' ') +
           "]  " + megabytes(moved) + " of " + size;
}

void ProgressBoard::show(const places::BlobProgress& progress)
{
    if (terminal_ == nullptr)
        return;
    const std::scoped_lock lock(mutex_);
    if (progress.state != places::BlobState::moving) {
        moving_.erase(progress.number);
        draw(progress_line(progress) + "\x1b[K\n");
        return;
    }
    moving_.insert_or_assign(progress.number, progress);
    if (std::chrono::steady_clock::now() >= next_draw_)
        draw("");
}

void ProgressBoard::note(const std::string& text)
{
    const std::scoped_lock lock(mutex_);
    const std::string line = "outis: note: " + printable(text);
    if (terminal_ != nullptr)
        draw(line + "\x1b[K\n");
    else
        std::fprintf(stderr, "%s\n", line.c_str());
}

void ProgressBoard::finish()
{
    const std::scoped_lock lock(mutex_);
    moving_.clear();
    if (terminal_ != nullptr)
        draw("");
}

// What is above stays; the lines of what moves are drawn anew below it.
void ProgressBoard::draw(const std::string& above)
{
    std::string text = drawn_ > 0 ? "\x1b[" + std::to_string(drawn_) + "A" : "";
    text += above;
    for (const auto& [number, progress] : moving_)
        text += progress_line(progress) + "\x1b[K\n";
    text += "\x1b[J";
    drawn_ = moving_.size();
    next_draw_ = std::chrono::steady_clock::now() + kBetweenDraws;
    std::fputs(text.c_str(), terminal_);
    std::fflush(terminal_);
}

}  // namespace outis::images::commands
