// An image taken apart for tests.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "layers/tar.h"
#include "outis/images/build.h"
#include "places/opened.h"

namespace outis::images::testing {

struct Unpacked {
    boost::json::value config = {};
    std::map<std::string, layers::TarEntry> entries = {};  // of all layers, the upper ones win
    std::map<std::string, std::string> contents = {};
    std::vector<std::string> layers = {};  // paths of the blobs
};

// Of a tar with a 'manifest.json'.
Unpacked unpack(const std::filesystem::path& path);

places::OpenedImage opened(const std::filesystem::path& path);
boost::json::value document(const places::OpenedImage& image, const std::string& path);
std::string text(const boost::json::value& value);

// The rows of a layout's index.json that are images, or those that are documents about them.
enum class Rows { images, referrers };
boost::json::array rows_of(const places::OpenedImage& layout, Rows rows);

// What verify_image() finds in documents and layers, a line each; a sound image says nothing.
std::string problems_of(const std::filesystem::path& path);

// Bakes; a refusal is a failed check.
bake::Baked baked(const bake::BakeOptions& options);

}  // namespace outis::images::testing
