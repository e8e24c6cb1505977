// What is given as an image and is none: a program, a Dockerfile, an archive of another format.
#pragma once

#include <filesystem>
#include <string>

#include "places/opened.h"

namespace outis::images::places {

// What a file is by its first bytes, or a folder by what is in it, and what to do with it, a
// clause. Empty for what may be an image, and for what cannot be read.
std::string kind_of_file(const std::filesystem::path& path);

// The same of what is in a tar or a folder.
std::string kind_of_archive(const OpenedImage& image);

}  // namespace outis::images::places
