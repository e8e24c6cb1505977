// What an image is: how it starts, what it is made of, under which policy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "browse/images.h"
#include "outis/error.h"

namespace outis::images::browse {

struct ShownLayer {
    view::FoundLayer layer = {};
    std::uint64_t packed = 0;    // bytes of the blob
    std::uint64_t unpacked = 0;  // bytes of its tar
    std::size_t entries = 0;
    std::string created_by = {};
};

struct ShownPolicy {
    std::string path = {};   // in the image; empty: none
    std::string name = {};   // of the profile it was compiled from
    std::string facts = {};  // "nobody (65534), no_new_privs, seccomp filter of 84 instructions"
};

struct Shown {
    view::FoundImage image = {};
    std::vector<ShownLayer> layers = {};
    ShownPolicy policy = {};
};

// One for each platform.
Result<std::vector<Shown>, Error> show_image(const Members& members, const std::string& platform);

std::string show_text(const std::vector<Shown>& images);
std::string show_json(const std::vector<Shown>& images);

}  // namespace outis::images::browse
