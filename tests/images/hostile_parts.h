// What hostile_shapes.h's images are put together from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hostile_shapes.h"

namespace outis::images::testing {

using MakeText = std::string (*)(std::size_t i);

struct SparsePart {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

std::string number(std::size_t i);
// "n00000007"; sorted as the numbers are.
std::string name_of(std::size_t i);

// Entries of a tar.
std::string file(const std::string& path);
std::string folder(const std::string& path);
std::string symlink(const std::string& path, const std::string& target);
std::string hardlink(const std::string& path, const std::string& target);
// A header block of any type with content, as GNU's and pax's headers are.
std::string special(char type, const std::string& content);
// A sparse file in GNU's form: its header, the blocks of its map, what is stored. Numbers are below
// 8 GiB.
std::string sparse(const std::string& path, const std::vector<SparsePart>& parts,
                   std::uint64_t size, const std::string& stored);
// The header block with the right checksum.
std::string checked(std::string block);
// One of a pax header.
std::string record(const std::string& key, const std::string& value);

std::string times(std::size_t count, MakeText make);
// "d/d/d"
std::string deep(std::size_t names, const std::string& name = "d");

// Each text a layer, without its end mark.
MadeImage image_of(const std::vector<std::string>& tars,
                   std::string (*pack)(const std::string& tar) = nullptr);
// A good image whose configuration says more.
MadeImage running(const std::string& run);
// `"a","b"`
std::string texts(std::size_t count, MakeText make);
// An index with one image under many platforms.
MadeImage indexed(std::size_t count, MakeText platform);

// Those of hostile_shapes() that are made of links, whiteouts, layers and documents.
std::vector<HostileShape> hostile_links();
std::vector<HostileShape> hostile_layers();

}  // namespace outis::images::testing
