// The options of `outis bake`, each a row: what it is called and means, and who takes it. Command
// lines, outis.toml, the Dockerfile and provenance are made from this table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/option.h"
#include "outis/images/build.h"

namespace outis::images::bake {

// The products that an option is for, in the order of Product.
enum class Products : std::uint8_t {
    app,           // not for `outis base`
    app_and_base,  // not for `outis base --ca-only`
    all,
};

// What `outis dockerfile` does with an option.
enum class InDockerfile : std::uint8_t {
    line,     // the Dockerfile says it
    base,     // it goes to `outis base`
    no,       // the command does not have it
    refused,  // the row says why
};

// How provenance, which others read, shows a value.
enum class Provenance : std::uint8_t {
    nothing,
    all,
    name,         // NAME of NAME=VALUE
    place,        // what follows the first ':', a path in the image
    file,         // the last part of a path
    unless_path,  // values that hold no absolute path
    link_flags,   // the same, of -X the names alone
};

struct OptionUse {
    Products products = Products::app_and_base;
    InDockerfile dockerfile = InDockerfile::line;
    Provenance provenance = Provenance::all;
    std::string refusal = {};  // why a Dockerfile cannot have it
};

struct BakeRow {
    host::Option option;
    OptionUse use = {};
};

// The rows fill `options`, which must outlive them.
std::vector<BakeRow> bake_table(BakeOptions& options);

// How registries are asked; commands that open images have the same three.
std::vector<host::Option> registry_options(std::string& tls_ca, std::string& authfile,
                                           bool& plain_http);

bool is_for(Products products, Product product);

}  // namespace outis::images::bake
