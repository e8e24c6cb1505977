// `outis image`: shows, lists and compares images.
#pragma once

#include <string>

#include "outis/images/transfer.h"

namespace outis::images::commands {

struct ImageShowCommand {
    std::string image = {};
    std::string platform = {};
    places::RemoteOptions remote = {};
    bool json = false;
};

struct ImageListCommand {
    std::string image = {};
    std::string path = {};
    std::string layer = {};  // a number from 1
    std::string platform = {};
    places::RemoteOptions remote = {};
    bool details = false;
    bool json = false;
};

struct ImageDiffCommand {
    std::string first = {};
    std::string second = {};
    std::string platform = {};
    places::RemoteOptions remote = {};
    bool json = false;
};

int run(const ImageShowCommand& command);
int run(const ImageListCommand& command);
// 0: the same; 1: they differ.
int run(const ImageDiffCommand& command);

}  // namespace outis::images::commands
