#include "places/file_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string_view>
#include <system_error>

#include "host/input.h"

namespace outis::images::places {

namespace fs = std::filesystem;

namespace {

using std::string_view_literals::operator""sv;

struct Kind {
    std::string_view start;  // first bytes of the file, or a member of the folder
    std::string_view words;
};

// Sources: elf(5), magic(5), the formats' own specifications, include/outis/base/policy_layout.h.
constexpr std::array kFiles{
    Kind{"\x7F"
         "ELF"sv,
         "it is an ELF program; 'outis bake' makes an image of it"},
    Kind{"\xFD"
         "7zXZ"sv,
         "it is packed by xz, which is not read here; unpack it with 'xz -d'"},
    Kind{"BZh"sv, "it is packed by bzip2, which is not read here; unpack it with 'bzip2 -d'"},
    Kind{"\x04\x22\x4D\x18"sv, "it is packed by lz4, which is not read here; unpack it"},
    Kind{"PK\x03\x04"sv, "it is a zip archive"},
    Kind{"!<arch>\n"sv, "it is an ar archive"},
    Kind{"hsqs"sv, "it is a squashfs file system"},
    Kind{"QFI\xFB"sv, "it is the disk of a virtual machine"},
    Kind{"OUTISPOL"sv, "it is a compiled policy; give it with --profile"},
    Kind{"#!"sv, "it is a script"},
    Kind{"{"sv, "it is a JSON document; name the folder or the tar that it belongs to"},
};

// What a folder or a tar holds that is no image.
constexpr std::array kContents{
    Kind{"Dockerfile"sv,
         "there is a Dockerfile to build from; 'docker build' makes an image of it"},
    Kind{"go.mod"sv, "there is a Go module; 'outis bake' makes an image of it"},
    Kind{"etc/passwd"sv, "there are the files of a system; 'docker import' makes an image of them"},
    Kind{"bin/sh"sv, "there are the files of a system; 'docker import' makes an image of them"},
    Kind{"usr/bin/env"sv,
         "there are the files of a system; 'docker import' makes an image of them"},
};

constexpr std::array kDocuments{"index.json", "oci-layout", "manifest.json"};

constexpr std::size_t kLooked = 4096;     // first bytes of a file
constexpr std::size_t kTarMagicAt = 257;  // tar(5)
constexpr std::string_view kTarMagic = "ustar";

bool is_text(std::string_view start)
{
    return std::ranges::none_of(start, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && std::isspace(byte) == 0;
    });
}

// Whether the first line that is neither empty nor a comment is FROM or ARG.
bool is_dockerfile(std::string_view text)
{
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t first = line.find_first_not_of(" \t\r");
        if (first == std::string_view::npos || line[first] == '#')
            continue;
        std::string word(line.substr(first, line.find_first_of(" \t", first) - first));
        std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::toupper(c); });
        return word == "FROM" || word == "ARG";
    }
    return false;
}

std::string kind_of_start(std::string_view start)
{
    if (start.empty())
        return "it is empty";
    if (start.size() > kTarMagicAt && start.substr(kTarMagicAt).starts_with(kTarMagic))
        return "";
    const auto* kind =
        std::ranges::find_if(kFiles, [&](const Kind& row) { return start.starts_with(row.start); });
    if (kind != kFiles.end())
        return std::string(kind->words);
    if (!is_text(start))
        return "";
    return is_dockerfile(start) ? "it is a Dockerfile; 'docker build' makes an image of it"
                                : "it is a text";
}

template <typename Has>
std::string kind_of_contents(const Has& has)
{
    if (std::ranges::any_of(kDocuments, has))
        return "";
    const auto* kind =
        std::ranges::find_if(kContents, [&](const Kind& row) { return has(row.start); });
    const std::string found = kind == kContents.end() ? "" : "; " + std::string(kind->words);
    return "it is neither an OCI layout nor what 'docker save' writes" + found;
}

}  // namespace

std::string kind_of_file(const fs::path& path)
{
    std::error_code error;
    if (fs::is_directory(path, error)) {
        const fs::directory_iterator readable(path, error);
        return error ? "" : kind_of_contents([&](std::string_view name) {
            return fs::exists(path / name, error);
        });
    }
    const Result<host::InputFile, Error> file = host::open_input(path);
    std::array<std::byte, kLooked> buffer{};
    const Result<std::size_t, Error> count =
        file ? host::read_at(file.value(), 0, buffer, path) : Result<std::size_t, Error>(0);
    if (!file || !count)
        return "";
    return kind_of_start(host::as_text(Bytes(buffer).first(count.value())));
}

std::string kind_of_archive(const OpenedImage& image)
{
    return kind_of_contents(
        [&](std::string_view path) { return image.find(std::string(path)).has_value(); });
}

}  // namespace outis::images::places
