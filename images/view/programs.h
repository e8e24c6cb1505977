// The ELF files of an image: are they for its platform, and is what they need there.
// Sources: System V ABI, chapter 5; ld.so(8).
#pragma once

#include <string>
#include <vector>

#include "programs/elf.h"
#include "view/flattened.h"
#include "view/libraries.h"
#include "view/rules.h"

namespace outis::images::view {

// "amd64" for what a manifest for linux/amd64 may hold; empty for what no image is made for.
std::string elf_architecture(const programs::Elf& elf);

// Of every ELF file of the image but those in `started`, which start.h has asked more strictly.
Findings program_findings(const Flattened& files, const std::string& platform,
                          const std::vector<std::string>& started, LibrarySearch& libraries);

}  // namespace outis::images::view
