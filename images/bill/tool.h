// `outis` itself, as bills of materials name it.
#pragma once

#include <string>

#include "bill/spdx.h"
#include "programs/linked_libraries.h"

namespace outis::images::bill {

// How documents name who wrote them.
std::string bill_creator();

BillPackage tool_package();

BillPackage library_package(const programs::LinkedLibrary& library);

// The tool and the libraries that are linked into it.
Bill bill_of_tool(const std::string& created);

}  // namespace outis::images::bill
