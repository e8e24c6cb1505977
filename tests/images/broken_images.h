// For every rule of view/rules.h images that break it in one place.
#pragma once

#include <string>
#include <vector>

#include "made_image.h"
#include "view/rules.h"

namespace outis::images::testing {

struct BrokenImage {
    const char* name;
    view::Rule rule;
    void (*edit)(Parts& parts);
    void (*damage)(MadeImage& image) = nullptr;  // after digests were computed
};

std::vector<BrokenImage> broken_images();
// Those of them whose documents or configuration are broken.
std::vector<BrokenImage> broken_documents();

MadeImage make_broken(const BrokenImage& broken);

// What the parts of such images are made with.
layers::TarEntry program_entry(const std::string& path);
// A dynamic program with its loader, which is glibc's, in /lib, where it looks.
void put_program(Parts& parts, const std::string& path, const std::vector<std::string>& needed);
constexpr const char* kNamedPolicy = R"("-p","/etc/outis/policy",)";
// Lets outis-init start the app with `policy` in its place; `arguments` are PID 1's, each with a
// comma behind.
void run_outis(Parts& parts, const std::string& policy, const std::string& arguments);

}  // namespace outis::images::testing
