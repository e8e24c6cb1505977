// Entrypoint and Cmd as the init program that they begin with takes them apart: ours, or one of
// those whose place ours takes. Sources: init/plan/options.cc; tini(1), dumb-init(1), catatonit(8).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace outis::images::view {

// One that takes a value.
struct InitOption {
    std::string name = {};  // "profile"; its letter if that is all it has
    std::string value = {};
    std::size_t first = 0;  // its words, the first and the one behind the last
    std::size_t last = 0;
};

struct InitCommand {
    bool is_init = false;                  // words[0] is an init program; else nothing else is said
    bool is_ours = false;                  // outis-init
    std::vector<InitOption> options = {};  // in their order
    std::size_t app = 0;                   // the word that it starts; their number if there is none
};

// Wherever it lies.
bool is_outis_init(std::string_view program);

InitCommand init_command(const std::vector<std::string>& words);

}  // namespace outis::images::view
