// Small roots with libraries made to measure by the compiler, and what the real loaders say of
// them.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "host/root.h"
#include "programs/closure.h"

namespace outis::images::testing {

// One ELF file in a root, without code.
struct Recipe {
    std::string path = {};                 // "/usr/lib/liba.so.1.0"
    std::string soname = {};               // empty: none
    std::vector<std::string> needed = {};  // as DT_NEEDED shall say
    std::string rpath = {};
    std::string runpath = {};
    bool no_default_folders = false;
};

struct LinkRecipe {
    std::string path = {};
    std::string target = {};
};

// A folder with the system's loader and C library of one kind at their places.
class RootMaker {
public:
    RootMaker(std::filesystem::path folder, programs::Libc libc);

    void library(const Recipe& recipe) const;
    void program(const Recipe& recipe) const;
    void link(const LinkRecipe& recipe) const;
    void text(const std::string& path, const std::string& content) const;

    // What find_closure() brings for the program, as paths in the root, sorted; or its error.
    [[nodiscard]] std::set<std::string> ours(const std::string& program) const;
    [[nodiscard]] std::string refusal(const std::string& program) const;
    // What the loader maps when it starts the program in the root: likewise. Needs root's rights.
    [[nodiscard]] std::set<std::string> loaders(const std::string& program) const;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
    void compile(const Recipe& recipe, std::vector<std::string> arguments) const;

    std::filesystem::path folder_;
    programs::Libc libc_;
};

Result<programs::Closure, Error> closure_in(const std::filesystem::path& root,
                                            const std::string& program);

}  // namespace outis::images::testing
