// Images by anybody: any archive is refused or read, what is found is said in one line each, and an
// image does not differ from itself.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "browse/difference.h"
#include "outis/base/fd.h"
#include "places/opened.h"
#include "view/verify.h"

namespace {

using namespace outis;
using namespace outis::images;
using namespace outis::images::view;
using namespace outis::images::places;
using namespace outis::images::browse;
using namespace outis::images::bill;

constexpr LayerLimits kLimits{.unpacked = 1 << 20, .entries = 1000, .program = 64 << 10};

bool one_line(const std::string& text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
}

void look_into(const OpenedImage& opened)
{
    const FindMember find = [&](const std::string& path) { return opened.find(path); };
    for (const Finding& finding : verify_image(find, {.limits = kLimits}).findings) {
        if (!one_line(line_of(finding)))
            __builtin_trap();
    }
    for (const FoundImage& found : read_documents(find, Depth::structure).images) {
        const UnpackedImage image = unpack_layers(find, found, kLimits);
        // Every name is a place of its own, below folders that are there.
        for (const auto& [path, node] : image.files.nodes()) {
            const Node* folder = image.files.find(folder_part(path));
            if (path != node.entry.member.entry.path ||
                (path.find('/') != std::string::npos && folder == nullptr))
                __builtin_trap();
        }
        if (!differences(image, image).empty())
            __builtin_trap();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const Fd memory(::memfd_create("image", MFD_CLOEXEC));
    if (::write(memory.get(), data, size) != static_cast<ssize_t>(size))
        return 0;
    const auto opened = OpenedImage::open("/proc/self/fd/" + std::to_string(memory.get()));
    if (opened)
        look_into(opened.value());
    return 0;
}
