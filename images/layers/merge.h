// Two files for one place of an image, and which of them stays. Every merge of trees asks here.
//
//   the same bytes                 are one file: a program's entry stays, else the later one
//   other bytes, given later       goes over the earlier, as COPY of a Dockerfile does
//   a folder and a folder          are one: with the later's owner and mode
//   a folder, and a link           the link stays; what the folder holds goes where it leads
//   a folder, and a file           is an error
#pragma once

#include <string>
#include <vector>

#include "layers/tree.h"
#include "outis/error.h"

namespace outis::images::layers {

// Puts `later` over `tree`. Answers the keys whose content is another now, sorted. Names of a file
// that is replaced keep its content.
Result<std::vector<std::string>, Error> merge_over(Tree& tree, const Tree& later);

// Whether two entries, each of a tree, are files with the same bytes, or links to the same target.
Result<bool, Error> same_content(const Tree& left_tree, const Entry& left, const Tree& right_tree,
                                 const Entry& right);

// Of two entries with the same content the one that stays.
const Entry& kept_of(const Entry& earlier, const Entry& later);

}  // namespace outis::images::layers
