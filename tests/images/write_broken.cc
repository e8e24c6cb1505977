// broken_images FOLDER APP LOADER INIT: for each rule of `verify` that is an error the first image
// that breaks it, as FOLDER/NUMBER.tar, which is an OCI archive and Docker's in one. Prints a line
// each: NUMBER, rule and name, separated by tabs. In place of the stand-ins that the unit tests
// use, the app, the dynamic loader and PID 1 are those files, so that an image fails to start for
// its own reason.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <elf.h>

#include "broken_images.h"
#include "fixture.h"

namespace outis::images::testing {

namespace {

struct RealFiles {
    std::string app;
    std::string loader;
    std::string init;
};

std::string bytes_of(const char* path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void use(const RealFiles& real, Parts& parts)
{
    const std::string program = make_elf({});
    const std::string loader = make_elf({.type = ET_DYN});
    for (MadeLayer& layer : parts.layers) {
        for (MadeEntry& made : layer) {
            if (made.content == program)
                made.content = made.entry.path == "outis-init" ? real.init : real.app;
            else if (made.content == loader && made.entry.path.starts_with("lib/ld-"))
                made.content = real.loader;
        }
    }
}

void write(const std::string& folder, const RealFiles& real)
{
    std::set<view::Rule> seen;
    int number = 0;
    for (const BrokenImage& broken : broken_images()) {
        const view::RuleRow& row = view::row_of(broken.rule);
        if (row.severity != view::Severity::error || !seen.insert(broken.rule).second)
            continue;
        Parts parts;
        use(real, parts);
        broken.edit(parts);
        use(real, parts);
        MadeImage image = make_image(parts);
        if (broken.damage != nullptr)
            broken.damage(image);
        ++number;
        std::ofstream(folder + "/" + std::to_string(number) + ".tar", std::ios::binary)
            << image.archive();
        std::printf("%d\t%s\t%s\n", number, std::string(row.name).c_str(), broken.name);
    }
}

}  // namespace

}  // namespace outis::images::testing

int main(int count, char** words)
{
    using namespace outis::images::testing;

    if (count != 5)
        return 2;
    doctest::Context context;
    context.setAsDefaultForAssertsOutOfTestCases();
    const RealFiles real{
        .app = bytes_of(words[2]), .loader = bytes_of(words[3]), .init = bytes_of(words[4])};
    write(words[1], real);
}
